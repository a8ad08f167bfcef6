//! Where a server of this crate listens.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Where a server listens: a port of this machine or a unix socket.
///
/// It prints as a server spec that clients read: `127.0.0.1:31337`, `[::1]:31337` or `/path`.
///
/// ```
/// use mc_testkit::Address;
///
/// let address = Address::Tcp("[::1]:31337".parse().unwrap());
/// assert_eq!(address.to_string(), "[::1]:31337");
/// assert_eq!((address.host(), address.port()), ("::1".to_owned(), 31337));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A TCP port on a loopback interface.
    Tcp(SocketAddr),
    /// The path of a unix socket.
    Unix(PathBuf),
}

impl Address {
    /// The IP address without brackets, or the path of the socket.
    pub fn host(&self) -> String {
        match self {
            Self::Tcp(address) => address.ip().to_string(),
            Self::Unix(path) => path.display().to_string(),
        }
    }

    /// The port; 0 for a unix socket.
    pub fn port(&self) -> u16 {
        match self {
            Self::Tcp(address) => address.port(),
            Self::Unix(_) => 0,
        }
    }

    /// A blocking connection whose reads and writes fail after `limit`.
    pub(crate) fn connect(&self, limit: Duration) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, limit)?;
                stream.set_read_timeout(Some(limit))?;
                stream.set_write_timeout(Some(limit))?;
                Box::new(stream)
            }
            Self::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(limit))?;
                stream.set_write_timeout(Some(limit))?;
                Box::new(stream)
            }
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// What a server is asked to listen on; the port or path is found when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Listen {
    #[default]
    V4,
    V6,
    Unix,
}

impl Listen {
    /// Of the same kind as this server's.
    pub(crate) fn as_at(server: &Address) -> Self {
        match server {
            Address::Unix(_) => Self::Unix,
            Address::Tcp(address) if address.is_ipv6() => Self::V6,
            Address::Tcp(_) => Self::V4,
        }
    }

    /// The loopback address with the given port; `None` for a unix socket.
    pub(crate) fn loopback(self, port: u16) -> Option<SocketAddr> {
        match self {
            Self::V4 => Some((Ipv4Addr::LOCALHOST, port).into()),
            Self::V6 => Some((Ipv6Addr::LOCALHOST, port).into()),
            Self::Unix => None,
        }
    }

    /// An address that neither TCP nor UDP has taken by now; soon something else may have.
    pub(crate) fn free(self) -> io::Result<SocketAddr> {
        let any = self.loopback(0).ok_or(io::ErrorKind::AddrNotAvailable)?;
        loop {
            let address = TcpListener::bind(any)?.local_addr()?;
            match UdpSocket::bind(address) {
                Ok(_) => return Ok(address),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A blocking connection of either kind.
pub(crate) trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}
