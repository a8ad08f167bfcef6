//! The binary protocol: every command with its packets, and replies with theirs.
//!
//! The packets are those of memcached 1.6.18, where it can be made to send them.

use bytes::Bytes;
use mc_proto::{
    Exptime, Initial, Item, Key, Limits, Outgoing, PrefixCounts, Protocol, Refusal, RefusalKind,
    Reply, Request, SaslStep, Secret, StatsTopic, Verb, binary,
};

use super::{Case, shown};
use crate::packet::{self, Packet, answers, asks};
use crate::support::{get, get_many, gets, item, key, set, store, written};

fn case(request: Request<'static>, sent: &[Packet], reply: Reply, received: &[Packet]) -> Case {
    Case {
        protocol: Protocol::Binary,
        request,
        sent: packet::bytes(sent),
        reply,
        received: packet::bytes(received),
    }
}

pub(crate) fn all() -> Vec<Case> {
    [
        reads(),
        reads_of_many(),
        stores(),
        changes(),
        batches(),
        server(),
        statistics(),
        authentication(),
        refusals(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const NOT_FOUND: &str = "Not found";
const EXISTS: &str = "Data exists for key.";
const NOT_STORED: &str = "Not stored.";

/// A plain no, as memcached words it.
fn no(opcode: u8, status: u16) -> Packet {
    let message = match status {
        1 => NOT_FOUND,
        2 => EXISTS,
        _ => NOT_STORED,
    };
    answers(opcode).status(status).value(message)
}

fn hit(opcode: u8, value: &str) -> Packet {
    answers(opcode).cas(7).u32(0).value(value)
}

fn with_cas(value: &'static str) -> Option<Item> {
    Some(Item {
        cas: Some(7),
        ..item(value)
    })
}

fn reads() -> Vec<Case> {
    let sent = [asks(0x00).key("a")];
    let hits = |value| Reply::Value(Some(item(value)));
    let full = Item {
        flags: u32::MAX,
        cas: Some(u64::MAX),
        value: "x".into(),
    };
    let gat = |cas| Request::Gat {
        key: key("a"),
        exptime: Exptime::from_wire(60),
        cas,
    };
    let gat_sent = [asks(0x1d).u32(60).key("a")];
    let plain = |value: &'static str| case(get("a"), &sent, hits(value), &[hit(0x00, value)]);
    vec![
        case(get("a"), &sent, Reply::Value(None), &[no(0x00, 1)]),
        case(
            get("a"),
            &sent,
            Reply::Value(None),
            &[answers(0x00).status(1)],
        ),
        plain("v"),
        plain(""),
        plain("\r\n"),
        plain("END\r\n"),
        plain("\u{81}\0\0"),
        case(
            get("é"),
            &[asks(0x00).key("é")],
            hits("ü"),
            &[hit(0x00, "ü")],
        ),
        case(
            gets("a"),
            &sent,
            Reply::Value(with_cas("v")),
            &[hit(0x00, "v")],
        ),
        case(
            gets("a"),
            &sent,
            Reply::Value(Some(full)),
            &[answers(0x00).cas(u64::MAX).u32(u32::MAX).value("x")],
        ),
        case(gat(false), &gat_sent, Reply::Value(None), &[no(0x1d, 1)]),
        case(gat(false), &gat_sent, hits("v"), &[hit(0x1d, "v")]),
        case(
            gat(true),
            &gat_sent,
            Reply::Value(with_cas("v")),
            &[hit(0x1d, "v")],
        ),
    ]
}

fn reads_of_many() -> Vec<Case> {
    let noop = |opaque| asks(0x0a).opaque(opaque);
    let end = |opaque| answers(0x0a).opaque(opaque);
    let quiet = |opaque, name: &str| asks(0x09).opaque(opaque).key(name);
    let values = |items: &[Option<&'static str>]| {
        Reply::Values(items.iter().map(|value| value.map(item)).collect())
    };
    let (ab, two) = (
        get_many(&["a", "b"]),
        [quiet(0, "a"), quiet(1, "b"), noop(2)],
    );
    let refused = RefusalKind::OutOfMemory;
    let gats = Request::GatMany {
        keys: vec![key("a"), key("b")].into(),
        exptime: Exptime::from_wire(60),
        cas: true,
    };
    let gat = |opaque, name: &str| asks(0x1e).opaque(opaque).u32(60).key(name);
    let found = |opaque, value| hit(0x09, value).opaque(opaque);
    let words = |kind, words| Reply::Refused(Refusal::new(kind, words));
    vec![
        case(
            get_many(&["a"]),
            &[quiet(0, "a"), noop(1)],
            values(&[None]),
            &[end(1)],
        ),
        case(
            get_many(&["a"]),
            &[quiet(0, "a"), noop(1)],
            values(&[Some("1")]),
            &[found(0, "1"), end(1)],
        ),
        case(ab.clone(), &two, values(&[None, None]), &[end(2)]),
        case(
            ab.clone(),
            &two,
            values(&[Some("1"), Some("")]),
            &[found(0, "1"), found(1, ""), end(2)],
        ),
        case(
            ab.clone(),
            &two,
            values(&[None, Some("22")]),
            &[found(1, "22"), end(2)],
        ),
        case(
            get_many(&["a", "a"]),
            &[quiet(0, "a"), quiet(1, "a"), noop(2)],
            values(&[Some("1"), Some("1")]),
            &[found(0, "1"), found(1, "1"), end(2)],
        ),
        case(
            ab,
            &two,
            words(refused, "Out of memory"),
            &[
                answers(0x09).status(0x82).value("Out of memory"),
                found(1, "2"),
                end(2),
            ],
        ),
        case(
            gats,
            &[gat(0, "a"), gat(1, "b"), noop(2)],
            Reply::Values(vec![with_cas("v"), None]),
            &[hit(0x1e, "v"), end(2)],
        ),
    ]
}

fn stores() -> Vec<Case> {
    let put = |opcode| [asks(opcode).u32(0).u32(0).key("a").value("1")];
    let extend = |opcode| [asks(opcode).key("a").value("1")];
    let verb = |verb| store(verb, "1");
    let (stored, not_stored) = (|| Reply::Stored, || Reply::NotStored);
    let timed = |seconds, wire: u32| {
        let request = Request::Store {
            verb: Verb::Set,
            key: key("a"),
            flags: u32::MAX,
            exptime: Exptime::from_wire(seconds),
            value: b""[..].into(),
        };
        let sent = [asks(0x01).u32(u32::MAX).u32(wire).key("a")];
        case(request, &sent, Reply::Stored, &[answers(0x01).cas(8)])
    };
    let cas = || verb(Verb::Cas(7));
    let cas_sent = [asks(0x03).cas(7).u32(0).u32(0).key("a").value("1")];
    vec![
        case(set(), &put(0x01), stored(), &[answers(0x01)]),
        case(set(), &put(0x01), stored(), &[answers(0x01).cas(8)]),
        case(set(), &put(0x01), not_stored(), &[no(0x01, 5)]),
        timed(0, 0),
        timed(60, 60),
        timed(i32::MAX, 0x7fff_ffff),
        case(verb(Verb::Add), &put(0x02), stored(), &[answers(0x02)]),
        case(verb(Verb::Add), &put(0x02), not_stored(), &[no(0x02, 2)]),
        case(verb(Verb::Replace), &put(0x03), stored(), &[answers(0x03)]),
        case(
            verb(Verb::Replace),
            &put(0x03),
            not_stored(),
            &[no(0x03, 1)],
        ),
        case(
            verb(Verb::Append),
            &extend(0x0e),
            stored(),
            &[answers(0x0e)],
        ),
        case(
            verb(Verb::Append),
            &extend(0x0e),
            not_stored(),
            &[no(0x0e, 5)],
        ),
        case(
            verb(Verb::Prepend),
            &extend(0x0f),
            stored(),
            &[answers(0x0f)],
        ),
        case(
            verb(Verb::Prepend),
            &extend(0x0f),
            not_stored(),
            &[no(0x0f, 5)],
        ),
        case(cas(), &cas_sent, stored(), &[answers(0x03).cas(8)]),
        case(cas(), &cas_sent, Reply::Exists, &[no(0x03, 2)]),
        case(cas(), &cas_sent, Reply::NotFound, &[no(0x03, 1)]),
    ]
}

fn changes() -> Vec<Case> {
    let delete = || Request::Delete { key: key("a") };
    let touch = || Request::Touch {
        key: key("a"),
        exptime: Exptime::from_wire(60),
    };
    let initial = Initial {
        value: 9,
        exptime: Exptime::NEVER,
    };
    let incr = |initial| Request::Incr {
        key: key("a"),
        delta: 1,
        initial,
    };
    let decr = || Request::Decr {
        key: key("a"),
        delta: u64::MAX,
        initial: None,
    };
    let up = [asks(0x05).u64(1).u64(0).u32(u32::MAX).key("a")];
    let up_from = [asks(0x05).u64(1).u64(9).u32(0).key("a")];
    let down = [asks(0x06).u64(u64::MAX).u64(0).u32(u32::MAX).key("a")];
    let number = |opcode, number: u64| answers(opcode).cas(3).value(number.to_be_bytes());
    let (deleted, touched) = ([asks(0x04).key("a")], [asks(0x1c).u32(60).key("a")]);
    vec![
        case(delete(), &deleted, Reply::Deleted, &[answers(0x04)]),
        case(delete(), &deleted, Reply::NotFound, &[no(0x04, 1)]),
        case(touch(), &touched, Reply::Touched, &[answers(0x1c)]),
        case(
            touch(),
            &touched,
            Reply::Touched,
            &[answers(0x1c).cas(3).u32(5)],
        ),
        case(touch(), &touched, Reply::NotFound, &[no(0x1c, 1)]),
        case(incr(None), &up, Reply::Number(0), &[number(0x05, 0)]),
        case(
            incr(None),
            &up,
            Reply::Number(u64::MAX),
            &[number(0x05, u64::MAX)],
        ),
        case(incr(None), &up, Reply::NotFound, &[no(0x05, 1)]),
        case(
            incr(Some(initial)),
            &up_from,
            Reply::Number(9),
            &[number(0x05, 9)],
        ),
        case(decr(), &down, Reply::Number(0), &[number(0x06, 0)]),
        case(decr(), &down, Reply::NotFound, &[no(0x06, 1)]),
    ]
}

/// A set, a delete, an incr and a touch, quiet where success says it all.
fn batches() -> Vec<Case> {
    let batch = || {
        let delete = Request::Delete { key: key("b") };
        let incr = Request::Incr {
            key: key("c"),
            delta: 1,
            initial: None,
        };
        let touch = Request::Touch {
            key: key("d"),
            exptime: Exptime::NEVER,
        };
        Request::Batch(vec![set(), delete, incr, touch].into())
    };
    let sent = [
        asks(0x11).u32(0).u32(0).key("a").value("1"),
        asks(0x14).opaque(1).key("b"),
        asks(0x05).opaque(2).u64(1).u64(0).u32(u32::MAX).key("c"),
        asks(0x1c).opaque(3).u32(0).key("d"),
        asks(0x0a).opaque(4),
    ];
    let number = answers(0x05).opaque(2).value(5_u64.to_be_bytes());
    let (touched, end) = (answers(0x1c).opaque(3), answers(0x0a).opaque(4));
    let replies = |replies: &[Reply]| Reply::Batch(replies.to_vec());
    let refused = |kind, words| Reply::Refused(Refusal::new(kind, words));
    let too_large = refused(RefusalKind::TooLarge, "Too large.");
    vec![
        case(
            batch(),
            &sent,
            replies(&[
                Reply::Stored,
                Reply::Deleted,
                Reply::Number(5),
                Reply::Touched,
            ]),
            &[number.clone(), touched.clone(), end.clone()],
        ),
        case(
            batch(),
            &sent,
            replies(&[too_large, Reply::NotFound, Reply::NotFound, Reply::Touched]),
            &[
                answers(0x11).status(3).value("Too large."),
                no(0x14, 1).opaque(1),
                no(0x05, 1).opaque(2),
                touched,
                end,
            ],
        ),
        // Nothing is read behind this one, and there will be no fence.
        case(
            batch(),
            &sent,
            replies(&[
                Reply::Stored,
                refused(RefusalKind::Client, "Invalid arguments"),
            ]),
            &[answers(0x14).opaque(1).status(4).value("Invalid arguments")],
        ),
    ]
}

fn server() -> Vec<Case> {
    let flush = |delay| Request::FlushAll { delay };
    let verbosity = Request::Verbosity { level: 2 };
    let ok = || Reply::Ok;
    let version = Reply::Version(Bytes::from("1.6.18"));
    vec![
        case(Request::Noop, &[asks(0x0a)], ok(), &[answers(0x0a)]),
        case(
            Request::Version,
            &[asks(0x0b)],
            version,
            &[answers(0x0b).value("1.6.18")],
        ),
        case(flush(None), &[asks(0x08)], ok(), &[answers(0x08)]),
        case(flush(Some(0)), &[asks(0x08).u32(0)], ok(), &[answers(0x08)]),
        case(
            flush(Some(10)),
            &[asks(0x08).u32(10)],
            ok(),
            &[answers(0x08)],
        ),
        case(
            verbosity.clone(),
            &[asks(0x1b).u32(2), asks(0x0a)],
            ok(),
            &[answers(0x1b), answers(0x0a)],
        ),
        case(
            verbosity,
            &[asks(0x1b).u32(2), asks(0x0a)],
            Reply::Refused(Refusal::new(RefusalKind::UnknownCommand, "Unknown command")),
            &[answers(0x1b).status(0x81).value("Unknown command")],
        ),
    ]
}

fn statistics() -> Vec<Case> {
    let stats = |topic| Request::Stats { topic };
    let row = |name: &str, value: &str| answers(0x10).key(name).value(value);
    let end = || answers(0x10);
    let asked = |topic: StatsTopic| [asks(0x10).key(topic.name())];
    let rows = |rows: &[(&'static str, &'static str)]| {
        let pair = |&(name, value): &(&'static str, &'static str)| (name.into(), value.into());
        Reply::Stats(rows.iter().map(pair).collect())
    };
    let done = |topic| case(stats(Some(topic)), &asked(topic), Reply::Ok, &[end()]);
    let counts = PrefixCounts {
        prefix: "user".into(),
        gets: 3,
        hits: 2,
        sets: 1,
        deletes: 0,
    };
    let dump = StatsTopic::DetailDump;
    let sizes = StatsTopic::Sizes;
    vec![
        case(stats(None), &[asks(0x10)], rows(&[]), &[end()]),
        case(
            stats(None),
            &[asks(0x10)],
            rows(&[("pid", "1"), ("empty", ""), ("b", "two words")]),
            &[
                row("pid", "1"),
                row("empty", ""),
                row("b", "two words"),
                end(),
            ],
        ),
        case(
            stats(Some(sizes)),
            &asked(sizes),
            rows(&[("96", "1")]),
            &[row("96", "1"), end()],
        ),
        case(
            stats(Some(sizes)),
            &asked(sizes),
            Reply::Refused(Refusal::new(RefusalKind::Server, NOT_FOUND)),
            &[no(0x10, 1)],
        ),
        done(StatsTopic::Reset),
        done(StatsTopic::DetailOn),
        done(StatsTopic::DetailOff),
        case(
            stats(Some(dump)),
            &asked(dump),
            Reply::Prefixes(vec![counts]),
            &[
                row("detailed", "PREFIX user get 3 hit 2 set 1 del 0\r\nEND\r\n"),
                end(),
            ],
        ),
        case(
            stats(Some(dump)),
            &asked(dump),
            Reply::Prefixes(vec![]),
            &[row("detailed", "END\r\n"), end()],
        ),
    ]
}

fn authentication() -> Vec<Case> {
    let mechanism = b"CRAM-MD5";
    let start = Request::Sasl(SaslStep::Start {
        mechanism,
        data: Secret::new(b""),
    });
    let step = Request::Sasl(SaslStep::Continue {
        mechanism,
        data: Secret::new(b"alice 0123"),
    });
    let auth = Request::Auth {
        user: b"alice",
        password: Secret::new(b"sesame"),
    };
    let list = Request::Sasl(SaslStep::List);
    let declined = || Reply::Refused(Refusal::new(RefusalKind::Unauthenticated, "Auth failure."));
    let plain = [asks(0x21).key("PLAIN").value("\0alice\0sesame")];
    let done = |opcode| answers(opcode).value("Authenticated");
    let failed = |opcode| answers(opcode).status(0x20).value("Auth failure.");
    let stepped = [asks(0x22).key("CRAM-MD5").value("alice 0123")];
    vec![
        case(
            list.clone(),
            &[asks(0x20)],
            Reply::Mechanisms("PLAIN CRAM-MD5".into()),
            &[answers(0x20).value("PLAIN CRAM-MD5")],
        ),
        case(
            list,
            &[asks(0x20)],
            Reply::Mechanisms("".into()),
            &[answers(0x20)],
        ),
        case(
            start,
            &[asks(0x21).key("CRAM-MD5")],
            Reply::Challenge("<1.2@host>".into()),
            &[answers(0x21).status(0x21).value("<1.2@host>")],
        ),
        case(step.clone(), &stepped, Reply::Ok, &[done(0x22)]),
        case(step, &stepped, declined(), &[failed(0x22)]),
        case(auth.clone(), &plain, Reply::Ok, &[done(0x21)]),
        case(auth, &plain, declined(), &[failed(0x21)]),
    ]
}

/// Every status that is a no to every command.
fn refusals() -> Vec<Case> {
    let raw = Key::raw(b"a b").unwrap();
    let noop = || (Request::Noop, asks(0x0a));
    let version = || (Request::Version, asks(0x0b));
    let requests = [
        (get("a"), asks(0x00).key("a")),
        (set(), asks(0x01).u32(0).u32(0).key("a").value("1")),
        (Request::Delete { key: raw }, asks(0x04).key("a b")),
        noop(),
        version(),
        (Request::FlushAll { delay: None }, asks(0x08)),
        (Request::Stats { topic: None }, asks(0x10)),
    ];
    let statuses = [
        (0x03, RefusalKind::TooLarge, "Too large."),
        (0x04, RefusalKind::Client, "Invalid arguments"),
        (0x06, RefusalKind::NotNumeric, "Non-numeric"),
        (0x20, RefusalKind::Unauthenticated, "Auth failure."),
        (0x81, RefusalKind::UnknownCommand, "Unknown command"),
        (0x82, RefusalKind::OutOfMemory, "Out of memory"),
        (0x84, RefusalKind::Server, ""),
        (0x84, RefusalKind::Server, "words of its own"),
    ];
    let mut cases = Vec::new();
    for (request, sent) in requests {
        for (status, kind, words) in statuses {
            let received = answers(sent.opcode).status(status).value(words);
            let reply = Reply::Refused(Refusal::new(kind, words));
            let sent = std::slice::from_ref(&sent);
            cases.push(case(request.clone(), sent, reply, &[received]));
        }
    }
    cases
}

/// The packets at the start of the bytes, one behind the other.
fn decode(mut sent: &[u8]) -> Vec<binary::Request<'_>> {
    let mut found = Vec::new();
    while !sent.is_empty() {
        let incoming = binary::decode_request(sent, &Limits::default());
        let incoming = incoming.unwrap().unwrap();
        sent = &sent[incoming.len..];
        found.push(incoming.request);
    }
    found
}

#[test]
fn requests_have_these_packets() {
    for Case { request, sent, .. } in all() {
        let mut out = Outgoing::default();
        binary::encode_request(&request, &Limits::default(), 0, &mut out).unwrap();
        assert_eq!(shown(&written(out)), shown(&sent), "{request:?}");
        let mut again = Outgoing::default();
        for packet in decode(&sent) {
            packet.encode(&Limits::default(), &mut again).unwrap();
        }
        assert_eq!(shown(&written(again)), shown(&sent));
    }
}

#[test]
fn replies_are_these_packets() {
    for Case { received, .. } in all() {
        let mut input = bytes::BytesMut::from(&received[..]);
        let mut again = Outgoing::default();
        while let Some(packet) = binary::Response::decode(&mut input, &Limits::default()).unwrap() {
            packet.encode(&mut again).unwrap();
        }
        assert!(input.is_empty());
        assert_eq!(shown(&written(again)), shown(&received));
    }
}
