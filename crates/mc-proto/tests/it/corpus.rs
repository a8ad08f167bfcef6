//! Requests with their bytes, and replies with theirs, of every command.
//!
//! The bytes are those of memcached 1.6.18, where it can be made to send them.

use bytes::Bytes;
use mc_proto::{Exptime, Item, Limits, Outgoing, Refusal, RefusalKind, Reply, Request, StatsTopic};
use mc_proto::{Verb, text};

use crate::support::{get, get_many, gets, item, key, set, store, written};

/// A request, its bytes, a reply to it, and the bytes of that.
pub(crate) struct Case {
    pub(crate) request: Request<'static>,
    pub(crate) sent: &'static str,
    pub(crate) reply: Reply,
    pub(crate) received: &'static str,
}

fn case(
    request: Request<'static>,
    sent: &'static str,
    reply: Reply,
    received: &'static str,
) -> Case {
    Case {
        request,
        sent,
        reply,
        received,
    }
}

pub(crate) fn all() -> Vec<Case> {
    [reads(), stores(), others(), server(), refusals()]
        .into_iter()
        .flatten()
        .collect()
}

fn reads() -> Vec<Case> {
    let hit = |value| Reply::Value(Some(item(value)));
    let full = Item {
        flags: u32::MAX,
        cas: Some(u64::MAX),
        value: "x".into(),
    };
    let many = |items: &[Option<&'static str>]| {
        Reply::Values(items.iter().map(|value| value.map(item)).collect())
    };
    let twice = Request::GetMany {
        keys: vec![key("a"), key("b")].into(),
        cas: true,
    };
    let with = |cas| {
        Some(Item {
            cas: Some(cas),
            ..item("v")
        })
    };
    vec![
        case(get("a"), "get a\r\n", Reply::Value(None), "END\r\n"),
        case(
            get("a"),
            "get a\r\n",
            hit("v"),
            "VALUE a 0 1\r\nv\r\nEND\r\n",
        ),
        case(get("a"), "get a\r\n", hit(""), "VALUE a 0 0\r\n\r\nEND\r\n"),
        case(
            get("a"),
            "get a\r\n",
            hit("\r\n"),
            "VALUE a 0 2\r\n\r\n\r\nEND\r\n",
        ),
        case(
            get("a"),
            "get a\r\n",
            hit("END\r\n"),
            "VALUE a 0 5\r\nEND\r\n\r\nEND\r\n",
        ),
        case(
            get("a"),
            "get a\r\n",
            hit("9 "),
            "VALUE a 0 2\r\n9 \r\nEND\r\n",
        ),
        case(
            get("é"),
            "get é\r\n",
            hit("ü"),
            "VALUE é 0 2\r\nü\r\nEND\r\n",
        ),
        case(gets("a"), "gets a\r\n", Reply::Value(None), "END\r\n"),
        case(
            gets("a"),
            "gets a\r\n",
            Reply::Value(Some(full)),
            "VALUE a 4294967295 1 18446744073709551615\r\nx\r\nEND\r\n",
        ),
        case(get_many(&["a"]), "get a\r\n", many(&[None]), "END\r\n"),
        case(
            get_many(&["a", "b"]),
            "get a b\r\n",
            many(&[None, None]),
            "END\r\n",
        ),
        case(
            get_many(&["a", "b", "c"]),
            "get a b c\r\n",
            many(&[Some("1"), None, Some("333")]),
            "VALUE a 0 1\r\n1\r\nVALUE c 0 3\r\n333\r\nEND\r\n",
        ),
        case(
            get_many(&["a", "a"]),
            "get a a\r\n",
            many(&[Some("1"), Some("1")]),
            "VALUE a 0 1\r\n1\r\nVALUE a 0 1\r\n1\r\nEND\r\n",
        ),
        case(
            twice,
            "gets a b\r\n",
            Reply::Values(vec![with(1), with(2)]),
            "VALUE a 0 1 1\r\nv\r\nVALUE b 0 1 2\r\nv\r\nEND\r\n",
        ),
    ]
}

fn stores() -> Vec<Case> {
    let timed = |exptime| Request::Store {
        verb: Verb::Set,
        key: key("a"),
        flags: u32::MAX,
        exptime,
        value: b""[..].into(),
    };
    let cas = || store(Verb::Cas(7), "1");
    vec![
        case(set(), "set a 0 0 1\r\n1\r\n", Reply::Stored, "STORED\r\n"),
        case(
            set(),
            "set a 0 0 1\r\n1\r\n",
            Reply::NotStored,
            "NOT_STORED\r\n",
        ),
        case(
            store(Verb::Set, "a\r\nb"),
            "set a 0 0 4\r\na\r\nb\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            timed(Exptime::AT_ONCE),
            "set a 4294967295 -1 0\r\n\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            timed(Exptime::unix(2_147_483_647).unwrap()),
            "set a 4294967295 2147483647 0\r\n\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            store(Verb::Add, "1"),
            "add a 0 0 1\r\n1\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            store(Verb::Add, "1"),
            "add a 0 0 1\r\n1\r\n",
            Reply::NotStored,
            "NOT_STORED\r\n",
        ),
        case(
            store(Verb::Replace, "1"),
            "replace a 0 0 1\r\n1\r\n",
            Reply::NotStored,
            "NOT_STORED\r\n",
        ),
        case(
            store(Verb::Append, "1"),
            "append a 0 0 1\r\n1\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(
            store(Verb::Prepend, "1"),
            "prepend a 0 0 1\r\n1\r\n",
            Reply::Stored,
            "STORED\r\n",
        ),
        case(cas(), "cas a 0 0 1 7\r\n1\r\n", Reply::Stored, "STORED\r\n"),
        case(cas(), "cas a 0 0 1 7\r\n1\r\n", Reply::Exists, "EXISTS\r\n"),
        case(
            cas(),
            "cas a 0 0 1 7\r\n1\r\n",
            Reply::NotFound,
            "NOT_FOUND\r\n",
        ),
    ]
}

fn others() -> Vec<Case> {
    let delete = || Request::Delete { key: key("a") };
    let incr = |delta| Request::Incr {
        key: key("a"),
        delta,
        initial: None,
    };
    let decr = |delta| Request::Decr {
        key: key("a"),
        delta,
        initial: None,
    };
    let touch = || Request::Touch {
        key: key("a"),
        exptime: Exptime::from_wire(60),
    };
    vec![
        case(delete(), "delete a\r\n", Reply::Deleted, "DELETED\r\n"),
        case(delete(), "delete a\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
        case(incr(1), "incr a 1\r\n", Reply::Number(0), "0\r\n"),
        case(
            incr(u64::MAX),
            "incr a 18446744073709551615\r\n",
            Reply::Number(u64::MAX),
            "18446744073709551615\r\n",
        ),
        case(incr(0), "incr a 0\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
        case(decr(10), "decr a 10\r\n", Reply::Number(9), "9\r\n"),
        case(decr(10), "decr a 10\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
        case(touch(), "touch a 60\r\n", Reply::Touched, "TOUCHED\r\n"),
        case(touch(), "touch a 60\r\n", Reply::NotFound, "NOT_FOUND\r\n"),
    ]
}

fn server() -> Vec<Case> {
    let stats = |topic| Request::Stats { topic };
    let rows = |rows: &[(&'static str, &'static str)]| {
        let pair = |&(name, value): &(&'static str, &'static str)| (name.into(), value.into());
        Reply::Stats(rows.iter().map(pair).collect())
    };
    let flush = |delay| Request::FlushAll { delay };
    let version = Reply::Version(Bytes::from("1.6.18"));
    vec![
        case(stats(None), "stats\r\n", rows(&[]), "END\r\n"),
        case(
            stats(None),
            "stats\r\n",
            rows(&[
                ("pid", "1"),
                ("version", "1.6.18"),
                ("empty", ""),
                ("b", "two words"),
            ]),
            "STAT pid 1\r\nSTAT version 1.6.18\r\nSTAT empty\r\nSTAT b two words\r\nEND\r\n",
        ),
        case(
            stats(Some(StatsTopic::Conns)),
            "stats conns\r\n",
            rows(&[
                ("23:addr", "tcp:0.0.0.0:11211"),
                ("23:state", "conn_listening"),
            ]),
            "STAT 23:addr tcp:0.0.0.0:11211\r\nSTAT 23:state conn_listening\r\nEND\r\n",
        ),
        case(
            Request::Version,
            "version\r\n",
            version,
            "VERSION 1.6.18\r\n",
        ),
        case(flush(None), "flush_all\r\n", Reply::Ok, "OK\r\n"),
        case(flush(Some(10)), "flush_all 10\r\n", Reply::Ok, "OK\r\n"),
    ]
}

fn refusals() -> Vec<Case> {
    let no = |kind: RefusalKind| Reply::Refused(kind.into());
    let words = |kind, words| Reply::Refused(Refusal::new(kind, words));
    let incr = || Request::Incr {
        key: key("a"),
        delta: 1,
        initial: None,
    };
    let sent = "set a 0 0 1\r\n1\r\n";
    use RefusalKind::{Client, NotNumeric, OutOfMemory, Server, TooLarge, Unauthenticated};
    vec![
        case(
            get("a"),
            "get a\r\n",
            no(RefusalKind::UnknownCommand),
            "ERROR\r\n",
        ),
        case(
            set(),
            sent,
            no(TooLarge),
            "SERVER_ERROR object too large for cache\r\n",
        ),
        case(
            set(),
            sent,
            no(OutOfMemory),
            "SERVER_ERROR out of memory storing object\r\n",
        ),
        case(set(), sent, words(Server, ""), "SERVER_ERROR\r\n"),
        case(
            set(),
            sent,
            words(Client, "bad data chunk"),
            "CLIENT_ERROR bad data chunk\r\n",
        ),
        case(
            get("a"),
            "get a\r\n",
            no(Unauthenticated),
            "CLIENT_ERROR unauthenticated\r\n",
        ),
        case(
            set(),
            sent,
            words(Unauthenticated, "authentication failure"),
            "CLIENT_ERROR authentication failure\r\n",
        ),
        case(
            incr(),
            "incr a 1\r\n",
            no(NotNumeric),
            "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n",
        ),
        case(
            get_many(&["a", "b"]),
            "get a b\r\n",
            words(OutOfMemory, "out of memory writing get response"),
            "SERVER_ERROR out of memory writing get response\r\n",
        ),
    ]
}

#[test]
fn requests_have_these_bytes_and_read_back() {
    for Case { request, sent, .. } in all() {
        let mut out = Outgoing::default();
        text::encode_request(&request, &Limits::default(), &mut out).unwrap();
        assert_eq!(
            written(out).escape_ascii().to_string(),
            sent.as_bytes().escape_ascii().to_string()
        );
        let incoming = text::decode_request(sent.as_bytes(), &Limits::default())
            .unwrap()
            .unwrap();
        assert_eq!((incoming.noreply, incoming.len), (false, sent.len()));
        // A get of many keys that are one is a plain get to who reads it.
        if !matches!(&request, Request::GetMany { keys, .. } if keys.len() == 1) {
            assert_eq!(incoming.request, request);
        }
    }
}

#[test]
fn replies_have_these_bytes() {
    for Case {
        request,
        reply,
        received,
        ..
    } in all()
    {
        let mut out = Outgoing::default();
        text::encode_reply(&request, &reply, &mut out).unwrap();
        assert_eq!(
            written(out).escape_ascii().to_string(),
            received.as_bytes().escape_ascii().to_string()
        );
    }
}
