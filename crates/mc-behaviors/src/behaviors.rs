//! Every setting of a client as plain, typed data.

use std::num::NonZeroU32;
use std::time::Duration;

use mc_dist::{Compat, Distribution};
use mc_hash::Algorithm;

use crate::Namespace;

/// Every setting of a client. The default is pylibmc's.
///
/// **Two ways in.** The fields are plain data: setting one changes that one and nothing else, and no order matters.
/// By name ([`set`](Self::set), [`update`](Self::update)) there are pylibmc's names, units and side effects:
/// `set("ketama_weighted", true)` also sets both hashes and the distribution.
///
/// ```
/// use mc_behaviors::{Behaviors, Value};
/// use mc_dist::Distribution;
/// use std::time::Duration;
///
/// let mut behaviors = Behaviors::default();
/// behaviors.retry_timeout = Duration::from_secs(30);
/// behaviors.set("ketama_weighted", true)?;
/// assert_eq!(behaviors.distribution, Distribution::Weighted);
/// assert_eq!(behaviors.get("hash")?, Value::from("md5"));
///
/// let differing: Vec<String> = behaviors.differing().map(|(name, value)| format!("{name}={value}")).collect();
/// assert_eq!(
///     differing,
///     ["hash=\"md5\"", "ketama_hash=1", "ketama=1", "ketama_weighted=1", "distribution=\"consistent weighted\"",
///      "retry_timeout=30"],
/// );
///
/// let error = behaviors.update([("connect_timeout", 250), ("retry_timeuot", 3)]).unwrap_err();
/// assert!(error.to_string().starts_with("unknown behavior retry_timeuot: allowed are auto_eject, "));
/// assert_eq!(behaviors.connect_timeout, Duration::from_secs(4), "an update applies as a whole or not at all");
/// # Ok::<_, mc_behaviors::Error>(())
/// ```
///
/// What libmemcached does with a setting our clients do too, unless the field says otherwise.
///
/// # Source
/// The defaults are those that pylibmc 1.6.3 reads back from a new client of libmemcached 1.1.4.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Behaviors {
    /// The hash of the keys. Default: [`Algorithm::Default`], one-at-a-time. By name: `hash`.
    ///
    /// A change moves nearly every key.
    pub hash: Algorithm,
    /// libmemcached's "distribution hash". Default: [`Algorithm::Default`]. By name: `ketama_hash`.
    ///
    /// Stored and read back, and used nowhere, as in libmemcached: it never changes placement.
    pub ketama_hash: Algorithm,
    /// How keys are spread over the servers. Default: [`Distribution::Modula`]. By name: `distribution`, and
    /// `ketama`, which reads whether this is a ring.
    pub distribution: Distribution,
    /// Whether a ring follows the servers' weights, its points being md5's. Default: no. By name: `ketama_weighted`,
    /// which reads 0 where the distribution has no ring.
    ///
    /// Adding a server of weight 2 or more to a ring switches it on, as in libmemcached.
    ///
    /// The field alone makes no ring: with the default distribution it does nothing. For pylibmc's `ketama_weighted`, with
    /// its side effects on `distribution` and `hash`, set it by name: `set("ketama_weighted", true)`.
    pub ketama_weighted: bool,
    /// Sort the servers by host and port, so that clients that list them otherwise agree. Default: no.
    /// By name: `_sort_hosts`.
    pub sort_hosts: bool,
    /// Hash the namespace in front of the key, not the key alone. Default: no. By name: `_hash_with_prefix_key`.
    pub hash_with_namespace: bool,
    /// Bytes in front of every key on the wire. Default: none. By name: `namespace`, which cannot remove it.
    pub namespace: Option<Namespace>,
    /// Fetch the cas token with every value. Default: no. By name: `cas`.
    pub cas: bool,
    /// Hold back sets and deletes and send many at once. Default: no. By name: `buffer_requests`.
    ///
    /// They wait until the client is told to send them, until a watermark is reached, or until another request goes to
    /// the same server, behind them.
    pub buffer_requests: bool,
    /// Allow only printable ASCII (0x21 to 0x7e) in keys. Default: no. By name: `verify_keys`.
    ///
    /// No protocol's rules are widened by switching it off.
    pub verify_keys: bool,
    /// Sockets that do not block. Default: no. By name: `no_block`.
    ///
    /// Every socket of ours is of this kind or has a deadline. What this still does is libmemcached's other effect:
    /// closing a connection drops what the network has not taken yet (`SO_LINGER` of 0).
    pub no_block: bool,
    /// Ask servers for no answer to writes. Default: no. By name: `_noreply`.
    ///
    /// Gives up every error: a failed write looks like one that worked.
    pub noreply: bool,
    /// Bounds a connect. Default: 4 s. By name: `connect_timeout`, milliseconds, 0 to 2³¹−1.
    ///
    /// In our clients it covers all of a host's addresses together, and what is said before the first request.
    pub connect_timeout: Duration,
    /// Bounds a write; 0, the default, is no bound of its own. By name: `send_timeout`, milliseconds, 0 to 2³¹−1.
    ///
    /// libmemcached's C API and configuration strings count microseconds. In our clients a connection is given up
    /// when its socket takes nothing for so long; a call's own time bounds its writes, too.
    pub send_timeout: Duration,
    /// Bounds a read; 0, the default, is no bound of its own. By name: `receive_timeout`, milliseconds, 0 to 2³¹−1.
    ///
    /// libmemcached's C API and configuration strings count microseconds. In our clients it is the time that a whole
    /// call may take.
    pub receive_timeout: Duration,
    /// Bounds one wait for the socket. Default: 5 s. By name: `_poll_timeout`, milliseconds, 0 to 2³¹−1.
    ///
    /// In our clients it is the time that a whole call may take while `receive_timeout` is 0.
    pub poll_timeout: Duration,
    /// How long a server is left alone after a failure. Default: 2 s. By name: `retry_timeout`, seconds, 0 to 2³¹−1.
    ///
    /// In our clients that long at least, and up to half as long again, drawn each time; 0 is 100 ms.
    /// In libmemcached up to a second longer.
    pub retry_timeout: Duration,
    /// How long an ejected server is left alone; 0, the default, is `retry_timeout`. By name: `dead_timeout`, seconds,
    /// 0 to 2³¹−1.
    ///
    /// In our clients that long at least, and up to half as long again, drawn each time. In libmemcached a server never
    /// comes back while this is 0.
    pub dead_timeout: Duration,
    /// Failures in a row until a server is ejected. Default: 5. By name: `failure_limit`.
    pub failure_limit: NonZeroU32,
    /// Give a failing server's keys to the others. Default: no. By name: `auto_eject`, and `remove_failed`.
    pub auto_eject: bool,
    /// Further servers that hold each key. Default: 0. By name: `num_replicas`.
    ///
    /// Sets and deletes go to the key's owner and so many servers after it in the list; reads go on to those while the
    /// owner is down, in every protocol (in libmemcached in the binary one only).
    pub num_replicas: u32,
    /// Send small packets at once (`TCP_NODELAY`). Default: no. By name: `tcp_nodelay`.
    pub tcp_nodelay: bool,
    /// Probe idle connections (`SO_KEEPALIVE`). Default: no. By name: `tcp_keepalive`.
    pub tcp_keepalive: bool,
    /// Idle time before the first such probe, in whole seconds; 0, the default, leaves it to the kernel.
    /// In C: `TCP_KEEPIDLE`.
    pub tcp_keepidle: Duration,
    /// Messages in flight before answers are read. Default: 500. By name: `_io_msg_watermark`.
    ///
    /// In our clients: requests of one call that are under way at a server, and requests in its buffer.
    pub io_msg_watermark: u32,
    /// Bytes in flight before answers are read. Default: 66560 (65 KiB). By name: `_io_bytes_watermark`.
    ///
    /// In our clients: of requests of one call that are under way at a server, and in its buffer.
    pub io_bytes_watermark: u32,
    /// Keys asked for before answers are read; 0, the default, is no limit. By name: `_io_key_prefetch`.
    ///
    /// In our clients: keys in one get, never more than 1000.
    pub io_key_prefetch: u32,
    /// The kernel's send buffer in bytes; 0, the default, leaves it alone. By name: `_socket_send_size`, up to 2³¹−1.
    pub socket_send_size: u32,
    /// The kernel's receive buffer in bytes; 0, the default, leaves it alone. By name: `_socket_recv_size`, up to 2³¹−1.
    pub socket_recv_size: u32,
    /// The protocol that pickles are written in; negative, the default, is the newest. By name: `pickle_protocol`.
    ///
    /// In our clients it is only kept: pickles are written in protocol 2, which every Python reads.
    pub pickle_protocol: i32,
    /// Speak the binary protocol. Default: no, the text protocol. In C: `BINARY_PROTOCOL`; pylibmc has an argument.
    pub binary: bool,
    /// Send datagrams. Default: no. In C: `USE_UDP`; pylibmc follows its servers.
    pub udp: bool,
    /// Read from any replica, not from the key's owner first. Default: no. In C: `RANDOMIZE_REPLICA_READ`.
    pub randomize_replica_read: bool,
    /// Failed connections in a row until a server is left alone; 0, the default, is 1. In C: `SERVER_TIMEOUT_LIMIT`.
    ///
    /// In our clients time-outs count as well, up to `failure_limit` while this is 0: see
    /// [`HealthSettings`](crate::HealthSettings).
    pub server_timeout_limit: u32,
    /// Which libmemcached to follow where its versions differ. Default: [`Compat::V1_1`].
    ///
    /// Under [`Compat::V1_0`], what pylibmc's wheel carries: `ketama_hash` reads back `hash`; `remove_failed` sets
    /// `failure_limit` as well and reads it, 0 is refused; a `retry_timeout` of 0 is refused; a server is left alone
    /// after one time-out or broken connection already.
    pub compat: Compat,
}

impl Default for Behaviors {
    fn default() -> Self {
        Self {
            hash: Algorithm::Default,
            ketama_hash: Algorithm::Default,
            distribution: Distribution::Modula,
            ketama_weighted: false,
            sort_hosts: false,
            hash_with_namespace: false,
            namespace: None,
            cas: false,
            buffer_requests: false,
            verify_keys: false,
            no_block: false,
            noreply: false,
            connect_timeout: Duration::from_millis(4000),
            send_timeout: Duration::ZERO,
            receive_timeout: Duration::ZERO,
            poll_timeout: Duration::from_millis(5000),
            retry_timeout: Duration::from_secs(2),
            dead_timeout: Duration::ZERO,
            failure_limit: FAILURE_LIMIT,
            auto_eject: false,
            num_replicas: 0,
            tcp_nodelay: false,
            tcp_keepalive: false,
            tcp_keepidle: Duration::ZERO,
            io_msg_watermark: 500,
            io_bytes_watermark: 65 * 1024,
            io_key_prefetch: 0,
            socket_send_size: 0,
            socket_recv_size: 0,
            pickle_protocol: -1,
            binary: false,
            udp: false,
            randomize_replica_read: false,
            server_timeout_limit: 0,
            compat: Compat::V1_1,
        }
    }
}

/// libmemcached's `SERVER_FAILURE_LIMIT` of a new client.
const FAILURE_LIMIT: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");
