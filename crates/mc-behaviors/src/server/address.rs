//! One place on a network or in the file system: what names a server, and where it is reached.

use std::fmt;

use super::{DEFAULT_PORT, InvalidServer, InvalidServerKind, Transport, host};

/// A transport, a host and a port, or the path of a unix socket.
///
/// Plain data. Parsed from `host`, `host:port`, `[v6]:port`, `udp:…` or `/path` ([`str::parse`]);
/// [`Display`](fmt::Display) prints the shortest text that parses back, `{:#}` the port as well if it is
/// [`DEFAULT_PORT`].
///
/// ```
/// use mc_behaviors::{Address, Transport};
///
/// let address: Address = "[::1]:11211".parse()?;
/// assert_eq!((address.transport, address.host.as_str(), address.port), (Transport::Tcp, "::1", 11211));
/// assert_eq!((format!("{address}"), format!("{address:#}")), ("[::1]".to_owned(), "[::1]:11211".to_owned()));
///
/// let error = "cache1:11211:2".parse::<Address>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "server \"cache1:11211:2\": a weight at byte 13: allowed are host, host:port and their like, and a /path",
/// );
/// # Ok::<_, mc_behaviors::InvalidServer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// TCP, UDP or a unix socket.
    pub transport: Transport,
    /// A host name or address without brackets; for a unix socket, its path.
    pub host: String,
    /// 1 to 65535; 0 for a unix socket.
    pub port: u16,
}

impl Address {
    /// A checked address; port 0 means [`DEFAULT_PORT`], and a unix socket's is ignored.
    ///
    /// # Errors
    /// [`InvalidServer`] if the host is empty, too long, or has a character that no host has;
    /// for a unix socket, if the path is empty or has a NUL.
    pub fn new(
        transport: Transport,
        host: impl Into<String>,
        port: u16,
    ) -> Result<Self, InvalidServer> {
        let host = host.into();
        match host::check(transport, &host) {
            Err(kind) => Err(InvalidServer::new(host, kind)),
            Ok(()) => Ok(Self::checked(transport, host, port)),
        }
    }

    /// Its port what it means: 0 for a unix socket, never 0 otherwise.
    pub(super) fn checked(transport: Transport, host: String, port: u16) -> Self {
        let port = match transport {
            Transport::Unix => 0,
            Transport::Tcp | Transport::Udp if port == 0 => DEFAULT_PORT,
            Transport::Tcp | Transport::Udp => port,
        };
        Self {
            transport,
            host,
            port,
        }
    }
}

impl std::str::FromStr for Address {
    type Err = InvalidServer;

    fn from_str(text: &str) -> Result<Self, InvalidServer> {
        let (address, weight) = super::spec::parse(text, DEFAULT_PORT)?;
        match weight {
            None => Ok(address),
            Some((at, _)) => {
                let kind = InvalidServerKind::WeightOfAddress { at };
                Err(InvalidServer::new(text, kind))
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            transport,
            host,
            port,
        } = self;
        match transport {
            Transport::Unix => return f.write_str(host),
            Transport::Udp => f.write_str("udp:")?,
            Transport::Tcp => {}
        }
        // A host that is called `udp` would be taken for the prefix.
        match host.contains(':') || (host == "udp" && *transport == Transport::Tcp) {
            true => write!(f, "[{host}]")?,
            false => f.write_str(host)?,
        }
        match *port == DEFAULT_PORT && !f.alternate() {
            true => Ok(()),
            false => write!(f, ":{port}"),
        }
    }
}
