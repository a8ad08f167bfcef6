//! Requests that want no reply: what is sent, and what becomes of an answer
//! that comes all the same.

use mc_proto::binary::{Opcode, Status};
use mc_proto::{
    Answer, Connection, Exptime, Initial, Item, Limits, Outgoing, Protocol, Refusal, RefusalKind,
    Reply, Request, Sent, Verb, binary, text,
};
use mc_testkit::Memcached;

use crate::packet::answers;
use crate::support::{feed_all, get, get_many, key, set, store, written};
use crate::wire::Wire;

fn delete() -> Request<'static> {
    Request::Delete { key: key("a") }
}

fn incr() -> Request<'static> {
    Request::Incr {
        key: key("a"),
        delta: 2,
        initial: None,
    }
}

fn touch() -> Request<'static> {
    Request::Touch {
        key: key("a"),
        exptime: Exptime::from_wire(9),
    }
}

/// What goes out for a request in text and in meta, and the opcode in binary.
/// Servers read it as what it was.
fn check_sent(request: &Request<'_>, line: &str, opcode: Opcode) {
    for protocol in [Protocol::Text, Protocol::Meta] {
        let sent = sent(protocol, request);
        assert_eq!(sent, line.as_bytes(), "{protocol}");
        let limits = Limits::default();
        let incoming = text::decode_request(&sent, &limits).unwrap().unwrap();
        assert_eq!((&incoming.request, incoming.noreply), (request, true));
        for cut in 0..sent.len() {
            assert_eq!(text::decode_request(&sent[..cut], &limits), Ok(None));
        }
    }
    let sent = sent(Protocol::Binary, request);
    let incoming = binary::decode_request(&sent, &Limits::default());
    let incoming = incoming.unwrap().unwrap().request;
    assert_eq!(incoming.opcode(), Some(opcode));
    assert_eq!(incoming.general().as_ref(), Some(request));
}

fn sent(protocol: Protocol, request: &Request<'_>) -> Vec<u8> {
    let mut connection = Connection::<()>::new(protocol, Limits::default());
    connection.push_noreply(request).unwrap();
    assert!(!connection.is_clean());
    let sent = written(connection.take_outgoing());
    assert!(connection.is_clean());
    sent
}

#[test]
fn what_is_sent() {
    let line = |verb: &str| format!("{verb} a 0 0 1 noreply\r\n1\r\n");
    for (verb, opcode) in [
        (Verb::Set, Opcode::SetQ),
        (Verb::Add, Opcode::AddQ),
        (Verb::Replace, Opcode::ReplaceQ),
        (Verb::Append, Opcode::AppendQ),
        (Verb::Prepend, Opcode::PrependQ),
    ] {
        check_sent(&store(verb, "1"), &line(verb.name()), opcode);
    }
    let cas = store(Verb::Cas(7), "1");
    check_sent(&cas, "cas a 0 0 1 7 noreply\r\n1\r\n", Opcode::ReplaceQ);
    check_sent(&delete(), "delete a noreply\r\n", Opcode::DeleteQ);
    check_sent(&incr(), "incr a 2 noreply\r\n", Opcode::IncrementQ);
    check_sent(&touch(), "touch a 9 noreply\r\n", Opcode::Touch);
    let flush_all = |delay| Request::FlushAll { delay };
    check_sent(&flush_all(None), "flush_all noreply\r\n", Opcode::FlushQ);
    check_sent(
        &flush_all(Some(5)),
        "flush_all 5 noreply\r\n",
        Opcode::FlushQ,
    );
    let decr = Request::Decr {
        key: key("noreply"),
        delta: 3,
        initial: None,
    };
    check_sent(&decr, "decr noreply 3 noreply\r\n", Opcode::DecrementQ);
}

/// A connection with a get queued refuses the request, and queues nothing.
fn check_unsent(protocol: Protocol, request: &Request<'_>, reason: &str) {
    let mut connection = Connection::new(protocol, Limits::default());
    connection.push(&get("a"), ()).unwrap();
    let queued = connection.queued();
    let error = connection.push_noreply(request).unwrap_err();
    assert_eq!(error.to_string(), reason);
    assert_eq!((connection.queued(), connection.pending()), (queued, 1));
}

#[test]
fn what_is_not_sent() {
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        for request in [get("a"), Request::Version, Request::Quit, Request::Noop] {
            let can = "storage commands, delete, touch, incr, decr, flush_all and verbosity";
            let name = request.name();
            let reason = format!("{name} is sent for its reply; {can} can go without");
            check_unsent(protocol, &request, &reason);
        }
    }
    let initial = Some(Initial {
        value: 1,
        exptime: Exptime::NEVER,
    });
    let incr = Request::Incr {
        key: key("a"),
        delta: 1,
        initial,
    };
    let reason = "the text protocol cannot carry incr with an initial value";
    check_unsent(Protocol::Meta, &incr, reason);
    let reason = "the binary protocol cannot carry verbosity without a reply";
    let verbosity = Request::Verbosity { level: 1 };
    check_unsent(Protocol::Binary, &verbosity, reason);
    let mut connection = Connection::new(Protocol::Text, Limits::default());
    connection.push(&Request::Quit, ()).unwrap();
    let error = connection.push_noreply(&set()).unwrap_err();
    assert_eq!(error.to_string(), "the connection takes no more requests");
}

/// A connection on which these have left, in order: `None` is a set that wants
/// no reply.
fn asked(protocol: Protocol, requests: &[Option<Request<'_>>]) -> Connection<usize> {
    let mut connection = Connection::new(protocol, Limits::default());
    for (tag, request) in requests.iter().enumerate() {
        match request {
            Some(request) => drop(connection.push(request, tag).unwrap()),
            None => connection.push_noreply(&set()).unwrap(),
        }
    }
    let _ = connection.take_outgoing();
    connection
}

/// What the server says, in pieces of each size, is answered with these
/// replies, and ends the connection if there is a refusal found.
fn check(
    protocol: Protocol,
    requests: &[Option<Request<'_>>],
    received: &[u8],
    replies: &[Reply],
    found: Option<&str>,
) {
    let awaited = requests.iter().filter(|request| request.is_some()).count();
    for size in 1..=received.len() {
        let mut connection = asked(protocol, requests);
        let (answers, error) = feed_all(&mut connection, received.chunks(size));
        let read = answers.into_iter().map(|Answer { reply, .. }| reply);
        assert!(read.eq(replies.iter().cloned()), "{size}");
        assert_eq!(connection.pending(), awaited - replies.len());
        let reason = error.map(|error| error.to_string());
        let expected =
            found.map(|found| format!("'{found}' may answer a request that was sent with noreply"));
        match expected {
            // It is known as soon as a byte has come, if nothing is awaited.
            Some(_) if awaited == replies.len() => assert!(reason.is_some()),
            expected => assert_eq!(reason, expected, "{size}"),
        }
        assert_eq!(connection.is_clean(), found.is_none());
    }
}

fn version() -> Reply {
    Reply::Version("1".into())
}

/// A refusal in a line does not say whose it is.
#[test]
fn a_refusal_in_text_ends_the_connection() {
    let ask = || Some(Request::Version);
    let check = |requests: &[Option<Request<'_>>], received: &str, replies: &[Reply], found| {
        for protocol in [Protocol::Text, Protocol::Meta] {
            check(protocol, requests, received.as_bytes(), replies, found);
        }
    };
    let line = "SERVER_ERROR out of memory";
    let refused = format!("{line}\r\nVERSION 1\r\n");
    check(&[None, ask()], "VERSION 1\r\n", &[version()], None);
    check(&[None, ask()], &refused, &[], Some(line));
    check(&[None, None], "ERROR\r\n", &[], Some("ERROR"));
    check(
        &[ask(), None],
        &format!("VERSION 1\r\n{line}\r\n"),
        &[version()],
        Some(line),
    );
    let both = "VERSION 1\r\nERROR\r\nVERSION 1\r\n";
    check(&[ask(), None, ask()], both, &[version()], Some("ERROR"));
    // What comes behind an answer is that request's own.
    let own = Reply::Refused(Refusal::new(RefusalKind::OutOfMemory, "out of memory"));
    let received = format!("VERSION 1\r\n{line}\r\n");
    check(
        &[None, ask(), ask()],
        &received,
        &[version(), own.clone()],
        None,
    );
    check(&[ask(), ask(), None], &received, &[version(), own], None);
}

/// The first refusal to a batch may be meant for what was in front of it.
#[test]
fn a_refusal_in_text_ends_a_batch() {
    let batch = || Some(Request::Batch([set(), delete()].into_iter().collect()));
    let line = "SERVER_ERROR out of memory";
    let text = format!("{line}\r\nDELETED\r\n");
    check(
        Protocol::Text,
        &[None, batch()],
        text.as_bytes(),
        &[],
        Some(line),
    );
    let meta = format!("{line}\r\nHD O2\r\nMN\r\n");
    check(
        Protocol::Meta,
        &[None, batch()],
        meta.as_bytes(),
        &[],
        Some(line),
    );
    let done = Reply::Batch(vec![Reply::Stored, Reply::Deleted]);
    check(
        Protocol::Meta,
        &[None, batch()],
        b"HD O2\r\nMN\r\n",
        &[done],
        None,
    );
    // Nor can a refusal that has no place in the batch.
    let sets = || Some(Request::Batch([set(), set()].into_iter().collect()));
    let meta = format!("{line}\r\nMN\r\n");
    check(
        Protocol::Meta,
        &[None, sets()],
        meta.as_bytes(),
        &[],
        Some(line),
    );
}

/// An answer to a set by its number.
fn refused(opaque: u32, status: Status) -> Vec<u8> {
    let packet = answers(Opcode::SetQ.byte()).opaque(opaque);
    packet.status(status.code()).value("no").bytes()
}

#[test]
fn an_answer_in_binary_is_dropped() {
    let ask = || Some(Request::Version);
    let version_of = |opaque| {
        answers(Opcode::Version.byte())
            .opaque(opaque)
            .value("1")
            .bytes()
    };
    let no = |opaque| refused(opaque, Status::OutOfMemory);
    let check = |requests: &[Option<Request<'_>>], received: &[Vec<u8>], replies: &[Reply]| {
        check(
            Protocol::Binary,
            requests,
            &received.concat(),
            replies,
            None,
        );
    };
    check(&[None, ask()], &[version_of(1)], &[version()]);
    check(&[None, ask()], &[no(0), version_of(1)], &[version()]);
    check(
        &[None, None, ask()],
        &[no(0), no(1), version_of(2)],
        &[version()],
    );
    check(&[None, None, ask()], &[no(1), version_of(2)], &[version()]);
    check(&[ask(), None, None], &[version_of(0), no(1)], &[version()]);
    check(&[None, None], &[no(0), no(1)], &[]);
    let both = [version(), version()];
    check(
        &[ask(), None, ask()],
        &[version_of(0), no(1), version_of(2)],
        &both,
    );
    let found = Reply::Values(vec![
        None,
        Some(Item {
            value: "1".into(),
            ..Item::default()
        }),
    ]);
    let hit = answers(Opcode::GetQ.byte())
        .opaque(2)
        .u32(0)
        .value("1")
        .bytes();
    let end = answers(Opcode::Noop.byte()).opaque(3).bytes();
    let many = || Some(get_many(&["a", "b"]));
    check(&[None, many()], &[no(0), hit, end], &[found]);
}

#[test]
fn an_answer_in_binary_that_is_none_of_theirs() {
    let check = |received: &[Vec<u8>], reason: &str| {
        let mut connection = asked(Protocol::Binary, &[None, None, Some(Request::Version)]);
        let received = received.concat();
        let (answers, error) = feed_all(&mut connection, received.chunks(7));
        assert_eq!(
            (answers.len(), error.unwrap().to_string().as_str()),
            (0, reason)
        );
    };
    let no = |opaque| refused(opaque, Status::NotStored);
    check(&[no(3)], "a reply has the opaque '3', not 2");
    check(&[no(0), no(0)], "a reply has the opaque '0', not 2");
    check(&[no(1), no(0)], "a reply has the opaque '0', not 2");
    check(
        &[refused(1, Status::AuthError)],
        "'0x0020 Auth failure.' may answer a request that was sent with noreply",
    );
}

/// Numbers of requests that were withdrawn are in between, and nobody has them.
#[test]
fn withdrawn_from_between() {
    let mut connection = Connection::new(Protocol::Binary, Limits::default());
    connection.push_noreply(&set()).unwrap();
    let id = connection.push(&get("b"), 1).unwrap();
    connection.push_noreply(&delete()).unwrap();
    let queued = connection.queued();
    assert_eq!(connection.withdraw(id), Some(1));
    assert_eq!(connection.queued(), queued - 25);
    connection.push(&Request::Version, 3).unwrap();
    let mut expected = sent(Protocol::Binary, &set());
    let mut out = Outgoing::default();
    binary::encode_noreply(&delete(), &Limits::default(), 2, &mut out).unwrap();
    binary::encode_request(&Request::Version, &Limits::default(), 3, &mut out).unwrap();
    expected.extend(written(out));
    assert_eq!(written(connection.take_outgoing()), expected);
    let failed = answers(Opcode::DeleteQ.byte()).opaque(2);
    let failed = failed.status(Status::KeyNotFound.code()).bytes();
    let received = [
        refused(0, Status::OutOfMemory),
        failed,
        answers(Opcode::Version.byte()).opaque(3).value("1").bytes(),
    ];
    let (answers, error) = feed_all(&mut connection, [&received.concat()[..]]);
    assert_eq!((answers[0].tag, error), (3, None));
}

/// Their bytes count for what a lost connection has sent.
#[test]
fn bytes_of_a_lost_connection() {
    let requests = [None, Some(get("a")), None, Some(get("b"))];
    let (noreply, get) = ("set a 0 0 1 noreply\r\n1\r\n".len() as u64, 7);
    for (written, expected) in [
        (0, [Sent::Nothing, Sent::Nothing]),
        (noreply, [Sent::Nothing, Sent::Nothing]),
        (noreply + 1, [Sent::Maybe, Sent::Nothing]),
        (2 * noreply + get, [Sent::Maybe, Sent::Nothing]),
        (2 * noreply + get + 1, [Sent::Maybe, Sent::Maybe]),
    ] {
        let mut connection = asked(Protocol::Text, &requests);
        assert!(
            connection
                .closed(written)
                .map(|(_, sent)| sent)
                .eq(expected)
        );
        assert_eq!(
            connection.push_noreply(&set()).unwrap_err().to_string(),
            "the connection takes no more requests"
        );
    }
}

/// Whatever fails without a reply, a real server and we stay in step.
fn check_in_step(server: &Memcached, protocol: Protocol) {
    let mut wire = Wire::open(server);
    let mut connection = Connection::new(protocol, Limits::default());
    let large = vec![b'x'; 1 << 20];
    let too_large = Request::Store {
        verb: Verb::Set,
        key: key("large"),
        flags: 0,
        exptime: Exptime::NEVER,
        value: large[..].into(),
    };
    let fails = [
        Request::FlushAll { delay: None },
        delete(),
        touch(),
        incr(),
        store(Verb::Replace, "?"),
        store(Verb::Cas(1), "?"),
        too_large,
        set(),
        store(Verb::Add, "?"),
        store(Verb::Append, "x"),
        incr(),
    ];
    for request in &fails {
        connection.push_noreply(request).unwrap();
    }
    for (tag, name) in ["a", "large"].into_iter().enumerate() {
        connection.push(&get(name), tag).unwrap();
        connection.push_noreply(&incr()).unwrap();
    }
    wire.send(connection.take_outgoing());
    let mut replies = Vec::new();
    while replies.len() < 2 {
        match connection.receive(&mut wire.input).unwrap() {
            Some(received) => replies.push(received.answer().unwrap().reply),
            None => assert!(wire.fill(), "the server has closed the connection"),
        }
    }
    let item = Item {
        value: "1x".into(),
        ..Item::default()
    };
    assert_eq!(replies, [Reply::Value(Some(item)), Reply::Value(None)]);
}

#[test]
fn a_real_server_stays_in_step() {
    let server = Memcached::start().unwrap();
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        check_in_step(&server, protocol);
    }
}
