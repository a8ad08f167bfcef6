//! From servers and settings to a client.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use mc_behaviors::{Behaviors, ConfigString, IntoServerSpec, Replay, ServerSpec};

use crate::cluster::{Options, Setup};
use crate::connect::{Credentials, Mechanism, NoCredentials, Plaintext, Protocol, Source};
use crate::error::Error;
use crate::value::Codec;

/// The parts of a client: servers, settings, and the time that a call may take.
///
/// Settings and servers may be named in either order: as in pylibmc's constructor, the settings come first
/// and then the servers, one by one. Of two calls that set the same thing the later counts.
///
/// `C` is the client that it builds, the async or the blocking one: see [`Builder`](crate::Builder) and
/// [`blocking::Builder`](crate::blocking::Builder).
///
/// ```
/// use mc_client::{Behaviors, Client};
///
/// let client = Client::builder()
///     .servers(["cache1", "cache2:11211:2", "[::1]:11212"])?
///     .behaviors(Behaviors::production())
///     .build()?;
/// assert_eq!(client.owner("user:42")?.as_ref(), "cache2");
/// # Ok::<(), mc_client::Error>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct Builder<C> {
    /// What the servers are added to.
    replay: Replay,
    servers: Vec<ServerSpec>,
    pub(crate) options: Options,
    client: PhantomData<fn() -> C>,
}

impl<C> Builder<C> {
    /// Adds servers: `"host"`, `"host:port"`, `"host:port:weight"`, `"[v6]:port"`, `"/path"`,
    /// or tuples `(host, port)` and `(host, port, weight)`. The port is 11211 if none is named.
    ///
    /// With `"udp:"` in front of all of them, each request and each part of a reply is a datagram, in the text protocol,
    /// for one key: a reply of which a part is lost is a time-out. There are no passwords there, no TLS, and no values
    /// beyond a datagram to be stored.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for the first server that cannot be read; the message names it.
    pub fn servers<I>(mut self, servers: I) -> Result<Self, Error>
    where
        I: IntoIterator<Item: IntoServerSpec>,
    {
        for server in servers {
            let server = server.into_server_spec().map_err(Error::config)?;
            self.servers.push(server);
        }
        Ok(self)
    }

    /// The settings; [`Behaviors::default`] has pylibmc's. They replace those of an earlier
    /// [`config_string`](Self::config_string), whose servers stay.
    ///
    /// | Settings | What they do here |
    /// |---|---|
    /// | `hash`, `distribution`, `ketama…`, `_sort_hosts`, `_hash_with_prefix_key`, `namespace` | place and name keys, as in libmemcached |
    /// | `verify_keys` | narrows keys to printable ASCII |
    /// | `connect_timeout`, `receive_timeout`, `_poll_timeout` | bound connecting and calls, see [`deadline`](Self::deadline) |
    /// | `auto_eject`, `failure_limit`, `retry_timeout`, `dead_timeout` | decide when a server is left alone, ejected and tried again |
    /// | `no_block`, `tcp_nodelay`, `tcp_keepalive`, `_socket_…_size` | set up sockets |
    /// | `binary` | the protocol, see [`protocol`](Self::protocol) |
    /// | `send_timeout` | how long a socket may take nothing of what it is given; then its connection is given up |
    /// | `cas` | whether cas uniques are read and compared: `gets`, `gats` and `cas` are refused without it |
    /// | `ketama_hash`, `pickle_protocol` | nothing: kept, so that they read back |
    /// | `num_replicas`, `randomize_replica_read` | further servers hold what is set, and answer reads while the owner is down; `set` and `delete` wait for all, and tell of the first that is up |
    /// | `buffer_requests` | `set` and `delete` wait in a buffer, see [`flush_buffers`](crate::Client::flush_buffers) |
    /// | `_noreply` | servers are not asked whether changes were made: all count as done, `incr` gives `None` |
    /// | `_io_key_prefetch`, `_io_msg_watermark`, `_io_bytes_watermark` | keys in one get; requests of one call under way at a server, a batch of up to 10,000 being one; the buffer |
    /// | UDP | all servers must be `udp:` ones; by name it also switches `_noreply` on, as in libmemcached |
    pub fn behaviors(self, behaviors: Behaviors) -> Self {
        self.start_from(Replay::new(behaviors))
    }

    /// Servers and settings from a libmemcached configuration string, `--SERVER=host:port/?weight …`.
    /// The settings replace those of earlier calls; the servers are added.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) with the place in the string.
    pub fn config_string(self, config: &str) -> Result<Self, Error> {
        let config: ConfigString = config.parse().map_err(Error::config)?;
        let replay = config.replay().map_err(Error::config)?;
        Ok(self.start_from(replay))
    }

    /// Other settings, and the servers that came with the last ones in front of those added.
    fn start_from(mut self, replay: Replay) -> Self {
        let last = std::mem::replace(&mut self.replay, replay);
        self.servers.splice(0..0, last.servers().iter().cloned());
        self
    }

    /// The protocol to speak: without it, binary if the settings say so (`binary`), else text.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.options.protocol = Some(protocol);
        self
    }

    /// Who the client says that it is, on each connection to a server that asks: by SASL in the binary protocol,
    /// else as servers want it that were started with `-Y`. A server that does not ask is not told.
    ///
    /// Of SASL's mechanisms CRAM-MD5 is taken where the server offers it, then PLAIN; see
    /// [`sasl_mechanism`](Self::sasl_mechanism). What would show the password
    /// on its way, PLAIN and `-Y`, needs a unix socket or TLS, or
    /// [`allow_plaintext_auth`](Self::allow_plaintext_auth).
    ///
    /// A server that does not believe it makes calls fail with [`ErrorKind::Auth`](crate::ErrorKind::Auth).
    /// It is not taken for one that is down, but for a second it is not asked again.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if one of them is not 1–255 bytes, or has a NUL, a space or a
    /// line end. The message does not tell the password.
    pub fn credentials(
        self,
        user: impl AsRef<[u8]>,
        password: impl AsRef<[u8]>,
    ) -> Result<Self, Error> {
        let credentials = Credentials::new(user.as_ref(), password.as_ref());
        let credentials = credentials.map_err(Error::config)?;
        Ok(self.source(Source::fixed(credentials)))
    }

    /// As [`credentials`](Self::credentials), with those that `source` gives: for credentials that change, or that
    /// differ by server.
    ///
    /// It is called for each new connection, with the server's name (without its weight), and holds up that
    /// connection (in the async client, a thread of the runtime): it should look something up, and not wait for
    /// anybody. Its error is the cause of an [`ErrorKind::Auth`](crate::ErrorKind::Auth).
    ///
    /// ```
    /// use mc_client::{Client, Credentials};
    ///
    /// let client = Client::builder()
    ///     .servers(["cache1"])?
    ///     .credentials_from(|server| {
    ///         let password = std::fs::read(format!("/run/secrets/{server}"))?;
    ///         Ok(Credentials::new(b"app", &password)?)
    ///     })
    ///     .build()?;
    /// # Ok::<(), mc_client::Error>(())
    /// ```
    pub fn credentials_from(
        self,
        source: impl Fn(&str) -> Result<Credentials, NoCredentials> + Send + Sync + 'static,
    ) -> Self {
        self.source(Source::new(source))
    }

    fn source(mut self, source: Source) -> Self {
        self.options.access.credentials = Some(source);
        self
    }

    /// Secures all connections by TLS; without it, none is.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: crate::Tls) -> Self {
        self.options.access.tls = Some(tls);
        self
    }

    /// The mechanism of SASL, instead of the best that the server offers: for one that lists CRAM-MD5 and cannot do it,
    /// as it does not know the passwords themselves.
    pub fn sasl_mechanism(mut self, mechanism: Mechanism) -> Self {
        self.options.access.mechanism = Some(mechanism);
        self
    }

    /// Lets a password go over open TCP connections, where everybody on the way can read it: by SASL's PLAIN,
    /// if the server offers nothing better, and by the text protocol.
    pub fn allow_plaintext_auth(mut self) -> Self {
        self.options.access.plaintext = Plaintext::Allowed;
        self
    }

    /// The time that each call may take in all: waiting for a place, connecting, writing and reading.
    /// Without it, `receive_timeout` if that is set, else `_poll_timeout` (5 s by default).
    pub fn deadline(mut self, within: Duration) -> Self {
        self.options.deadline = Some(within);
        self
    }

    /// The longest value that is sent or taken from a server, in bytes: 1 MiB without it, as the servers'
    /// own `-I` by default; never more than 1 GiB. One that is compressed may be 64 times as long before that.
    pub fn max_value_len(mut self, bytes: usize) -> Self {
        self.options.values.max_len = bytes;
        self
    }

    /// How values are stored: [`Pylibmc`](crate::Pylibmc)'s way without it, see [`value`](crate::value).
    ///
    /// All clients that share values should have the same.
    ///
    /// ```
    /// use mc_client::{Client, Pylibmc};
    ///
    /// let mut codec = Pylibmc::default();
    /// codec.min_compress_len = 1000;
    /// let client = Client::builder().servers(["cache1"])?.codec(codec).build()?;
    /// # Ok::<(), mc_client::Error>(())
    /// ```
    pub fn codec(mut self, codec: impl Codec + 'static) -> Self {
        self.options.values.set_codec(codec);
        self
    }

    /// What a client is made of.
    pub(crate) fn into_setup(self) -> Result<(Setup, Options), Error> {
        let Self {
            mut replay,
            servers,
            options,
            ..
        } = self;
        servers
            .into_iter()
            .for_each(|server| replay.add_server(server));
        if replay.servers().is_empty() {
            return Err(Error::no_servers());
        }
        let setup = Setup::new(replay).map_err(Error::config)?;
        Ok((setup, options))
    }
}

/// No server yet, and pylibmc's settings.
impl<C> Default for Builder<C> {
    fn default() -> Self {
        Self {
            replay: Replay::default(),
            servers: Vec::new(),
            options: Options::default(),
            client: PhantomData,
        }
    }
}

impl<C> Clone for Builder<C> {
    fn clone(&self) -> Self {
        Self {
            replay: self.replay.clone(),
            servers: self.servers.clone(),
            options: self.options.clone(),
            client: PhantomData,
        }
    }
}

impl<C> fmt::Debug for Builder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("replay", &self.replay)
            .field("servers", &self.servers)
            .field("options", &self.options)
            .finish()
    }
}
