//! A TCP connection to a real memcached, of which every byte is accounted for.
#![expect(clippy::disallowed_types, reason = "these tests move the bytes")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use mc_proto::Limits;
use mc_proto::binary::Response;
use mc_testkit::{Address, Memcached};

/// How long a test waits for what has to come.
const LIMIT: Duration = Duration::from_secs(5);

/// The socket, and what was read from it and not used.
pub(crate) struct Wire {
    stream: TcpStream,
    pub(crate) input: BytesMut,
}

impl Wire {
    pub(crate) fn open(server: &Memcached) -> Self {
        let Address::Tcp(address) = server.address() else {
            panic!("{}", server.address())
        };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        Self {
            stream,
            input: BytesMut::new(),
        }
    }

    pub(crate) fn send(&mut self, mut bytes: impl Buf) {
        let bytes = bytes.copy_to_bytes(bytes.remaining());
        self.stream.write_all(&bytes).unwrap();
    }

    /// Reads more; false at the end of the stream.
    pub(crate) fn fill(&mut self) -> bool {
        let mut read = [0; 4096];
        let len = self.stream.read(&mut read).unwrap();
        self.input.extend_from_slice(&read[..len]);
        len > 0
    }

    /// The next packet; `None` at the end of the stream.
    pub(crate) fn next(&mut self) -> Option<Response> {
        loop {
            let limits = Limits::default();
            if let Some(response) = Response::decode(&mut self.input, &limits).unwrap() {
                return Some(response);
            }
            if !self.fill() {
                assert!(self.input.is_empty(), "{:?}", self.input);
                return None;
            }
        }
    }
}
