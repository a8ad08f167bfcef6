//! Requests of every protocol, asked of a real memcached in the binary one.

use mc_proto::{
    Connection, Exptime, Initial, Item, Key, Limits, Payload, Protocol, Received, Refusal,
    RefusalKind, Reply, Request, Verb,
};
use mc_testkit::Memcached;

use crate::support::{get, get_many, gets, item, key, set, store};
use crate::wire::Wire;

/// Sends a request through a connection, and reads its reply.
pub(super) fn ask(
    wire: &mut Wire,
    connection: &mut Connection<()>,
    request: &Request<'_>,
) -> Reply {
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

/// Every request has this reply, in this order.
fn check(server: &Memcached, rows: Vec<(Request<'_>, Reply)>) {
    let mut wire = Wire::open(server);
    let mut connection = Connection::new(Protocol::Binary, Limits::default());
    for (request, reply) in rows {
        assert_eq!(
            ask(&mut wire, &mut connection, &request),
            reply,
            "{request:?}"
        );
    }
    assert!(wire.input.is_empty());
}

fn refused(kind: RefusalKind, words: &'static str) -> Reply {
    Reply::Refused(Refusal::new(kind, words))
}

/// The answers are those of the text protocol.
#[test]
fn requests_of_every_protocol() {
    let server = Memcached::start().unwrap();
    let hit = |value| Reply::Value(Some(item(value)));
    let from = |value| {
        Some(Initial {
            value,
            exptime: Exptime::NEVER,
        })
    };
    let incr = |name, initial| Request::Incr {
        key: key(name),
        delta: 5,
        initial,
    };
    let decr = |name| Request::Decr {
        key: key(name),
        delta: 100,
        initial: None,
    };
    let delete = |name| Request::Delete { key: key(name) };
    let touch = |name, exptime| Request::Touch {
        key: key(name),
        exptime,
    };
    let gat = |name, exptime| Request::Gat {
        key: key(name),
        exptime,
        cas: false,
    };
    let none = Reply::Values(vec![None, None]);
    let two = Reply::Values(vec![None, Some(item("123"))]);
    let gats = Request::GatMany {
        keys: vec![key("x"), key("a")].into(),
        exptime: Exptime::from_wire(100),
        cas: false,
    };
    let not_numeric = "Non-numeric server-side value for incr or decr";
    check(
        &server,
        vec![
            (get("a"), Reply::Value(None)),
            (get_many(&["x", "a"]), none),
            (store(Verb::Replace, "1"), Reply::NotStored),
            (store(Verb::Append, "1"), Reply::NotStored),
            (store(Verb::Cas(1), "1"), Reply::NotFound),
            (store(Verb::Add, "2"), Reply::Stored),
            (store(Verb::Add, "2"), Reply::NotStored),
            (store(Verb::Append, "3"), Reply::Stored),
            (store(Verb::Prepend, "1"), Reply::Stored),
            (store(Verb::Cas(u64::MAX), "1"), Reply::Exists),
            (get("a"), hit("123")),
            (get_many(&["x", "a"]), two.clone()),
            (gats, two),
            (incr("a", None), Reply::Number(128)),
            (decr("a"), Reply::Number(28)),
            (decr("a"), Reply::Number(0)),
            (incr("n", None), Reply::NotFound),
            (incr("n", from(7)), Reply::Number(7)),
            (incr("n", from(7)), Reply::Number(12)),
            (touch("n", Exptime::NEVER), Reply::Touched),
            (touch("x", Exptime::NEVER), Reply::NotFound),
            (store(Verb::Set, "word"), Reply::Stored),
            (
                incr("a", None),
                refused(RefusalKind::NotNumeric, not_numeric),
            ),
            (gat("a", Exptime::AT_ONCE), hit("word")),
            (get("a"), Reply::Value(None)),
            (delete("n"), Reply::Deleted),
            (delete("n"), Reply::NotFound),
            (Request::Noop, Reply::Ok),
            (Request::FlushAll { delay: None }, Reply::Ok),
            (
                Request::Version,
                Reply::Version(server.version().unwrap().into()),
            ),
        ],
    );
}

/// An end that has passed: sent as -1, the item would stay until 2106.
#[test]
fn an_item_that_has_ended_is_not_there() {
    let server = Memcached::start().unwrap();
    let ended = Request::Store {
        verb: Verb::Set,
        key: key("a"),
        flags: 0,
        exptime: Exptime::AT_ONCE,
        value: b"1"[..].into(),
    };
    let rows = vec![
        (set(), Reply::Stored),
        (ended, Reply::Stored),
        (get("a"), Reply::Value(None)),
    ];
    check(&server, rows);
}

#[test]
fn a_batch_is_answered_one_by_one() {
    let server = Memcached::builder().max_item_size(1 << 20).start().unwrap();
    let huge = vec![b'v'; 1 << 20];
    let too_large = Request::Store {
        verb: Verb::Set,
        key: key("b"),
        flags: 0,
        exptime: Exptime::NEVER,
        value: Payload::Borrowed(&huge),
    };
    let incr = |name| Request::Incr {
        key: key(name),
        delta: 5,
        initial: None,
    };
    let batch = vec![
        set(),
        too_large,
        store(Verb::Add, "9"),
        incr("a"),
        incr("x"),
        Request::Touch {
            key: key("a"),
            exptime: Exptime::NEVER,
        },
        Request::Delete { key: key("a") },
        Request::Delete { key: key("a") },
    ];
    let replies = vec![
        Reply::Stored,
        refused(RefusalKind::TooLarge, "Too large."),
        Reply::NotStored,
        Reply::Number(6),
        Reply::NotFound,
        Reply::Touched,
        Reply::Deleted,
        Reply::NotFound,
    ];
    let rows = vec![
        (Request::Batch(batch.into()), Reply::Batch(replies)),
        (get("a"), Reply::Value(None)),
    ];
    check(&server, rows);
}

/// K6: a key of any bytes is sent only if it was asked for, and comes back.
#[test]
fn k6_raw_keys_are_carried() {
    let server = Memcached::start().unwrap();
    let key = Key::raw(b"two words\r\n\0").unwrap();
    let store = Request::Store {
        verb: Verb::Set,
        key,
        flags: 0,
        exptime: Exptime::NEVER,
        value: b"1"[..].into(),
    };
    let cut = Key::raw(b"two words\r\n").unwrap();
    let rows = vec![
        (store, Reply::Stored),
        (
            Request::Get { key, cas: false },
            Reply::Value(Some(item("1"))),
        ),
        (
            Request::Get {
                key: cut,
                cas: false,
            },
            Reply::Value(None),
        ),
        (Request::Delete { key }, Reply::Deleted),
    ];
    check(&server, rows);
}

/// B4: a command that memcached does not know is answered only when as many
/// bytes again have come, which the fence brings. The connection is over.
#[test]
fn b4_verbosity_is_refused_and_not_waited_for() {
    let server = Memcached::start().unwrap();
    let unknown = refused(RefusalKind::UnknownCommand, "Unknown command");
    check(&server, vec![(Request::Verbosity { level: 1 }, unknown)]);
}

/// The cas number of a gets is the one that a cas needs.
#[test]
fn a_cas_after_a_gets() {
    let server = Memcached::start().unwrap();
    let mut wire = Wire::open(&server);
    let mut connection = Connection::new(Protocol::Binary, Limits::default());
    assert_eq!(ask(&mut wire, &mut connection, &set()), Reply::Stored);
    let Reply::Value(Some(Item { cas: Some(cas), .. })) =
        ask(&mut wire, &mut connection, &gets("a"))
    else {
        panic!("the item was stored")
    };
    let stored = ask(&mut wire, &mut connection, &store(Verb::Cas(cas), "2"));
    assert_eq!(stored, Reply::Stored);
    let again = ask(&mut wire, &mut connection, &store(Verb::Cas(cas), "3"));
    assert_eq!(again, Reply::Exists);
}

#[test]
fn a_quit_is_answered_by_the_end() {
    let server = Memcached::start().unwrap();
    let mut wire = Wire::open(&server);
    let mut connection = Connection::new(Protocol::Binary, Limits::default());
    connection.push(&Request::Quit, ()).unwrap();
    wire.send(connection.take_outgoing());
    assert!(!wire.fill());
}
