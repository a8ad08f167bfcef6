//! What a user may hand over as a server: a spec, a tuple, or a [`ServerSpec`].

use super::{InvalidServer, InvalidServerKind, MAX_WEIGHT, ServerSpec, Transport};

/// Something that names one server.
///
/// * `&str`, `String`: a spec, see [`ServerSpec::parse`];
/// * `(host, port)`, `(host, port, weight)`: the host without brackets; a path (`/…`) with port 0 is a unix socket;
/// * `(Transport, host, port)`: pylibmc's triple `(type, host, port)`, a path as host if the transport is unix;
/// * a [`ServerSpec`], as it is.
///
/// Port 0 means [`DEFAULT_PORT`](super::DEFAULT_PORT), weight 0 means 1, the largest weight is [`MAX_WEIGHT`].
///
/// ```
/// use mc_behaviors::{IntoServerSpec, ServerSpec, Transport};
///
/// let server = ("::1", 11212, 2).into_server_spec()?;
/// assert_eq!(server, "[::1]:11212:2".parse()?);
/// assert_eq!((Transport::Udp, "cache1", 0).into_server_spec()?, "udp:cache1".parse()?);
///
/// let error = ("cache1, cache2", 11211).into_server_spec().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "server \"cache1, cache2\": the host \"cache1, cache2\" has ',': \
///      allowed are names and addresses, without spaces, control characters or any of , ; / ? # @ [ ]",
/// );
/// # Ok::<_, mc_behaviors::InvalidServer>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no server",
    note = "give a spec such as \"cache1:11211\", \"udp:cache1\" or \"/run/memcached.sock\", or `(host, port)`, or a `ServerSpec`"
)]
pub trait IntoServerSpec {
    /// The server that this names.
    ///
    /// # Errors
    /// [`InvalidServer`], which says what is wrong, where, and what is allowed.
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer>;
}

impl IntoServerSpec for ServerSpec {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        Ok(self)
    }
}

impl IntoServerSpec for &ServerSpec {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        Ok(self.clone())
    }
}

impl IntoServerSpec for &str {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        self.parse()
    }
}

impl IntoServerSpec for String {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        self.parse()
    }
}

impl IntoServerSpec for &String {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        self.parse()
    }
}

impl<H: Into<String>> IntoServerSpec for (H, u16) {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        let (host, port) = (self.0.into(), self.1);
        match host.starts_with('/') {
            true => (Transport::Unix, host, port).into_server_spec(),
            false => (Transport::Tcp, host, port).into_server_spec(),
        }
    }
}

impl<H: Into<String>> IntoServerSpec for (H, u16, u32) {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        let (host, port, weight) = self;
        let server = (host, port).into_server_spec()?;
        match weight > MAX_WEIGHT {
            true => Err(InvalidServer::new(
                server.to_string(),
                InvalidServerKind::WeightNumber(weight),
            )),
            false => Ok(server.with_weight(weight)),
        }
    }
}

impl<H: Into<String>> IntoServerSpec for (Transport, H, u16) {
    fn into_server_spec(self) -> Result<ServerSpec, InvalidServer> {
        let (transport, host, port) = (self.0, self.1.into(), self.2);
        match (transport, port) {
            (Transport::Tcp, port) => ServerSpec::tcp(host, port),
            (Transport::Udp, port) => ServerSpec::udp(host, port),
            (Transport::Unix, 0) => ServerSpec::unix(host),
            (Transport::Unix, port) => Err(InvalidServer::new(
                host,
                InvalidServerKind::PortOnUnix(port),
            )),
        }
    }
}

/// The servers of one client: at least one, all of one transport.
///
/// ```
/// use mc_behaviors::server_specs;
///
/// assert_eq!(server_specs(["a", "b:11211:2"])?, server_specs([("a", 11211, 1), ("b", 11211, 2)])?);
///
/// let error = server_specs(["a", "udp:b"]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "server \"udp:b\": its transport is udp, the first server's is tcp: allowed is one transport for all",
/// );
/// # Ok::<_, mc_behaviors::InvalidServer>(())
/// ```
///
/// # Errors
/// [`InvalidServer`] for an empty list, a server that cannot be taken, or a second transport.
///
/// # Source
/// pylibmc's `Client(servers)`: "empty server list", "can't mix transport types".
pub fn server_specs<I>(servers: I) -> Result<Vec<ServerSpec>, InvalidServer>
where
    I: IntoIterator<Item: IntoServerSpec>,
{
    let servers = servers.into_iter().map(IntoServerSpec::into_server_spec);
    let servers = servers.collect::<Result<Vec<_>, _>>()?;
    let Some(first) = servers.first().map(|server| server.name.transport) else {
        return Err(InvalidServer::new("", InvalidServerKind::EmptyList));
    };
    match servers.iter().find(|server| server.name.transport != first) {
        None => Ok(servers),
        Some(other) => {
            let found = other.name.transport;
            let kind = InvalidServerKind::Mixed { first, found };
            Err(InvalidServer::new(other.to_string(), kind))
        }
    }
}
