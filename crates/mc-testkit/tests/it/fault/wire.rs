//! A connection without a client, to see each byte of it and how it ends.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use mc_testkit::Address;

use crate::ask::LIMIT;

pub(super) enum Wire {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// How a connection ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// In order.
    Fin,
    Reset,
}

impl Wire {
    pub(super) fn connect(to: &Address) -> Self {
        match to {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(LIMIT)).unwrap();
                stream.set_write_timeout(Some(LIMIT)).unwrap();
                stream.set_nodelay(true).unwrap();
                Self::Tcp(stream)
            }
            Address::Unix(path) => {
                let stream = UnixStream::connect(path).unwrap();
                stream.set_read_timeout(Some(LIMIT)).unwrap();
                stream.set_write_timeout(Some(LIMIT)).unwrap();
                Self::Unix(stream)
            }
        }
    }

    /// How a connection that is broken ends here: unix sockets know no RST.
    pub(super) fn broken(&self) -> End {
        match self {
            Self::Tcp(_) => End::Reset,
            Self::Unix(_) => End::Fin,
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.stream().write_all(bytes).unwrap();
    }

    /// Exactly so many bytes.
    pub(super) fn read(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.stream().read_exact(&mut bytes).unwrap();
        bytes
    }

    /// What one read finds, at most 4 KiB.
    pub(super) fn read_once(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        let len = self.stream().read(&mut bytes).unwrap();
        bytes.truncate(len);
        bytes
    }

    pub(super) fn ask(&mut self, request: &[u8], len: usize) -> Vec<u8> {
        self.send(request);
        self.read(len)
    }

    /// Whether nothing has come that was not read.
    pub(super) fn is_silent(&mut self) -> bool {
        self.set_nonblocking(true);
        let read = self.stream().read(&mut [0]);
        self.set_nonblocking(false);
        read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// All that comes before the end, and how it ends.
    pub(super) fn rest(&mut self) -> (Vec<u8>, End) {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match self.stream().read(&mut buffer) {
                Ok(0) => return (bytes, End::Fin),
                Ok(len) => bytes.extend_from_slice(&buffer[..len]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return (bytes, End::Reset);
                }
                Err(error) => panic!("{error} after {bytes:?}"),
            }
        }
    }

    fn set_nonblocking(&self, nonblocking: bool) {
        match self {
            Self::Tcp(stream) => stream.set_nonblocking(nonblocking),
            Self::Unix(stream) => stream.set_nonblocking(nonblocking),
        }
        .unwrap();
    }

    fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Tcp(stream) => stream,
            Self::Unix(stream) => stream,
        }
    }
}

trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}
