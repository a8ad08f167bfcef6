//! Why a server is refused: what was written, what is wrong with it and where, and what is allowed.

use std::fmt;

use super::host::MAX_HOST;
use super::{Address, MAX_WEIGHT, ServerSpec, Transport};

/// A server, or a list of them, that cannot be taken.
///
/// Its text is one line with the offending spec in it, escaped and cut at 80 characters.
///
/// ```
/// use mc_behaviors::{InvalidServerKind, ServerSpec};
///
/// let error = "h:abc".parse::<ServerSpec>().unwrap_err();
/// assert!(matches!(error.kind(), InvalidServerKind::Port { at: 2, .. }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidServer {
    spec: String,
    kind: InvalidServerKind,
}

impl InvalidServer {
    pub(crate) fn new(spec: impl Into<String>, kind: InvalidServerKind) -> Self {
        Self {
            spec: spec.into(),
            kind,
        }
    }

    /// A server that a [`Target`](crate::Target) cannot connect to; `allowed` is a phrase such as `tcp and unix`.
    pub fn unreachable(server: &ServerSpec, allowed: &'static str) -> Self {
        let found = server.address.transport;
        let kind = InvalidServerKind::Transport { found, allowed };
        Self::new(server.to_string(), kind)
    }

    /// What is wrong.
    pub fn kind(&self) -> &InvalidServerKind {
        &self.kind
    }

    /// The server as it was written.
    pub fn spec(&self) -> &str {
        &self.spec
    }
}

impl fmt::Display for InvalidServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            InvalidServerKind::EmptyList => write!(f, "{}", self.kind),
            _ => write!(f, "server {}: {}", Shown(&self.spec), self.kind),
        }
    }
}

impl std::error::Error for InvalidServer {}

/// What is wrong with a server; `at` counts bytes from the start of its spec.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidServerKind {
    /// No host.
    #[error("the host is empty: allowed are a host name, an address or a /path")]
    EmptyHost,
    /// More bytes than a resolver takes; also of a path.
    #[error("the host has {0} bytes: allowed are 1 to {MAX_HOST}")]
    LongHost(usize),
    /// A character that no host has.
    #[error(
        "the host {} has {found:?}: allowed are names and addresses, without spaces, control characters or any of , ; / ? # @ [ ]",
        Shown(host)
    )]
    HostCharacter {
        /// The whole host.
        host: String,
        /// The first character that is not allowed.
        found: char,
    },
    /// A colon in what is no IPv6 address.
    #[error("the host {} has a colon and is no IPv6 address: allowed are a host name and an address", Shown(.0))]
    HostColon(String),
    /// An IPv6 address that is not in brackets, so that its colons could begin a port.
    #[error("an IPv6 address without brackets: allowed are [v6], [v6]:port and [v6]:port:weight")]
    NoBrackets,
    /// A `[` that nothing closes, or text between `]` and the port.
    #[error("the bracket at byte {at}: allowed are [v6], [v6]:port and [v6]:port:weight")]
    Bracket {
        /// Of the bracket.
        at: usize,
    },
    /// A port that is no number or out of range.
    #[error(
        "port {} at byte {at}: allowed are plain digits, 0 to 65535 (0 means 11211)",
        Shown(text)
    )]
    Port {
        /// As written.
        text: String,
        /// Of its first byte.
        at: usize,
    },
    /// A word in front of the server, as URLs have it.
    #[error(
        "{0}: is in front: allowed are host and host:port for TCP, udp:host:port, and the /path alone for a unix socket"
    )]
    Scheme(String),
    /// A weight that is no number or out of range.
    #[error(
        "weight {} at byte {at}: allowed are plain digits, 0 to {max} (0 means 1)",
        Shown(text)
    )]
    Weight {
        /// As written.
        text: String,
        /// Of its first byte.
        at: usize,
        /// The largest one allowed.
        max: u32,
    },
    /// A weight out of range that came as a number.
    #[error("weight {0}: allowed are 0 to {MAX_WEIGHT} (0 means 1)")]
    WeightNumber(u32),
    /// A weight where only a server's name or address is asked for.
    #[error("a weight at byte {at}: allowed are host, host:port and their like, and a /path")]
    WeightOfAddress {
        /// Of its first byte.
        at: usize,
    },
    /// An empty path, or one with a NUL.
    #[error("the path of a unix socket: allowed is anything but an empty one and NUL")]
    Path,
    /// A unix socket with a port.
    #[error("port {0} on a unix socket: allowed is 0")]
    PortOnUnix(u16),
    /// A transport that the client has not got.
    #[error("its transport is {found}: allowed are {allowed}")]
    Transport {
        /// Of the server's address.
        found: Transport,
        /// In words.
        allowed: &'static str,
    },
    /// A name that no server of the client has.
    #[error("no server has this name: allowed are {}", Names(known))]
    UnknownName {
        /// The names that there are.
        known: Vec<Address>,
    },
    /// A name that a server of the client has already.
    #[error("a server of this name is there: allowed is a new name")]
    NameTaken,
    /// The client's last server, which cannot be removed.
    #[error("no other server is there: allowed is removing all but the last")]
    Last,
    /// A list of no server.
    #[error("an empty list of servers: allowed are one server or more")]
    EmptyList,
    /// A list of servers of different transports.
    #[error(
        "its transport is {found}, the first server's is {first}: allowed is one transport for all"
    )]
    Mixed {
        /// Of the first server.
        first: Transport,
        /// Of this one.
        found: Transport,
    },
}

/// Escaped and quoted, cut at [`SHOWN`] characters.
struct Shown<'a>(&'a str);

/// Characters of a spec that an error shows.
const SHOWN: usize = 80;

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            None => write!(f, "{:?}", self.0),
            Some((end, _)) => write!(f, "{:?}… ({} bytes)", &self.0[..end], self.0.len()),
        }
    }
}

/// Names one after another, the first [`NAMES`] of them.
struct Names<'a>(&'a [Address]);

/// Names that an error shows.
const NAMES: usize = 20;

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().take(NAMES).enumerate() {
            let name = name.to_string();
            write!(
                f,
                "{}{}",
                if at == 0 { "" } else { ", " },
                name.escape_debug()
            )?;
        }
        match self.0.len() > NAMES {
            true => write!(f, ", … ({} in all)", self.0.len()),
            false => Ok(()),
        }
    }
}
