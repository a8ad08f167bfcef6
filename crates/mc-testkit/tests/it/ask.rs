//! Single requests over any stream, in any protocol.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use mc_proto::{Connection, Key, Limits, Protocol, Reply, Request};
use mc_testkit::Address;

/// How long a server may take for one answer.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A question with an answer that does not hang on what is stored.
pub(crate) fn get() -> Request<'static> {
    let key = Key::new(b"nothing").unwrap();
    Request::Get { key, cas: false }
}

/// That answer.
pub(crate) const MISS: Reply = Reply::Value(None);

/// The reply to one request; `None` if the connection comes to its end instead.
pub(crate) fn ask(
    stream: &mut (impl Read + Write),
    protocol: Protocol,
    request: &Request<'_>,
) -> Option<Reply> {
    let mut connection = Connection::new(protocol, Limits::default());
    connection.push(request, ()).unwrap();
    let mut sent = connection.take_outgoing();
    let sent = sent.copy_to_bytes(sent.remaining());
    let mut input = BytesMut::new();
    let mut buffer = [0; 4096];
    stream.write_all(&sent).ok()?;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(len) => input.extend_from_slice(&buffer[..len]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no answer in {LIMIT:?}"),
            Err(_) => return None,
        }
        if let Some(received) = connection.receive(&mut input).ok()? {
            return received.answer().map(|answer| answer.reply);
        }
    }
}

/// A connection whose reads and writes fail after [`LIMIT`].
pub(crate) fn connect(address: &Address) -> TcpStream {
    let stream = TcpStream::connect(address.to_string()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Waits for something that happens by itself.
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "it does not happen in {LIMIT:?}");
        thread::sleep(Duration::from_millis(1));
    }
}
