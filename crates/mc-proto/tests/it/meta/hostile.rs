//! Callers and servers who mean harm, or act as if. Each test is named after
//! the row of the fault catalogue that it is for.

use mc_proto::meta::{Arithmetic, Debug, Get, Hint, Opaque, Set};
use mc_proto::{
    Connection, Disposition, Key, Limits, Outgoing, Protocol, ProtocolError, Refusal, RefusalKind,
    Reply, Request, SendError, Sent, Verb, meta,
};

use crate::support::{asked_in, feed, feed_all, get, gets, key, set, store, written};

fn own(request: impl Into<meta::Request<'static>>) -> Request<'static> {
    Request::Meta(Box::new(request.into()))
}

/// The bytes are no reply to the request, for this reason, however they
/// arrive; and from then on the connection says nothing else.
fn check(request: Request<'static>, bytes: &str, reason: &str) {
    check_within(Limits::default(), request, bytes.as_bytes(), reason);
}

fn check_within(limits: Limits, request: Request<'static>, bytes: &[u8], reason: &str) {
    for size in [1, 7, bytes.len()] {
        let requests = [request.clone(), get("a")];
        let mut connection = asked_in(Protocol::Meta, &requests, limits);
        let error = feed(&mut connection, bytes.chunks(size)).unwrap_err();
        assert_eq!(error.to_string(), reason, "in pieces of {size}");
        assert_eq!(feed(&mut connection, [&b"EN O1\r\n"[..]]), Err(error));
        assert_eq!(
            connection.push(&Request::Noop, 9),
            Err((SendError::Closed, 9))
        );
        let lost = [(0, Sent::Maybe), (1, Sent::Maybe)];
        assert!(connection.closed(u64::MAX).eq(lost));
    }
}

/// What the connection makes of a refusal: the kind, and whether it goes on.
fn check_refusal(request: Request<'static>, line: &str, kind: RefusalKind, then: Disposition) {
    let requests = [request, Request::Noop];
    let mut connection = asked_in(Protocol::Meta, &requests, Limits::default());
    let bytes = [line.as_bytes(), b"MN\r\n"];
    let (answers, error) = feed_all(&mut connection, bytes);
    let Reply::Refused(refusal) = &answers[0].reply else {
        panic!("{:?}", answers[0].reply)
    };
    assert_eq!((refusal.kind, answers[0].disposition), (kind, then));
    let (count, end) = match then {
        Disposition::Keep => (2, None),
        Disposition::Drop => (1, Some(ProtocolError::GivenUp)),
    };
    assert_eq!((answers.len(), error), (count, end));
}

fn batch(requests: Vec<Request<'static>>) -> Request<'static> {
    Request::Batch(requests.into())
}

fn delete(name: &'static str) -> Request<'static> {
    Request::Delete { key: key(name) }
}

fn incr(name: &'static str) -> Request<'static> {
    Request::Incr {
        key: key(name),
        delta: 1,
        initial: None,
    }
}

/// What a request is as bytes, or why it is not sent.
fn sent(request: &Request<'_>) -> Result<String, SendError> {
    let mut connection = Connection::new(Protocol::Meta, Limits::default());
    let pushed = connection.push(request, ());
    let bytes = written(connection.take_outgoing());
    assert_eq!(pushed.is_err(), bytes.is_empty());
    pushed.map_err(|(error, ())| error)?;
    Ok(String::from_utf8(bytes).unwrap())
}

#[test]
fn k4_raw_keys_too_long_counted_in_base64() {
    let longest = [0xff; 186];
    let line = sent(&Request::Delete {
        key: Key::raw(&longest).unwrap(),
    });
    let text = "/".repeat(248);
    assert_eq!(line.unwrap(), format!("md {text} b O0\r\n"));

    let too_long = [0; 187];
    let reason = "a raw key of 187 bytes is too long in base64; at most 186 are allowed";
    let raw = Key::raw(&too_long).unwrap();
    let namespaced = Key::raw_with_namespace(&too_long[..90], &too_long[90..]).unwrap();
    let set = Set::new(raw, &b"1"[..]);
    for request in [
        Request::Get {
            key: raw,
            cas: false,
        },
        Request::Delete { key: namespaced },
        batch_of(raw),
        Request::Meta(set.into()),
        Request::Meta(Get::new(namespaced).into()),
        Request::Meta(Debug::new(raw).into()),
    ] {
        assert_eq!(sent(&request).unwrap_err().to_string(), reason);
    }
}

/// A batch whose second request cannot be sent.
fn batch_of(raw: Key<'_>) -> Request<'_> {
    let requests = [
        Request::Delete { key: key("a") },
        Request::Delete { key: raw },
    ];
    Request::Batch(requests.into_iter().collect())
}

#[test]
fn k6_raw_keys_stay_out_of_the_classic_protocol() {
    let keys = [
        Key::new(b"a").unwrap(),
        Key::raw(b"b\r\nflush_all").unwrap(),
    ];
    let many = Request::GetMany {
        keys: (&keys[..]).into(),
        cas: false,
    };
    let one = Request::Get {
        key: keys[1],
        cas: false,
    };
    let reason = "a raw key cannot be carried by a line of the text protocol; \
                  meta (key by key) and binary can";
    assert_eq!(sent(&many).unwrap_err().to_string(), reason);
    assert_eq!(sent(&one).unwrap(), "mg Yg0KZmx1c2hfYWxs v f b O0\r\n");
    let mut text = Connection::new(Protocol::Text, Limits::default());
    for request in [one, many, batch_of(keys[1])] {
        assert_eq!(text.push(&request, ()), Err((SendError::RawKey, ())));
        assert_eq!(text.queued(), 0);
    }
}

#[test]
fn k7_and_m2_tokens_that_would_be_more_than_one() {
    for byte in 0..=u8::MAX {
        let forbidden = byte <= b' ' || byte == 0x7f;
        let bytes = [b'a', byte, b'c'];
        assert_eq!(Opaque::new(&bytes).is_err(), forbidden);
        assert_eq!(Hint::new(&bytes).is_err(), forbidden);
    }
    let check = |bytes: &[u8], reason: &str| {
        assert_eq!(Opaque::new(bytes).unwrap_err().to_string(), reason);
    };
    check(b"", "a token is empty; it needs 1 to 31 bytes");
    check(
        &[b'x'; 32],
        "a token of 32 bytes is too long; at most 31 are allowed",
    );
    check(
        b"1\r\nflush_all",
        "a token has the byte '\\r' at position 1; spaces, control bytes and DEL are not allowed",
    );
    assert!(Opaque::new(&[b'x'; 31]).is_ok() && Hint::new(b"").is_ok());
    assert!(Hint::new(&[b'x'; 250]).is_ok() && Hint::new(&[b'x'; 251]).is_err());
}

#[test]
fn v2_a_value_over_the_limit_is_not_sent() {
    let big = vec![0; (1 << 20) + 1];
    let request = Request::Meta(Set::new(key("a"), &big[..]).into());
    let reason = "a value of 1048577 bytes is too large; at most 1048576 are allowed";
    assert_eq!(sent(&request).unwrap_err().to_string(), reason);
}

#[test]
fn v1_and_v3_the_server_cannot_store_it_and_goes_on() {
    let too_large = "SERVER_ERROR object too large for cache\r\n";
    let no_memory = "SERVER_ERROR out of memory storing object\r\n";
    for request in [set(), own(Set::new(key("a"), &b"1"[..]))] {
        let keep = Disposition::Keep;
        check_refusal(request.clone(), too_large, RefusalKind::TooLarge, keep);
        check_refusal(request, no_memory, RefusalKind::OutOfMemory, keep);
    }
}

#[test]
fn v5_a_quiet_request_by_itself_is_not_sent() {
    let quiet = Get {
        quiet: true,
        ..Get::new(key("a"))
    };
    let error = sent(&own(quiet)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a quiet mg may have no reply, which only a batch can tell"
    );
}

/// Refusals have no mark. Each is given to a request only if there is no doubt.
#[test]
fn v5_refusals_in_a_batch() {
    let refused = |kind: RefusalKind| Reply::Refused(kind.into());
    let too_large = "SERVER_ERROR object too large for cache\r\n";
    let lost = "'SERVER_ERROR object too large for cache' \
                does not tell which request of the batch it answers";
    let two = || batch(vec![set(), delete("b")]);
    let three = || batch(vec![set(), incr("b"), delete("c")]);

    check(two(), &format!("{too_large}MN\r\n"), lost);
    check(two(), &format!("NF O1\r\n{too_large}"), lost);
    check(two(), &format!("{too_large}{too_large}{too_large}"), lost);
    check(three(), &format!("{too_large}NF O2\r\n"), lost);

    let both = format!("{too_large}{too_large}MN\r\n");
    let mut connection = asked_in(Protocol::Meta, &[two()], Limits::default());
    let answers = feed(&mut connection, both.as_bytes().chunks(1)).unwrap();
    let no = refused(RefusalKind::TooLarge);
    assert_eq!(answers[0].reply, Reply::Batch(vec![no.clone(), no.clone()]));
    assert_eq!(answers[0].disposition, Disposition::Keep);

    let first = format!("{too_large}VA 1 O1\r\n5\r\nHD O2\r\nMN\r\n");
    let mut connection = asked_in(Protocol::Meta, &[three()], Limits::default());
    let answers = feed(&mut connection, [first.as_bytes()]).unwrap();
    let replies = vec![no, Reply::Number(5), Reply::Deleted];
    assert_eq!(answers[0].reply, Reply::Batch(replies));
}

/// Fewer refusals than quiet sets: some were stored, and both ends go on.
#[test]
fn v5_refusals_of_some_sets() {
    let kinds = [RefusalKind::TooLarge, RefusalKind::OutOfMemory];
    let [too_large, no_memory] = kinds.map(|kind| format!("{}\r\n", Refusal::from(kind)));
    let [first, second] = kinds.map(|kind| Reply::Unplaced(kind.into()));
    let check = |requests: Vec<Request<'static>>, lines: &str, replies: Vec<Reply>| {
        for piece in [1, lines.len()] {
            let requests = [batch(requests.clone()), Request::Noop];
            let mut connection = asked_in(Protocol::Meta, &requests, Limits::default());
            let lines = format!("{lines}MN\r\nMN\r\n");
            let answers = feed(&mut connection, lines.as_bytes().chunks(piece)).unwrap();
            assert_eq!(answers[0].reply, Reply::Batch(replies.clone()));
            assert_eq!(
                (answers[0].disposition, answers.len()),
                (Disposition::Keep, 2)
            );
        }
    };
    let sets = || vec![set(), set(), set()];
    check(sets(), &too_large, vec![first.clone(); 3]);
    let both = format!("{too_large}{no_memory}");
    let mixed = vec![first.clone(), second, first.clone()];
    check(sets(), &both, mixed);
    // What has a mark parts those in front of it from those behind it.
    let parted = || vec![set(), incr("n"), set(), set()];
    let number = "VA 1 O1\r\n5\r\n";
    check(
        parted(),
        &format!("{number}{too_large}"),
        vec![
            Reply::Stored,
            Reply::Number(5),
            first.clone(),
            first.clone(),
        ],
    );
    let refused = Reply::Refused(RefusalKind::TooLarge.into());
    check(
        parted(),
        &format!("{too_large}{number}"),
        vec![refused, Reply::Number(5), Reply::Stored, Reply::Stored],
    );
}

/// A refusal that ends the connection may be followed by others, which come
/// from a value that was taken for commands.
#[test]
fn v5_and_k3_a_refusal_that_ends_a_batch() {
    let format = "CLIENT_ERROR bad command line format\r\n";
    let lost = |line: &str| format!("'{line}' does not tell which request of the batch it answers");
    let two = || batch(vec![set(), set()]);
    check(two(), &format!("{format}ERROR\r\nMN\r\n"), &lost("ERROR"));
    check(two(), &format!("{format}MN\r\n"), &lost(format.trim_end()));

    let check = |requests: Vec<Request<'static>>, lines: String, replies: &[Reply]| {
        let mut connection = asked_in(Protocol::Meta, &[batch(requests)], Limits::default());
        let (answers, error) = feed_all(&mut connection, [lines.as_bytes()]);
        assert_eq!(answers[0].reply, Reply::Batch(replies.to_vec()));
        assert_eq!(answers[0].disposition, Disposition::Drop);
        assert!(error.is_none_or(|error| error == ProtocolError::GivenUp));
    };
    let no = |kind: RefusalKind| Reply::Refused(kind.into());
    let (client, too_large) = (no(RefusalKind::Client), no(RefusalKind::TooLarge));
    let large = "SERVER_ERROR object too large for cache\r\n";
    // What became of the requests behind it is not known.
    let set_and_delete = || vec![set(), delete("b")];
    check(
        set_and_delete(),
        format!("{format}NF O1\r\nMN\r\n"),
        std::slice::from_ref(&client),
    );
    check(
        vec![set(), set()],
        format!("{large}{format}MN\r\n"),
        &[too_large, client],
    );
    let locked = "CLIENT_ERROR unauthenticated\r\n".to_owned();
    check(
        set_and_delete(),
        locked,
        &[no(RefusalKind::Unauthenticated)],
    );
}

/// A request that is not quiet is answered, whatever the others are.
#[test]
fn v5_a_batch_without_a_reply_that_was_due() {
    let three = batch(vec![set(), incr("b"), delete("c")]);
    check(three.clone(), "MN\r\n", "'MN' is no reply to batch");
    check(three, "NF O2\r\n", "'MN' is no reply to batch");
}

#[test]
fn v6_values_byte_for_byte() {
    let check = |value: &str| {
        let wire = format!("VA {} f0 O0\r\n{value}\r\n", value.len());
        let mut connection = asked_in(Protocol::Meta, &[get("a")], Limits::default());
        let answers = feed(&mut connection, [wire.as_bytes()]).unwrap();
        let Reply::Value(Some(item)) = &answers[0].reply else {
            panic!("{answers:?}")
        };
        assert_eq!(item.value, value);
        assert!(connection.is_clean());
    };
    for value in ["", " ", "9 ", "\r\n", "EN\r\n", "\0", " a\t\n"] {
        check(value);
    }
}

#[test]
fn v2_the_missing_rest_of_a_value_is_known() {
    let mut connection = asked_in(Protocol::Meta, &[get("a"), incr("b")], Limits::default());
    let mut input = bytes::BytesMut::new();
    let mut check = |piece: &[u8], answered: bool, wanted: usize| {
        input.extend_from_slice(piece);
        assert_eq!(connection.receive(&mut input).unwrap().is_some(), answered);
        assert_eq!(connection.wanted(), wanted);
    };
    check(b"VA 10 f0 O0", false, 0);
    check(b"\r\n", false, 12);
    check(b"01234", false, 7);
    check(b"56789\r", false, 1);
    check(b"\nVA", true, 0);
    check(b" 1 O1\r\n", false, 3);
    check(b"5\r\n", true, 0);
}

#[test]
fn t1_endless_lines() {
    let long = "a line of the reply is longer than 2048 bytes";
    let limits = Limits::default();
    check_within(limits, get("a"), &[b'x'; 2050], long);
    let flags = [&b"HD "[..], &b"Y ".repeat(1024)].concat();
    check_within(limits, own(Get::new(key("a"))), &flags, long);
    let debug = [&b"ME a "[..], &b"x=y ".repeat(600)].concat();
    check_within(limits, own(Debug::new(key("a"))), &debug, long);
}

#[test]
fn t2_numbers_that_are_none_or_too_much() {
    let bad = |field: &str, found: &str, max: u64| {
        format!("{field}: '{found}' is no number in decimal digits up to {max}")
    };
    let lengths = [
        "",
        "-1",
        "+5",
        "1_0",
        "0x10",
        "5x",
        "18446744073709551616",
        "999999999999999999999",
    ];
    for len in lengths {
        let reason = bad("length", len, u64::MAX);
        check(get("a"), &format!("VA {len} f0 O0\r\n"), &reason);
    }
    let large = "a value of 1048577 bytes is announced; at most 1048576 are allowed";
    check(get("a"), "VA 1048577 f0 O0\r\n", large);
    let largest = "a value of 18446744073709551615 bytes is announced; at most 1048576 are allowed";
    check(get("a"), "VA 18446744073709551615 f0 O0\r\n", largest);

    let flags = bad("flags", "4294967296", u32::MAX.into());
    check(get("a"), "VA 1 f4294967296 O0\r\n", &flags);
    check(
        get("a"),
        "VA 1 f O0\r\n",
        &bad("flags", "", u32::MAX.into()),
    );
    let cas = bad("cas number", "18446744073709551616", u64::MAX);
    check(gets("a"), "VA 1 f0 c18446744073709551616 O0\r\n", &cas);
    let mg = || own(Get::new(key("a")));
    check(
        mg(),
        "HD t-2\r\n",
        &bad("time to live", "-2", u32::MAX.into()),
    );
    check(mg(), "HD h2\r\n", &bad("hit", "2", 1));
    check(mg(), "HD l-1\r\n", &bad("last access", "-1", u64::MAX));
    check(mg(), "HD s1.5\r\n", &bad("size", "1.5", u64::MAX));
    check(
        incr("a"),
        "VA 2 O0\r\n-1\r\n",
        &bad("number", "-1", u64::MAX),
    );
    check(incr("a"), "VA 0 O0\r\n\r\n", &bad("number", "", u64::MAX));
}

#[test]
fn t3_keys_that_were_not_asked_for() {
    let wrong =
        |found: &str| format!("an item arrived for the key '{found}', which is not awaited");
    let echo = |key| {
        own(Get {
            echo_key: true,
            ..Get::new(key)
        })
    };
    check(echo(key("a")), "HD kb\r\n", &wrong("b"));
    check(echo(key("a")), "EN kaa\r\n", &wrong("aa"));
    check(echo(key("a")), "HD\r\n", &wrong(""));
    check(echo(key("a")), "HD kYQ=\r\n", &wrong("YQ="));
    check(echo(key("a")), "HD kYg== b\r\n", &wrong("Yg=="));
    check(echo(key("a")), "HD ka b\r\n", &wrong("a"));
    check(echo(Key::raw(b"a b").unwrap()), "HD ka b\r\n", &wrong("a"));
    check(own(Debug::new(key("a"))), "ME b exp=-1\r\n", &wrong("b"));

    // Items are stored under the bytes, however those were written.
    let mut connection = asked_in(Protocol::Meta, &[echo(key("a"))], Limits::default());
    assert_eq!(
        feed(&mut connection, [&b"HD kYQ== b\r\n"[..]])
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn t4_no_line_end_where_one_is_due() {
    let stands = |found: &str| format!("'{found}' stands where a line end (\\r\\n) is due");
    check(get("a"), "VA 1 f0 O0\r\nvx\n", &stands(r"x\n"));
    check(get("a"), "VA 1 f0 O0\r\nv\n\r", &stands(r"\n\r"));
    check(get("a"), "EN O0\n", &stands(r"EN O0\n"));
    check(incr("a"), "VA 1 O0\r\n55\r\n", &stands(r"5\r"));
}

#[test]
fn t5_lines_that_are_no_reply_to_what_was_asked() {
    let check = |request: Request<'static>, lines: &[&str]| {
        for line in lines {
            let reason = format!("'{line}' is no reply to {}", request.name());
            check(request.clone(), &format!("{line}\r\n"), &reason);
        }
    };
    let classic = [
        "END",
        "STORED",
        "VALUE a 0 1",
        "OK",
        "",
        "en O0",
        "Hd O0",
        "H",
        "HDX O0",
    ];
    let wrong = |more: &[&'static str]| [&classic[..], more].concat();
    check(
        get("a"),
        &wrong(&["HD O0", "NF O0", "NS O0", "EX O0", "MN", "ME a exp=1"]),
    );
    check(gets("a"), &["VA 1 f0 O0", "VA 1 c0 O0"]);
    check(get("a"), &["VA 1 O0"]);
    check(set(), &wrong(&["VA 1 O0", "EN O0", "EX O0", "NF O0", "MN"]));
    check(store(Verb::Cas(1), "1"), &["NS O0", "EN O0"]);
    check(delete("a"), &wrong(&["EN O0", "NS O0", "EX O0", "VA 1 O0"]));
    check(incr("a"), &wrong(&["HD O0", "EN O0", "EX O0", "NS O0"]));
    check(Request::Noop, &wrong(&["HD", "EN", "ME a"]));
    check(
        own(Get::new(key("a"))),
        &wrong(&["VA 1", "NF", "NS", "EX", "MN", "ME a"]),
    );
    check(
        own(Set::new(key("a"), &b""[..])),
        &wrong(&["VA 1", "EN", "MN"]),
    );
    check(
        own(Debug::new(key("a"))),
        &wrong(&["HD", "VA 1", "NF", "ME ", "ME a exp"]),
    );
    check(own(meta::Request::Noop), &wrong(&["HD", "VA 0", "EN"]));
    check(batch(vec![delete("a")]), &wrong(&["EN O0", "VA 1 O0"]));
}

#[test]
fn t6_too_many_connections() {
    for requests in [vec![], vec![get("a"), Request::Noop]] {
        let mut connection = asked_in(Protocol::Meta, &requests, Limits::default());
        let line = b"ERROR Too many open connections\r\n";
        let error = feed(&mut connection, line.chunks(5)).unwrap_err();
        assert_eq!(error, ProtocolError::TooManyConnections);
        let sent: Vec<_> = connection.closed(u64::MAX).map(|(_, sent)| sent).collect();
        assert_eq!(sent, vec![Sent::Nothing; requests.len()]);
    }
}

const NO_OPAQUE: &str =
    "a reply has no opaque, and 0 is due (memcached before 1.6.18 repeats none with a miss)";

#[test]
fn t8_more_rows_than_a_batch_has_requests() {
    let two = || batch(vec![set(), set()]);
    let wrong =
        |found: &str, expected: &str| format!("a reply has the opaque '{found}', not {expected}");
    check(two(), "NS O0\r\nNS O0\r\n", &wrong("0", "1"));
    check(two(), "NS O1\r\nNS O0\r\n", &wrong("0", "2"));
    check(two(), "NS O0\r\nNS O1\r\nNS O2\r\n", &wrong("2", "2"));
    check(two(), "NS O4294967295\r\n", &wrong("4294967295", "0"));
    check(two(), "NS\r\n", NO_OPAQUE);
}

#[test]
fn m1_marks_missing_or_wrong() {
    let wrong = |found: &str| format!("a reply has the opaque '{found}', not 0");
    for (request, lines) in [
        (get("a"), ["EN", "VA 1 f0"]),
        (set(), ["HD", "NS"]),
        (delete("a"), ["HD", "NF"]),
        (incr("a"), ["NF", "VA 1"]),
    ] {
        for line in lines {
            check(request.clone(), &format!("{line}\r\n"), NO_OPAQUE);
            check(request.clone(), &format!("{line} O\r\n"), &wrong(""));
            check(request.clone(), &format!("{line} O1\r\n"), &wrong("1"));
            check(request.clone(), &format!("{line} Ox\r\n"), &wrong("x"));
            check(request.clone(), &format!("{line} O-0\r\n"), &wrong("-0"));
        }
    }
}

#[test]
fn m1_marks_of_ones_own() {
    let wrong =
        |found: &str, expected: &str| format!("a reply has the mark '{found}', not '{expected}'");
    let marked = || {
        own(Get {
            opaque: Some(Opaque::new(b"mine").unwrap()),
            ..Get::new(key("a"))
        })
    };
    check(marked(), "HD\r\n", &wrong("", "mine"));
    check(marked(), "EN\r\n", &wrong("", "mine"));
    check(marked(), "HD Oyours\r\n", &wrong("yours", "mine"));
    check(
        own(Get::new(key("a"))),
        "HD Oyours\r\n",
        &wrong("yours", ""),
    );
}

/// A refusal repeats nothing: its place tells whose it is.
#[test]
fn m1_refusals_are_told_by_their_order() {
    let requests = [incr("a"), get("b")];
    let mut connection = asked_in(Protocol::Meta, &requests, Limits::default());
    let bytes = b"CLIENT_ERROR cannot increment or decrement non-numeric value\r\nEN O1\r\n";
    let answers = feed(&mut connection, bytes.chunks(3)).unwrap();
    assert_eq!(
        answers[0].reply,
        Reply::Refused(RefusalKind::NotNumeric.into())
    );
    assert_eq!(
        (answers[1].tag, &answers[1].reply),
        (1, &Reply::Value(None))
    );
}

#[test]
fn m2_a_request_that_the_server_finds_wrong() {
    let client = RefusalKind::Client;
    let flag = "CLIENT_ERROR invalid flag\r\n";
    for request in [set(), own(Set::new(key("a"), &b"1"[..]))] {
        check_refusal(request, flag, client, Disposition::Drop);
    }
    let others = [
        get("a"),
        delete("a"),
        incr("a"),
        own(Get::new(key("a"))),
        own(meta::Delete::new(key("a"))),
        own(Arithmetic::new(key("a"))),
        own(Debug::new(key("a"))),
    ];
    for request in others {
        check_refusal(request.clone(), flag, client, Disposition::Keep);
        let unknown = RefusalKind::UnknownCommand;
        check_refusal(request, "ERROR\r\n", unknown, Disposition::Drop);
    }
}

#[test]
fn m3_a_value_where_none_was_asked_for_and_none_where_one_was() {
    let valued = |compare_cas| {
        own(Get {
            value: true,
            compare_cas,
            ..Get::new(key("a"))
        })
    };
    check(valued(None), "HD\r\n", "'HD' is no reply to mg");
    check(
        own(Get::new(key("a"))),
        "VA 1\r\n",
        "'VA 1' is no reply to mg",
    );
    check(get("a"), "HD O0\r\n", "'HD O0' is no reply to get");
    check(incr("a"), "HD O0\r\n", "'HD O0' is no reply to incr");
    let touch = Request::Touch {
        key: key("a"),
        exptime: mc_proto::Exptime::NEVER,
    };
    check(touch, "VA 1 O0\r\n", "'VA 1 O0' is no reply to touch");
    let count = Arithmetic {
        value: true,
        ..Arithmetic::new(key("a"))
    };
    check(own(count), "HD\r\n", "'HD' is no reply to ma");
    check(
        own(Arithmetic::new(key("a"))),
        "VA 1\r\n",
        "'VA 1' is no reply to ma",
    );

    // With C, both are answers.
    for bytes in ["HD\r\n", "VA 1\r\n5\r\n"] {
        let mut connection = asked_in(Protocol::Meta, &[valued(Some(1))], Limits::default());
        assert!(feed(&mut connection, [bytes.as_bytes()]).is_ok());
    }
}

#[test]
fn marks_start_again_behind_the_largest() {
    let mut out = Outgoing::default();
    let requests = batch(vec![delete("a"), delete("b")]);
    meta::encode_request(&requests, &Limits::default(), u32::MAX, &mut out).unwrap();
    let expected = "md a O4294967295\r\nmd b O0\r\nmn\r\n";
    assert_eq!(written(out), expected.as_bytes());
}
