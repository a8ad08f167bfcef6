//! A connection without a client, to see each byte of it and how it ends.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

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

    pub(super) fn can_connect(to: &Address) -> bool {
        match to {
            Address::Tcp(address) => TcpStream::connect(address).is_ok(),
            Address::Unix(path) => UnixStream::connect(path).is_ok(),
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
        self.write_all(bytes).unwrap();
    }

    /// Exactly so many bytes.
    pub(super) fn take(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// What one read finds, at most 4 KiB.
    pub(super) fn read_once(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 4096];
        let len = self.read(&mut bytes).unwrap();
        bytes.truncate(len);
        bytes
    }

    pub(super) fn ask(&mut self, request: &[u8], len: usize) -> Vec<u8> {
        self.send(request);
        self.take(len)
    }

    /// Whether nothing has come that was not read.
    pub(super) fn is_silent(&mut self) -> bool {
        self.set_nonblocking(true);
        let read = self.read(&mut [0]);
        self.set_nonblocking(false);
        read.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// All that comes before the end, and how it ends.
    pub(super) fn rest(&mut self) -> (Vec<u8>, End) {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            match self.read(&mut buffer) {
                Ok(0) => return (bytes, End::Fin),
                Ok(len) => bytes.extend_from_slice(&buffer[..len]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                    return (bytes, End::Reset);
                }
                Err(error) => panic!("{error} after {bytes:?}"),
            }
        }
    }

    /// Sends at most so many bytes, until none are taken for a tenth of a second; tells how many were.
    pub(super) fn send_until_full(&mut self, most: usize) -> usize {
        let patience = Some(Duration::from_millis(100));
        match self {
            Self::Tcp(stream) => stream.set_write_timeout(patience),
            Self::Unix(stream) => stream.set_write_timeout(patience),
        }
        .unwrap();
        let mut sent = 0;
        while sent < most {
            match self.write(&[b'x'; 64 << 10]) {
                Ok(len) => sent += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error} after {sent} bytes"),
            }
        }
        sent
    }

    fn set_nonblocking(&self, nonblocking: bool) {
        match self {
            Self::Tcp(stream) => stream.set_nonblocking(nonblocking),
            Self::Unix(stream) => stream.set_nonblocking(nonblocking),
        }
        .unwrap();
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
