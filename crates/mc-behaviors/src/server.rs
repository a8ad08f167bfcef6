//! Servers as users write them: one spec, a tuple, a list.
//!
//! ```text
//! host   host:port   host:port:weight        TCP, port 11211 and weight 1 unless given
//! [v6]   [v6]:port   [v6]:port:weight        an IPv6 address wants its brackets
//! udp:…  one of the above over UDP           /path   a unix socket
//! ```
//!
//! The grammar is pylibmc's (`translate_server_spec`), narrower where that one takes what can only be a slip:
//! numbers are plain digits within their range, and a host is something that a resolver could know.
//! [`parse_server_list`] reads the other form, that of libmemcached's `memcached_servers_parse`.

mod address;
mod error;
mod host;
mod into;
mod list;
mod spec;
#[cfg(test)]
mod tests;

use std::fmt;

pub use address::Address;
pub use error::{InvalidServer, InvalidServerKind};
pub use into::{IntoServerSpec, server_specs};
pub use list::parse_server_list;
pub use mc_dist::DEFAULT_PORT;

/// The largest weight that a spec may give: pylibmc keeps 16 bits and cuts the rest.
pub const MAX_WEIGHT: u32 = 65535;

/// How a server is reached. The numbers are pylibmc's `server_type_tcp`, `…_udp` and `…_unix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Transport {
    /// A stream to a host and port.
    #[default]
    Tcp = 1,
    /// Datagrams to a host and port.
    Udp = 2,
    /// A stream to a path.
    Unix = 4,
}

impl Transport {
    /// Every transport, by rising number.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Unix];

    /// Its name: `tcp`, `udp` or `unix`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Unix => "unix",
        }
    }

    /// Its number in pylibmc: 1, 2 or 4.
    pub const fn number(self) -> u32 {
        self as u32
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A number that is no [`Transport`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown server type {0}: allowed are 1 (tcp), 2 (udp) and 4 (unix)")]
pub struct UnknownTransport(
    /// The number.
    pub u32,
);

impl TryFrom<u32> for Transport {
    type Error = UnknownTransport;

    fn try_from(number: u32) -> Result<Self, UnknownTransport> {
        let known = Self::ALL.into_iter().find(|one| one.number() == number);
        known.ok_or(UnknownTransport(number))
    }
}

/// One server: its name, which places its keys, where it is reached, and its share of the keys.
///
/// **The name is what is hashed** where names are hashed (every ring, rendezvous, sorting): all clients of a cluster
/// have to spell it alike. It is also where the server is reached, unless [`at`](Self::at) says otherwise:
/// a server that moves to another address keeps its name, and so its keys. (libmemcached knows no such difference:
/// there a name has to be one that a resolver knows.)
///
/// Plain data. Parsed from a string ([`str::parse`], [`ServerSpec::parse`]) or made from tuples ([`IntoServerSpec`]);
/// [`Display`](fmt::Display) prints the shortest spec that parses back to the same value. What has no place in a spec
/// is left out: an address that is not the name, a unix socket's weight, and one past 65535, which only a list may
/// have.
///
/// ```
/// use mc_behaviors::{ServerSpec, Transport};
///
/// let server: ServerSpec = "[::1]:11212:3".parse()?;
/// assert_eq!((server.name.transport, server.weight), (Transport::Tcp, 3));
/// assert_eq!((server.name.host.as_str(), server.name.port), ("::1", 11212));
/// assert_eq!(server.address, server.name);
/// assert_eq!(server.to_string(), "[::1]:11212:3");
///
/// let error = "cache1:70000".parse::<ServerSpec>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "server \"cache1:70000\": port \"70000\" at byte 7: allowed are plain digits, 0 to 65535 (0 means 11211)",
/// );
/// # Ok::<_, mc_behaviors::InvalidServer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerSpec {
    /// What it is called: by its clients' placement, in results and in errors.
    pub name: Address,
    /// Where it is reached.
    pub address: Address,
    /// The server's share of the keys relative to the others', at least 1.
    pub weight: u32,
}

impl ServerSpec {
    /// A server at `host` and `port` over TCP, of weight 1; port 0 means [`DEFAULT_PORT`].
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn tcp(host: impl Into<String>, port: u16) -> Result<Self, InvalidServer> {
        Address::new(Transport::Tcp, host, port).map(Self::from)
    }

    /// A server at `host` and `port` over UDP, of weight 1; port 0 means [`DEFAULT_PORT`].
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn udp(host: impl Into<String>, port: u16) -> Result<Self, InvalidServer> {
        Address::new(Transport::Udp, host, port).map(Self::from)
    }

    /// A server at a unix socket, of weight 1; the path may be relative.
    ///
    /// # Errors
    /// As [`Address::new`].
    pub fn unix(path: impl Into<String>) -> Result<Self, InvalidServer> {
        Address::new(Transport::Unix, path, 0).map(Self::from)
    }

    /// The same server, by the same name, reached at this address.
    ///
    /// ```
    /// use mc_behaviors::ServerSpec;
    /// use mc_dist::Server;
    ///
    /// let server: ServerSpec = "cache1:11212:3".parse()?;
    /// let moved = server.clone().at("10.0.0.7:11211")?;
    /// assert_eq!(moved.address, "10.0.0.7".parse()?);
    /// assert_eq!(Server::from(&moved), Server::from(&server), "its keys do not move");
    /// assert_ne!(moved, server);
    /// # Ok::<_, mc_behaviors::InvalidServer>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidServer`] if it is no address, see [`Address`].
    pub fn at(self, address: &str) -> Result<Self, InvalidServer> {
        let address = address.parse()?;
        Ok(Self { address, ..self })
    }

    /// The same server with another weight; 0 means 1.
    ///
    /// ```
    /// use mc_behaviors::ServerSpec;
    ///
    /// let server = ServerSpec::unix("/run/memcached.sock")?.with_weight(3);
    /// assert_eq!(server.weight, 3);
    /// # Ok::<_, mc_behaviors::InvalidServer>(())
    /// ```
    #[must_use]
    pub fn with_weight(self, weight: u32) -> Self {
        Self {
            weight: weight.max(1),
            ..self
        }
    }
}

/// A server that is reached where its name says, of weight 1.
impl From<Address> for ServerSpec {
    fn from(name: Address) -> Self {
        Self {
            address: name.clone(),
            name,
            weight: 1,
        }
    }
}

/// The part of it that decides placement: two transports to one place own the same keys.
impl From<&ServerSpec> for mc_dist::Server {
    fn from(server: &ServerSpec) -> Self {
        Self::new(&server.name.host, server.name.port).weight(server.weight)
    }
}

/// The shortest spec that parses back: the default port and weight 1 are left out.
impl fmt::Display for ServerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.transport, self.weight) {
            (Transport::Unix, _) | (_, 1) => write!(f, "{}", self.name),
            (_, weight) => write!(f, "{:#}:{weight}", self.name),
        }
    }
}
