//! Requests in pieces, and in every protocol.

use std::sync::{Arc, Mutex};

use bytes::BufMut;
use mc_proto::{Connection, Exptime, Initial, Item, Key, Protocol, Received, Verb};

use super::*;

/// Feeds `request` in pieces of `chunk` bytes; what is answered, and whether the connection stays.
fn play(request: &str, chunk: usize) -> (String, bool) {
    let store = Arc::new(Mutex::new(Store::new(1 << 20, 1 << 20)));
    let mut session = Session::new(store);
    let (mut input, mut out) = (BytesMut::new(), Outgoing::default());
    let mut stays = true;
    for piece in request.as_bytes().chunks(chunk) {
        input.extend_from_slice(piece);
        let mut step = Step::Done;
        while stays && step == Step::Done {
            step = session.step(&mut input, &mut out);
        }
        stays = stays && step == Step::Wait;
    }
    let answer = out.copy_to_bytes(out.remaining());
    (String::from_utf8_lossy(&answer).into_owned(), stays)
}

/// What a client of this protocol is answered, if its bytes go up and come back one by one.
fn ask(protocol: Protocol, requests: &[Request<'_>]) -> Vec<Reply> {
    let store = Arc::new(Mutex::new(Store::new(1 << 20, 1 << 20)));
    let mut session = Session::new(store);
    let mut client = Connection::new(protocol, Limits::default());
    let (mut upstream, mut downstream) = (BytesMut::new(), BytesMut::new());
    let mut replies = Vec::new();
    for request in requests {
        client.push(request, ()).unwrap();
        let (mut sent, mut out) = (client.take_outgoing(), Outgoing::default());
        while sent.has_remaining() {
            upstream.put_u8(sent.get_u8());
            while session.step(&mut upstream, &mut out) == Step::Done {}
        }
        while out.has_remaining() {
            downstream.put_u8(out.get_u8());
            let received = client.receive(&mut downstream).unwrap();
            replies.extend(
                received
                    .and_then(Received::answer)
                    .map(|answer| answer.reply),
            );
        }
    }
    replies
}

#[test]
fn protocols_differ_in_nothing_but_their_bytes() {
    let (a, b) = (Key::new(b"a").unwrap(), Key::new(b"b").unwrap());
    let store = |verb| Request::Store {
        verb,
        key: a,
        flags: 5,
        exptime: Exptime::NEVER,
        value: b"12"[..].into(),
    };
    let delete = || Request::Delete { key: a };
    let incr = |key| Request::Incr {
        key,
        delta: 5,
        initial: None,
    };
    let requests = [
        Request::Get { key: a, cas: false },
        store(Verb::Set),
        store(Verb::Add),
        Request::Get { key: a, cas: true },
        store(Verb::Cas(1)),
        store(Verb::Cas(1)),
        incr(a),
        incr(b),
        Request::GetMany {
            keys: vec![b, a].into(),
            cas: false,
        },
        Request::Batch(vec![delete(), store(Verb::Set), incr(b), delete(), delete()].into()),
        Request::FlushAll { delay: None },
        Request::Version,
    ];
    let item = |cas, value: &'static str| Item {
        flags: 5,
        cas,
        value: value.into(),
    };
    let expected = [
        Reply::Value(None),
        Reply::Stored,
        Reply::NotStored,
        Reply::Value(Some(item(Some(1), "12"))),
        Reply::Stored,
        Reply::Exists,
        Reply::Number(17),
        Reply::NotFound,
        Reply::Values(vec![None, Some(item(None, "17"))]),
        Reply::Batch(vec![
            Reply::Deleted,
            Reply::Stored,
            Reply::NotFound,
            Reply::Deleted,
            Reply::NotFound,
        ]),
        Reply::Ok,
    ];
    for protocol in [Protocol::Text, Protocol::Meta, Protocol::Binary] {
        let mut replies = ask(protocol, &requests);
        let version = replies.pop();
        assert!(matches!(version, Some(Reply::Version(_))), "{version:?}");
        assert_eq!(replies, expected, "{protocol}");
    }
    let initial = Some(Initial {
        value: 7,
        exptime: Exptime::NEVER,
    });
    let decr = Request::Decr {
        key: b,
        delta: 2,
        initial,
    };
    for protocol in [Protocol::Meta, Protocol::Binary] {
        let replies = ask(protocol, &[decr.clone(), decr.clone(), Request::Noop]);
        let expected = [Reply::Number(7), Reply::Number(5), Reply::Ok];
        assert_eq!(replies, expected, "{protocol}");
    }
}

/// However the bytes arrive, a value is never taken for commands, as memcached 1.6.18 would.
#[test]
fn a_refused_value_is_skipped() {
    let check = |request: &str, answer: &str, stays| {
        for chunk in [1, 2, 5, request.len()] {
            assert_eq!(
                play(request, chunk),
                (answer.to_owned(), stays),
                "{request:?}, {chunk}"
            );
        }
    };
    let key = "k".repeat(251);
    let bad = "CLIENT_ERROR bad command line format\r\n";
    let value = "flush_all\r\nversion";
    check(
        &format!("set {key} 0 0 18\r\n{value}\r\nget a\r\n"),
        &format!("{bad}END\r\n"),
        true,
    );
    check(
        &format!("set {key} 0 0 18 noreply\r\n{value}\r\nget a\r\n"),
        "END\r\n",
        true,
    );
    check(&format!("set a 0 0 -1\r\n{value}\r\n"), bad, false);
    let chunk = "CLIENT_ERROR bad data chunk\r\n";
    check(&format!("set a 0 0 3\r\n{value}\r\n"), chunk, false);
    check("set a 0 0 1\r\nx\r\nquit\r\nget a\r\n", "STORED\r\n", false);
}
