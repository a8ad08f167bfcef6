//! Callers and peers who mean harm, or act as if. Each test is named after
//! the row of the fault catalogue that it is for.

mod batches;
mod binary;
mod strangers;
mod unsent;

use bytes::{Buf, BytesMut};
use mc_proto::{
    Connection, Disposition, Exptime, InvalidKey, Key, Limits, Payload, Protocol, ProtocolError,
    Refusal, RefusalKind, Reply, Request, SendError, Sent, StatsTopic, Verb,
};

use crate::support::{asked, feed, feed_all, get, get_many, gets, item, key, set, store};

/// The bytes are no reply to the request, for this reason, however they
/// arrive; and from then on the connection says nothing else.
fn check(request: Request<'static>, bytes: &[u8], reason: &str) {
    check_within(Limits::default(), request, bytes, reason);
}

fn check_within(limits: Limits, request: Request<'static>, bytes: &[u8], reason: &str) {
    for size in [1, 7, bytes.len()] {
        let mut connection = asked(&[request.clone(), get("a")], limits);
        let error = feed(&mut connection, bytes.chunks(size)).unwrap_err();
        assert_eq!(error.to_string(), reason, "in pieces of {size}");
        let good = &b"END\r\n"[..];
        assert_eq!(feed(&mut connection, [good]).unwrap_err(), error);
        assert_eq!(
            connection.push(&Request::Version, 9),
            Err((SendError::Closed, 9))
        );
        assert!(!connection.is_clean());
        assert!(
            connection
                .closed(u64::MAX)
                .eq([(0, Sent::Maybe), (1, Sent::Maybe)])
        );
    }
}

#[test]
fn k1_line_ends_spaces_and_controls_in_a_key() {
    for byte in 0..=u8::MAX {
        let forbidden = byte <= b' ' || byte == 0x7f;
        for at in [0, 1, 2] {
            let mut bytes = *b"abc";
            bytes[at] = byte;
            let expected = if forbidden {
                Err(InvalidKey::Byte { at, byte })
            } else {
                Ok(())
            };
            assert_eq!(Key::new(&bytes).map(|_| ()), expected);
            assert_eq!(
                Key::with_namespace(&bytes[..2], &bytes[2..]).map(|_| ()),
                expected
            );
        }
    }
}

#[test]
fn k2_nul_in_a_key() {
    let error = Key::new(b"a\0b").unwrap_err();
    assert_eq!(
        error.to_string(),
        r"a key has the byte '\x00' at position 1; spaces, control bytes and DEL are not allowed",
    );
}

#[test]
fn k3_and_k4_keys_too_long_counted_in_wire_bytes() {
    let check = |namespace: &str, bare: &str, expected: Result<usize, InvalidKey>| {
        let key = Key::with_namespace(namespace.as_bytes(), bare.as_bytes());
        assert_eq!(key.map(|key| key.len()), expected);
    };
    check("", &"k".repeat(250), Ok(250));
    check("", &"k".repeat(251), Err(InvalidKey::TooLong { len: 251 }));
    check(
        "",
        &"k".repeat(65_535),
        Err(InvalidKey::TooLong { len: 65_535 }),
    );
    check("ns:", &"k".repeat(247), Ok(250));
    check(
        "ns:",
        &"k".repeat(248),
        Err(InvalidKey::TooLong { len: 251 }),
    );
    check("", &"é".repeat(125), Ok(250));
    check("", &"é".repeat(126), Err(InvalidKey::TooLong { len: 252 }));
}

#[test]
fn k5_empty_key() {
    assert_eq!(Key::new(b"").unwrap_err(), InvalidKey::Empty);
    let error = Key::with_namespace(b"ns:", b"").unwrap_err();
    assert_eq!(error.to_string(), "a key is empty; it needs 1 to 250 bytes");
}

/// K6: there is one type of key, so that no protocol has a rule of its own.
#[test]
fn k6_bytes_from_0x80_on_are_no_reason_to_refuse() {
    assert_eq!(Key::new(b"\x80\xff").unwrap().to_string(), r"\x80\xff");
    let error = Key::new(b"a\x80").unwrap().printable().unwrap_err();
    assert_eq!(
        error.to_string(),
        r"a key has the byte '\x80' at position 1; only printable ASCII (0x21 to 0x7e) is allowed",
    );
}

/// What the connection makes of a refusal: the kind, and whether it goes on.
fn check_refusal(request: Request<'static>, line: &str, kind: RefusalKind, then: Disposition) {
    let mut connection = asked(&[request, Request::Version], Limits::default());
    let answers = feed(&mut connection, [line.as_bytes()]).unwrap();
    let [answer] = answers.try_into().unwrap();
    let Reply::Refused(refusal) = answer.reply else {
        panic!("{:?}", answer.reply)
    };
    assert_eq!(format!("{refusal}\r\n"), line);
    assert_eq!((refusal.kind, answer.disposition), (kind, then));
    let next = feed(&mut connection, [&b"VERSION 1\r\n"[..]]);
    assert_eq!(next.is_ok(), then == Disposition::Keep);
}

#[test]
fn v1_and_v3_the_server_cannot_store_it_and_goes_on() {
    let keep = Disposition::Keep;
    let too_large = "SERVER_ERROR object too large for cache\r\n";
    check_refusal(set(), too_large, RefusalKind::TooLarge, keep);
    let no_memory = "SERVER_ERROR out of memory storing object\r\n";
    check_refusal(set(), no_memory, RefusalKind::OutOfMemory, keep);
}

#[test]
fn v2_a_value_over_the_limit_is_not_sent() {
    let big = vec![0; (1 << 20) + 1];
    let mut connection = Connection::new(Protocol::Text, Limits::default());
    let request = Request::Store {
        verb: Verb::Set,
        key: key("a"),
        flags: 0,
        exptime: Exptime::NEVER,
        value: Payload::Borrowed(&big),
    };
    let (error, tag) = connection.push(&request, "tag").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a value of 1048577 bytes is too large; at most 1048576 are allowed"
    );
    assert_eq!(
        (tag, connection.queued(), connection.pending()),
        ("tag", 0, 0)
    );
    connection.push(&Request::Version, "next").unwrap();
    assert_eq!(connection.take_outgoing().chunk(), b"version\r\n");
}

/// V4: the reply to a value that is still being written belongs to that
/// request, and not to the next one.
#[test]
fn v4_an_answer_before_all_was_written() {
    let mut connection = asked(&[set()], Limits::default());
    let line = &b"SERVER_ERROR out of memory\r\n"[..];
    let early = feed(&mut connection, [line]).unwrap();
    assert_eq!(early[0].tag, 0);
    connection.push(&get("a"), 1).unwrap();
    let _ = connection.take_outgoing();
    assert!(connection.closed(5).eq([(1, Sent::Nothing)]));
}

#[test]
fn an_answer_before_anything_was_handed_over() {
    let mut connection = Connection::new(Protocol::Text, Limits::default());
    connection.push(&get("a"), 0).unwrap();
    let error = feed(&mut connection, [&b"END\r\n"[..]]).unwrap_err();
    assert_eq!(
        error.to_string(),
        r"'END\r\n' arrived, though nothing was asked"
    );
    assert!(connection.closed(0).eq([(0, Sent::Nothing)]));
}

#[test]
fn t1_endless_lines() {
    let long = "a line of the reply is longer than 2048 bytes";
    check(get("a"), &[b'x'; 2050], long);
    check(
        Request::Version,
        &[&b"VERSION "[..], &[b'1'; 2041], b"\r\n"].concat(),
        long,
    );
    let stats = Request::Stats { topic: None };
    check(
        stats,
        &[&b"STAT a b\r\nSTAT "[..], &[b'x'; 4000]].concat(),
        long,
    );
    let mut connection = asked(&[Request::Version], Limits::default());
    let line = [&b"VERSION "[..], &[b'1'; 2040], b"\r\n"].concat();
    assert_eq!(feed(&mut connection, line.chunks(1)).unwrap().len(), 1);
}

#[test]
fn t2_numbers_that_are_none_or_too_much() {
    let length = |digits: &str| format!("VALUE a 0 {digits}\r\n").into_bytes();
    let max = u64::MAX;
    for digits in [
        "18446744073709551616",
        "999999999999999999999",
        "-1",
        "+5",
        "1_0",
        "0x10",
        "٣",
    ] {
        let shown = digits.as_bytes().escape_ascii();
        let reason = format!("length: '{shown}' is no number in decimal digits up to {max}");
        check(get("a"), &length(digits), &reason);
    }
    let reason = format!("length: '' is no number in decimal digits up to {max}");
    check(get("a"), &length(""), &reason);
    for digits in ["1048577", "9223372036854775800", "18446744073709551615"] {
        let reason = format!("a value of {digits} bytes is announced; at most 1048576 are allowed");
        check(get("a"), &length(digits), &reason);
    }
    check(
        get("a"),
        b"VALUE a 4294967296 1\r\n",
        "flags: '4294967296' is no number in decimal digits up to 4294967295",
    );
    check(
        gets("a"),
        b"VALUE a 0 1 x\r\n",
        &format!("cas number: 'x' is no number in decimal digits up to {max}"),
    );
    check(
        Request::Incr {
            key: key("a"),
            delta: 1,
            initial: None,
        },
        b"1_0\r\n",
        &format!("number: '1_0' is no number in decimal digits up to {max}"),
    );
}

#[test]
fn t2_a_length_within_the_limit_is_only_a_hint() {
    let limits = Limits {
        max_value_len: usize::MAX,
        ..Limits::default()
    };
    let mut connection = asked(&[get("a")], limits);
    let mut input = BytesMut::from("VALUE a 0 1073741824\r\nabc");
    assert_eq!(connection.receive(&mut input).unwrap(), None);
    assert_eq!(connection.wanted(), (1 << 30) + 2 - 3 + 5);
    assert!(input.capacity() < 100);
    let reason = "a value of 1073741825 bytes is announced; at most 1073741824 are allowed";
    check_within(limits, get("a"), b"VALUE a 0 1073741825\r\n", reason);
}

#[test]
fn t3_items_that_were_not_asked_for() {
    let wrong = "an item arrived for the key 'b', which is not awaited";
    check(get("a"), b"VALUE b 0 1\r\n", wrong);
    check(
        get_many(&["a", "c"]),
        b"VALUE a 0 1\r\n1\r\nVALUE b 0 1\r\n",
        wrong,
    );
    let twice = "an item arrived for the key 'a', which is not awaited";
    check(get("a"), b"VALUE a 0 1\r\n1\r\nVALUE a 0 1\r\n", twice);
    check(
        get_many(&["b", "a"]),
        b"VALUE a 0 1\r\n1\r\nVALUE a 0 1\r\n",
        twice,
    );
    let long = format!("VALUE {} 0 1\r\n", "k\x1b".repeat(100));
    let shown = format!(
        "an item arrived for the key '{}… (200 bytes)', which is not awaited",
        r"k\x1b".repeat(24)
    );
    check(get("a"), long.as_bytes(), &shown);
}

#[test]
fn t3_another_order_is_no_fault() {
    let mut connection = asked(&[get_many(&["a", "b", "c", "d"])], Limits::default());
    let rows = b"VALUE c 0 1\r\n3\r\nVALUE a 0 1\r\n1\r\nVALUE d 0 1\r\n4\r\nEND\r\n";
    let answers = feed(&mut connection, [&rows[..]]).unwrap();
    let found = vec![Some(item("1")), None, Some(item("3")), Some(item("4"))];
    assert_eq!(answers[0].reply, Reply::Values(found));
}

#[test]
fn t4_no_line_end_where_one_is_due() {
    let reason = |found| format!(r"'{found}' stands where a line end (\r\n) is due");
    check(get("a"), b"VALUE a 0 1\r\n12\r\nEND\r\n", &reason(r"2\r"));
    check(get("a"), b"VALUE a 0 2\r\n1\r\nEND\r\n", &reason(r"\nE"));
    check(get("a"), b"END\n", &reason(r"END\n"));
    check(set(), b"STORED\n", &reason(r"STORED\n"));
    check(get("a"), b"\n", &reason(r"\n"));
}

#[test]
fn t5_lines_that_are_no_reply_to_what_was_asked() {
    let delete = || Request::Delete { key: key("a") };
    let touch = || Request::Touch {
        key: key("a"),
        exptime: Exptime::NEVER,
    };
    let incr = || Request::Incr {
        key: key("a"),
        delta: 1,
        initial: None,
    };
    let rows = [
        (get("a"), "STORED", "get"),
        (get("a"), "EnD", "get"),
        (get("a"), "end", "get"),
        (get("a"), "END ", "get"),
        (get("a"), "", "get"),
        (get("a"), "VALUE a 0", "get"),
        (get("a"), "VALUE a 0 1 2", "get"),
        (get("a"), "VALUE a 0 1 2 3", "get"),
        (get("a"), "HTTP/1.1 400 Bad Request", "get"),
        (gets("a"), "VALUE a 0 1", "gets"),
        (gets("a"), "VALUE a 0 1 2 3", "gets"),
        (get("a"), "NOT_FOUND", "get"),
        (set(), "END", "set"),
        (set(), "EXISTS", "set"),
        (set(), "stored", "set"),
        (store(Verb::Cas(1), "1"), "NOT_STORED", "cas"),
        (delete(), "STORED", "delete"),
        (touch(), "DELETED", "touch"),
        (incr(), "STORED", "incr"),
        (incr(), "-1", "incr"),
        (incr(), "", "incr"),
        (Request::Version, "OK", "version"),
        (Request::Version, "-ERR unknown command", "version"),
        (Request::FlushAll { delay: None }, "END", "flush_all"),
        (Request::Stats { topic: None }, "VALUE a 0 1", "stats"),
        (Request::Stats { topic: None }, "STAT", "stats"),
        (set(), "ERRORS", "set"),
        (set(), "SERVER_ERRORS out", "set"),
    ];
    for (request, line, command) in rows {
        let reason = format!("'{line}' is no reply to {command}");
        check(request, format!("{line}\r\n").as_bytes(), &reason);
    }
}

#[test]
fn t5_nothing_answers_a_quit() {
    let mut connection = asked(&[Request::Quit], Limits::default());
    assert_eq!(
        connection.push(&Request::Version, 1),
        Err((SendError::Closed, 1))
    );
    let error = feed(&mut connection, [&b"ERROR\r\n"[..]]).unwrap_err();
    assert_eq!(error.to_string(), "'ERROR' is no reply to quit");
}

#[test]
fn t6_too_many_connections() {
    let line = b"ERROR Too many open connections\r\n";
    for (requests, pieces) in [
        (vec![], 1),
        (vec![], 40),
        (vec![set(), get("a")], 1),
        (vec![set()], 40),
    ] {
        let mut connection = asked(&requests, Limits::default());
        let error = feed(&mut connection, line.chunks(pieces)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server has too many open connections"
        );
        let unsent = (0..requests.len()).map(|tag| (tag, Sent::Nothing));
        assert!(connection.closed(u64::MAX).eq(unsent));
    }
}

#[test]
fn t6_the_same_line_later_is_an_answer() {
    let mut connection = asked(&[get("a"), get("a")], Limits::default());
    let bytes = &b"END\r\nERROR Too many open connections\r\n"[..];
    let (answers, error) = feed_all(&mut connection, [bytes]);
    let refusal = Refusal::new(RefusalKind::UnknownCommand, "Too many open connections");
    assert_eq!(answers[1].reply, Reply::Refused(refusal.clone()));
    assert_eq!(error, Some(ProtocolError::GivenUp));

    let pieces = [&b"STAT a 1\r\n"[..], b"ERROR Too many open connections\r\n"];
    let mut connection = asked(&[Request::Stats { topic: None }], Limits::default());
    let (answers, _) = feed_all(&mut connection, pieces);
    assert_eq!(answers[0].reply, Reply::Refused(refusal));
}

#[test]
fn t7_bytes_that_nobody_asked_for() {
    let mut connection = asked(&[get("a")], Limits::default());
    let error = feed(&mut connection, [&b"END\r\nE"[..]]).unwrap_err();
    assert_eq!(error.to_string(), "'E' arrived, though nothing was asked");
}

#[test]
fn t8_more_rows_than_anybody_wants() {
    let limits = Limits {
        max_rows: 2,
        ..Limits::default()
    };
    let rows = "STAT a 1\r\n".repeat(3);
    let reason = "a reply to stats has more than 2 rows";
    check_within(
        limits,
        Request::Stats { topic: None },
        rows.as_bytes(),
        reason,
    );
}

#[test]
fn t1_and_t8_counts_by_prefix() {
    let dump = || Request::Stats {
        topic: Some(StatsTopic::DetailDump),
    };
    let limits = Limits {
        max_rows: 2,
        ..Limits::default()
    };
    let row = "PREFIX a get 0 hit 0 set 0 del 0\r\n";
    let reason = "a reply to stats has more than 2 rows";
    check_within(limits, dump(), row.repeat(3).as_bytes(), reason);
    let reason = "count: '-1' is no number in decimal digits up to 18446744073709551615";
    check(dump(), b"PREFIX a get -1 hit 0 set 0 del 0\r\n", reason);
    for row in [
        "PREFIX a get 0 hit 0 set 0 del",
        "PREFIX a get 0 hit 0 set 0",
        "PREFIX a get 0 hit 0 set 0 del 0 0",
        "PREFIX a get 0 miss 0 set 0 del 0",
        "STAT a 0",
        "OK",
    ] {
        let reason = format!("'{row}' is no reply to stats");
        check(dump(), format!("{row}\r\n").as_bytes(), &reason);
    }
}

fn batch_of(requests: &[Request<'static>]) -> Request<'static> {
    Request::Batch(requests.iter().cloned().collect())
}
