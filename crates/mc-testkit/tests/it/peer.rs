//! One connection to a server, as the scripts need it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use mc_testkit::Address;

/// How long a server may take for one answer.
const LIMIT: Duration = Duration::from_secs(10);

/// A request whose answer no other request has: it tells that all before it was answered.
const FENCE: &[u8] = b"delete fence fence\r\n";

/// That answer.
const FENCED: &[u8] = b"CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n";

/// A connection that plays scripts and writes down the answers.
pub(crate) struct Peer {
    stream: TcpStream,
    /// The cas numbers seen, in that order. Servers number as they like.
    seen: Vec<String>,
    /// How many bytes are written at once.
    chunk: usize,
}

impl Peer {
    pub(crate) fn connect(address: &Address, chunk: usize) -> Self {
        let stream = TcpStream::connect(address.to_string()).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            seen: Vec::new(),
            chunk,
        }
    }

    /// Sends one request, in which `{cas}` is the last cas number seen, and returns all that is
    /// answered until the fence, or until the server closes the connection (then with `(closed)` behind).
    ///
    /// Cas numbers come back as `#1`, `#2` …, in the order in which they were first seen.
    pub(crate) fn ask(&mut self, request: &[u8]) -> String {
        let mut bytes = self.with_cas(request);
        bytes.extend_from_slice(FENCE);
        for chunk in bytes.chunks(self.chunk) {
            // A server that has closed the connection does not take the rest.
            if self.stream.write_all(chunk).is_err() {
                break;
            }
        }
        let answer = self.read();
        let lines = answer.split_inclusive('\n');
        lines.map(|line| self.without_cas(line)).collect()
    }

    fn read(&mut self) -> String {
        let mut answer = Vec::new();
        let mut buffer = [0; 64 << 10];
        while !answer.ends_with(FENCED) {
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    answer.extend_from_slice(b"(closed)");
                    return String::from_utf8_lossy(&answer).into_owned();
                }
                Ok(len) => answer.extend_from_slice(&buffer[..len]),
                Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&answer)),
            }
        }
        answer.truncate(answer.len() - FENCED.len());
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn with_cas(&self, request: &[u8]) -> Vec<u8> {
        let last = self.seen.last().map_or("0", String::as_str);
        match request.windows(5).position(|window| window == b"{cas}") {
            Some(at) => [&request[..at], last.as_bytes(), &request[at + 5..]].concat(),
            None => request.to_vec(),
        }
    }

    /// `VALUE <key> <flags> <bytes> <cas>` with a name for the number; any other line as it is.
    fn without_cas(&mut self, line: &str) -> String {
        let words: Vec<_> = line.trim_end().split(' ').collect();
        let ["VALUE", key, flags, len, cas] = words[..] else {
            return line.to_owned();
        };
        let known = self.seen.iter().position(|seen| seen == cas);
        let at = known.unwrap_or_else(|| {
            self.seen.push(cas.to_owned());
            self.seen.len() - 1
        });
        format!("VALUE {key} {flags} {len} #{}\r\n", at + 1)
    }
}
