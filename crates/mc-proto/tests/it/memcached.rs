//! A real memcached over UDP, and one that asks for a password.
#![expect(clippy::disallowed_types, reason = "these tests move the bytes")]

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use mc_proto::sasl::{AuthError, Credentials, Exchange, Mechanism, Plaintext, Progress};
use mc_proto::udp::{Answer, Client, Dropped, Id, Limits};
use mc_proto::{Connection, Exptime, Item, Key, Protocol, Received, Reply, Request, Verb};
use mc_testkit::Memcached;

use crate::support::{get, key};
use crate::wire::Wire;

/// How long a test waits for what has to come.
const LIMIT: Duration = Duration::from_secs(5);

/// One request and its reply, over a connection of its own.
fn ask(server: &Memcached, request: &Request<'_>) -> Reply {
    let mut connection = Connection::new(Protocol::Text, mc_proto::Limits::default());
    exchange(&mut Wire::open(server), &mut connection, request)
}

fn exchange(wire: &mut Wire, connection: &mut Connection<()>, request: &Request<'_>) -> Reply {
    connection.push(request, ()).unwrap();
    wire.send(connection.take_outgoing());
    loop {
        let received = connection.receive(&mut wire.input).unwrap();
        if let Some(answer) = received.and_then(Received::answer) {
            return answer.reply;
        }
        assert!(wire.fill(), "the server has closed the connection");
    }
}

/// Hits, misses, keys that are asked for twice, and a value of many reads.
#[test]
fn gets_that_share_lines() {
    let server = Memcached::start().unwrap();
    let large = vec![b'v'; 300_000];
    let stored: [(_, &[u8]); 3] = [("a", b"1"), ("c", b""), ("d", &large)];
    for (name, value) in stored {
        assert_eq!(ask(&server, &set(name, value)), Reply::Stored);
    }
    let limits = mc_proto::Limits::default();
    let mut connection = Connection::new(Protocol::Text, limits).join_gets();
    let names: Vec<_> = ["a", "b", "c", "d", "a"]
        .into_iter()
        .cycle()
        .take(250)
        .collect();
    for (tag, name) in names.iter().enumerate() {
        connection.push(&get(name), tag).unwrap();
    }
    let mut wire = Wire::open(&server);
    wire.send(connection.take_outgoing());
    let mut names = names.into_iter().enumerate();
    while connection.pending() > 0 {
        while let Some(received) = connection.receive(&mut wire.input).unwrap() {
            let answer = received.answer().unwrap();
            let (tag, name) = names.next().unwrap();
            let value = stored.iter().find(|it| it.0 == name).map(|it| it.1);
            let Reply::Value(item) = answer.reply else {
                panic!("{:?}", answer.reply)
            };
            assert_eq!(answer.tag, tag);
            assert_eq!(item.as_ref().map(|item| &item.value[..]), value);
        }
        assert!(connection.is_clean() || wire.fill());
    }
    assert!(names.next().is_none() && wire.input.is_empty());
}

fn set<'a>(name: &'static str, value: &'a [u8]) -> Request<'a> {
    Request::Store {
        verb: Verb::Set,
        key: key(name),
        flags: 5,
        exptime: Exptime::NEVER,
        value: value.into(),
    }
}

/// A memcached that also reads datagrams, and a socket that is connected to it.
fn start() -> (Memcached, UdpSocket) {
    // Many threads would take the datagrams out of their order.
    let server = Memcached::builder().udp().threads(1).start().unwrap();
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(server.address().to_string()).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    (server, socket)
}

fn send(client: &mut Client<()>, socket: &UdpSocket, request: &Request<'_>) -> Id {
    let mut datagram = Vec::new();
    let id = client.push(request, (), &mut datagram).unwrap();
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
    let mut check = |request: Request<'_>, expected: Reply| {
        send(&mut client, &socket, &request);
        assert_eq!(receive(&mut client, &socket).result, Ok(expected));
    };
    let version = server.version().unwrap();
    check(Request::Version, Reply::Version(version.into()));
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
        assert_eq!(ask(&server, &set(name, &bytes(len))), Reply::Stored);
        check(get(name), Reply::Value(Some(item(&bytes(len)))));
    }
    assert_eq!(client.dropped(), Dropped::default());
}

/// Writes have replies as well, and fit one datagram up to its length.
#[test]
fn changes_and_what_a_server_tells() {
    let (_server, socket) = start();
    let mut client = Client::new(1, Limits::default());
    let mut ask = |request: &Request<'_>| {
        send(&mut client, &socket, request);
        receive(&mut client, &socket).result.unwrap()
    };
    let incr = Request::Incr {
        key: key("number"),
        delta: 2,
        initial: None,
    };
    let gat = Request::Gat {
        key: key("number"),
        exptime: Exptime::from_wire(60),
        cas: false,
    };
    let touch = Request::Touch {
        key: key("number"),
        exptime: Exptime::from_wire(60),
    };
    let delete = Request::Delete { key: key("number") };
    assert_eq!(ask(&incr), Reply::NotFound);
    assert_eq!(ask(&set("number", b"40")), Reply::Stored);
    assert_eq!(ask(&incr), Reply::Number(42));
    assert_eq!(ask(&gat), Reply::Value(Some(item(b"42"))));
    assert_eq!(ask(&touch), Reply::Touched);
    assert_eq!(ask(&delete), Reply::Deleted);
    let large = vec![b'x'; 60_000];
    assert_eq!(ask(&set("large", &large)), Reply::Stored);
    assert_eq!(ask(&get("large")), Reply::Value(Some(item(&large))));
    assert_eq!(ask(&Request::FlushAll { delay: None }), Reply::Ok);
    assert_eq!(ask(&get("large")), Reply::Value(None));
    // Many datagrams, and text in all of them.
    let Reply::Stats(rows) = ask(&Request::Stats { topic: None }) else {
        panic!("stats has rows")
    };
    assert!(rows.iter().any(|(name, _)| name == "cmd_flush"));
}

/// A write that wants no reply has none; its failure has none either.
#[test]
fn changes_without_a_reply() {
    let (_server, socket) = start();
    let mut client = Client::new(1, Limits::default());
    let mut datagram = Vec::new();
    let incr = Request::Incr {
        key: key("a"),
        delta: 1,
        initial: None,
    };
    for request in [set("a", b"not a number"), incr, set("a", b"1")] {
        client.push_noreply(&request, &mut datagram).unwrap();
        socket.send(&datagram).unwrap();
    }
    send(&mut client, &socket, &get("a"));
    let answer = receive(&mut client, &socket);
    assert_eq!(answer.result, Ok(Reply::Value(Some(item(b"1")))));
    assert_eq!(
        (client.outstanding(), client.dropped()),
        (0, Dropped::default())
    );
}

#[test]
fn many_under_way_and_one_given_up() {
    let (server, socket) = start();
    let names: Vec<_> = (0..50).map(|number| format!("key_{number}")).collect();
    let mut client = Client::new(1, Limits::default());
    let mut ids = Vec::new();
    for name in &names {
        let gets = Request::Get {
            key: Key::new(name.as_bytes()).unwrap(),
            cas: true,
        };
        ids.push(send(&mut client, &socket, &gets));
    }
    assert!(client.expire(ids[7]).is_some());
    for _ in 1..names.len() {
        assert_eq!(receive(&mut client, &socket).result, Ok(Reply::Value(None)));
    }
    // The late reply to the one given up is in front of this.
    let version = server.version().unwrap();
    send(&mut client, &socket, &Request::Version);
    let answer = receive(&mut client, &socket);
    assert_eq!(answer.result, Ok(Reply::Version(version.into())));
    assert_eq!(client.outstanding(), 0);
    assert!(client.dropped().unknown <= 1);
}

/// A memcached that asks for a password, and knows that of `app@test`.
pub(crate) fn start_with_sasl() -> Memcached {
    let builder = Memcached::builder().sasl("app@test", "sesame");
    builder.start().unwrap()
}

/// As many steps as it takes, and what comes of the last. Then the server
/// does what it is asked, or not.
fn check_sasl(server: &Memcached, mut attempt: Exchange, steps: usize, known: bool) {
    let mut wire = Wire::open(server);
    let mut connection = Connection::new(Protocol::Binary, mc_proto::Limits::default());
    let mut results = Vec::new();
    while let Some(request) = attempt.request() {
        let reply = exchange(&mut wire, &mut connection, &request);
        results.push(attempt.received(&reply));
    }
    assert_eq!(results.len(), steps);
    if known {
        assert_eq!(results.pop(), Some(Ok(Progress::Done)));
        let delete = Request::Delete { key: key("a") };
        let reply = exchange(&mut wire, &mut connection, &delete);
        assert_eq!(reply, Reply::NotFound);
    } else {
        let declined = results.pop().unwrap().unwrap_err();
        assert!(matches!(declined, AuthError::Declined(_)), "{declined}");
    }
    assert!(results.iter().all(|result| *result == Ok(Progress::More)));
}

#[test]
fn a1_the_right_password_and_a_wrong_one_by_every_mechanism() {
    let server = start_with_sasl();
    for (password, known) in [("sesame", true), ("Sesame", false)] {
        let credentials = || Credentials::new(b"app@test", password.as_bytes()).unwrap();
        let named = |mechanism| {
            Exchange::with_mechanism(mechanism, credentials(), Plaintext::Allowed).unwrap()
        };
        check_sasl(&server, named(Mechanism::Plain), 1, known);
        check_sasl(&server, named(Mechanism::CramMd5), 2, known);
        let listed = Exchange::new(credentials(), Plaintext::Refused);
        check_sasl(&server, listed, 3, known);
    }
}
