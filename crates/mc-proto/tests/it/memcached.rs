//! A real memcached over UDP. The sockets are the tests' own.
#![expect(clippy::disallowed_types, reason = "these tests move the bytes")]

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use mc_proto::udp::{Answer, Client, Dropped, Id, Limits, Read};
use mc_proto::{Connection, Item, Key, Protocol, Received, Reply, Request, StatsTopic, Verb};
use mc_testkit::{Address, Memcached};

use crate::support::key;

/// How long a test waits for what has to come.
const LIMIT: Duration = Duration::from_secs(5);

/// Over TCP, one request and its reply.
fn ask(server: &Memcached, request: &Request<'_>) -> Reply {
    let Address::Tcp(address) = server.address() else {
        panic!("{}", server.address())
    };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let mut connection = Connection::new(Protocol::Text, mc_proto::Limits::default());
    connection.push(request, ()).unwrap();
    let mut sent = connection.take_outgoing();
    stream
        .write_all(&sent.copy_to_bytes(sent.remaining()))
        .unwrap();
    let mut input = BytesMut::new();
    loop {
        let received = connection.receive(&mut input).unwrap();
        if let Some(answer) = received.and_then(Received::answer) {
            return answer.reply;
        }
        let mut read = [0; 4096];
        let len = stream.read(&mut read).unwrap();
        assert_ne!(len, 0, "the server has closed the connection");
        input.extend_from_slice(&read[..len]);
    }
}

fn store(server: &Memcached, name: &'static str, value: &[u8]) {
    let set = Request::Store {
        verb: Verb::Set,
        key: key(name),
        flags: 5,
        exptime: mc_proto::Exptime::NEVER,
        value: value.into(),
    };
    assert_eq!(ask(server, &set), Reply::Stored);
}

/// A memcached that also reads from a UDP port of its own choice, and a socket
/// that is connected to it.
fn start() -> (Memcached, UdpSocket) {
    let server = Memcached::builder().arg("-U").arg("-1").start().unwrap();
    let topic = Some(StatsTopic::Conns);
    let Reply::Stats(rows) = ask(&server, &Request::Stats { topic }) else {
        panic!("stats conns has rows")
    };
    let mut values = rows
        .iter()
        .map(|(_, value)| std::str::from_utf8(value).unwrap());
    let address: SocketAddr = values
        .find_map(|value| value.strip_prefix("udp:"))
        .and_then(|address| address.parse().ok())
        .unwrap();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(address).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    (server, socket)
}

fn send(client: &mut Client<()>, socket: &UdpSocket, read: Read<'_>) -> Id {
    let mut datagram = Vec::new();
    let id = client.push(read, (), &mut datagram).unwrap();
    assert_eq!(socket.send(&datagram).unwrap(), datagram.len());
    id
}

/// Datagrams as they arrive, until the answer.
fn receive(client: &mut Client<()>, socket: &UdpSocket) -> Answer<()> {
    let mut datagram = [0; 1 << 16];
    loop {
        let len = socket.recv(&mut datagram).unwrap();
        if let Some(answer) = client.receive(&datagram[..len]) {
            return answer;
        }
    }
}

fn item(value: &[u8]) -> Item {
    Item {
        flags: 5,
        cas: None,
        value: value.to_vec().into(),
    }
}

#[test]
fn replies_of_one_datagram_and_of_many() {
    let (server, socket) = start();
    let mut client = Client::new(0xfffe, Limits::default());
    let mut check = |read: Read<'_>, expected: Reply| {
        send(&mut client, &socket, read);
        assert_eq!(receive(&mut client, &socket).result, Ok(expected));
    };
    let get = |name| Read::Get {
        key: key(name),
        cas: false,
    };
    let version = server.version().unwrap();
    check(Read::Version, Reply::Version(version.into()));
    check(get("nothing"), Reply::Value(None));
    let values: [(&'static str, usize); 5] = [
        ("empty", 0),
        ("small", 5),
        // With the rest of its reply these fill one datagram, and one byte more.
        ("full", 1400 - 8 - "VALUE full 5 1364\r\n\r\nEND\r\n".len()),
        (
            "over",
            1400 - 8 - "VALUE over 5 1365\r\n\r\nEND\r\n".len() + 1,
        ),
        // All its datagrams have room in the socket's buffer.
        ("large", 60_000),
    ];
    let bytes = |len: usize| -> Vec<u8> { (0..len).map(|at| (at * 31) as u8).collect() };
    for (name, len) in values {
        store(&server, name, &bytes(len));
        check(get(name), Reply::Value(Some(item(&bytes(len)))));
    }
    assert_eq!(client.dropped(), Dropped::default());
}

#[test]
fn many_under_way_and_one_given_up() {
    let (server, socket) = start();
    let names: Vec<_> = (0..50).map(|number| format!("key_{number}")).collect();
    let mut client = Client::new(1, Limits::default());
    let mut ids = Vec::new();
    for name in &names {
        let read = Read::Get {
            key: Key::new(name.as_bytes()).unwrap(),
            cas: true,
        };
        ids.push(send(&mut client, &socket, read));
    }
    assert!(client.expire(ids[7]).is_some());
    for _ in 1..names.len() {
        assert_eq!(receive(&mut client, &socket).result, Ok(Reply::Value(None)));
    }
    // The late reply to the one given up is in front of this.
    let version = server.version().unwrap();
    send(&mut client, &socket, Read::Version);
    let answer = receive(&mut client, &socket);
    assert_eq!(answer.result, Ok(Reply::Version(version.into())));
    assert_eq!(client.outstanding(), 0);
    assert!(client.dropped().unknown <= 1);
}
