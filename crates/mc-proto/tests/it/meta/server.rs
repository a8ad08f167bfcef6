//! What a server reads, right and wrong, and what it may write.

use mc_proto::meta::{Arithmetic, ArithmeticMode, Debug, Delete, Get, Returned, Set, SetMode};
use mc_proto::text::{Incoming, encode_reply};
use mc_proto::{Exptime, Key, Limits, Outgoing, RefusalKind, Reply, Request, meta};

use crate::support::{key, written};

fn limits() -> Limits {
    Limits {
        max_value_len: 10,
        max_line_len: 60,
        ..Limits::default()
    }
}

/// The bytes start with this request, which takes so many of them.
fn check(bytes: &str, request: impl Into<meta::Request<'static>>, len: usize) {
    let found = meta::decode_request(bytes.as_bytes(), &limits()).unwrap();
    let request = Request::Meta(Box::new(request.into()));
    let expected = Incoming {
        request,
        noreply: false,
        len,
    };
    assert_eq!(found, Some(expected), "{bytes:?}");
}

/// The bytes start with no request: the refusal, and how much to skip.
fn check_bad(bytes: &str, refusal: &str, skip: Option<usize>) {
    let bad = meta::decode_request(bytes.as_bytes(), &limits()).unwrap_err();
    assert_eq!((&*bad.to_string(), bad.skip), (refusal, skip), "{bytes:?}");
    assert!(!bad.noreply);
}

#[test]
fn lenient_as_memcached_is() {
    let a = || Get::new(key("a"));
    check("mg a\n", a(), 5);
    check(" mg  a \r\nrest", a(), 9);
    check("mn and more\r\n", meta::Request::Noop, 13);
    check("me a and more\r\n", Debug::new(key("a")), 15);
    check("ms a 1 s MS\r\n1\r\n", set(|set| set.size = true), 16);
    // A flag of another command is known, and means nothing here.
    check("mg a v I x M? D5 J5 F5\r\n", Get { value: true, ..a() }, 24);
    check("md a v\r\n", Delete::new(key("a")), 8);
    check("ma a J5\r\n", Arithmetic::new(key("a")), 9);
}

fn set(change: impl FnOnce(&mut Set<'static>)) -> Set<'static> {
    let mut set = Set::new(key("a"), &b"1"[..]);
    change(&mut set);
    set
}

#[test]
fn modes() {
    for (letter, mode) in [
        ("S", SetMode::Set),
        ("E", SetMode::Add),
        ("R", SetMode::Replace),
        ("A", SetMode::Append),
        ("P", SetMode::Prepend),
    ] {
        check(
            &format!("ms a 1 M{letter}\r\n1\r\n"),
            set(|set| set.mode = mode),
            14,
        );
    }
    for (letter, mode) in [
        ("I", ArithmeticMode::Incr),
        ("+", ArithmeticMode::Incr),
        ("D", ArithmeticMode::Decr),
        ("-", ArithmeticMode::Decr),
    ] {
        let expected = Arithmetic {
            mode,
            ..Arithmetic::new(key("a"))
        };
        check(&format!("ma a M{letter}\r\n"), expected, 9);
    }
    let invalid = "CLIENT_ERROR invalid mode for";
    check_bad(
        "ms a 1 MX\r\n1\r\n",
        &format!("{invalid} ms M token"),
        Some(14),
    );
    check_bad("ma a MX\r\n", &format!("{invalid} ma M token"), Some(9));
    let len = "CLIENT_ERROR incorrect length for M token";
    check_bad("ma a M\r\n", len, Some(8));
    check_bad("ms a 1 MSS\r\n1\r\n", len, Some(15));
}

#[test]
fn keys_in_base64() {
    let get = |key| Get {
        value: true,
        ..Get::new(key)
    };
    check("mg YSBi v b\r\n", get(Key::raw(b"a b").unwrap()), 13);
    check("mg YSBi b v\r\n", get(Key::raw(b"a b").unwrap()), 13);
    check("mg YSBi v\r\n", get(key("YSBi")), 11);
    let found = meta::decode_request(b"mg YQ== b\r\n", &limits())
        .unwrap()
        .unwrap();
    let Request::Meta(request) = found.request else {
        panic!()
    };
    assert!(request.key().unwrap().as_key().is_raw());
    for word in ["a", "YSB", "YQ=", "YQ", "YR==", "====", "Y Q=="] {
        let line = format!("mg {word} b\r\n");
        assert!(
            meta::decode_request(line.as_bytes(), &limits()).is_err(),
            "{word}"
        );
    }
    check_bad("mg YSB b\r\n", "CLIENT_ERROR error decoding key", Some(10));
    check_bad(
        "me YSB b\r\n",
        "CLIENT_ERROR bad command line format",
        Some(10),
    );
}

#[test]
fn k3_and_k4_keys_too_long() {
    let limits = Limits::default();
    let line = |key: &str, flags: &str| format!("mg {key}{flags}\r\n").into_bytes();
    let fits = |line: &[u8]| meta::decode_request(line, &limits).is_ok();
    assert!(fits(&line(&"k".repeat(250), "")));
    assert!(!fits(&line(&"k".repeat(251), "")));
    assert!(fits(&line(&"A".repeat(248), " b")));
    assert!(!fits(&line(&"A".repeat(252), " b")));
    let set = [&b"ms "[..], &[b'k'; 251], b" 9\r\n"].concat();
    let bad = meta::decode_request(&set, &limits).unwrap_err();
    assert_eq!(bad.skip, Some(set.len() + 11));
}

#[test]
fn flags_twice_unknown_or_wrong() {
    let token = "CLIENT_ERROR bad token in command line format";
    check_bad("mg a v v\r\n", "CLIENT_ERROR duplicate flag", Some(10));
    check_bad("mg a O1 O2\r\n", "CLIENT_ERROR duplicate flag", Some(12));
    check_bad("mg a y\r\n", "CLIENT_ERROR invalid flag", Some(8));
    check_bad("mg a noreply\r\n", "CLIENT_ERROR invalid flag", Some(14));
    check_bad("mg a \u{e9}\r\n", "CLIENT_ERROR invalid flag", Some(9));
    check_bad("mg a T\r\n", token, Some(8));
    check_bad("mg a T1x\r\n", token, Some(10));
    check_bad("mg a N2147483648\r\n", token, Some(18));
    check_bad("mg a C-1\r\n", token, Some(10));
    check_bad("mg a O\r\n", token, Some(8));
    check_bad(
        "ma a D\r\n",
        "CLIENT_ERROR invalid numeric delta value",
        Some(8),
    );
    check_bad(
        "ma a J-1\r\n",
        "CLIENT_ERROR invalid numeric initial value",
        Some(10),
    );
    let long = format!("mg a O{}\r\n", "1".repeat(32));
    check_bad(&long, "CLIENT_ERROR opaque token too long", Some(40));
    let long = format!("mg a {}\r\n", "v".repeat(60));
    check_bad(&long, "CLIENT_ERROR line too long", None);
}

/// A value is never taken for commands.
#[test]
fn values_are_skipped_where_something_else_is_wrong() {
    let format = "CLIENT_ERROR bad command line format";
    check_bad(
        "ms a 5 v v\r\nflush",
        "CLIENT_ERROR duplicate flag",
        Some(19),
    );
    check_bad("ms a 5 F4294967296\r\n", format, Some(27));
    check_bad(
        "ms a 11\r\n",
        "SERVER_ERROR object too large for cache",
        Some(22),
    );
    check_bad("ms a 5\r\n1234567", "CLIENT_ERROR bad data chunk", None);
    check_bad("ms a\r\n", format, None);
    check_bad("ms a x\r\n", format, None);
    check_bad("ms a -1\r\n", format, None);
    check_bad(
        "ms a 2147483648\r\n",
        "SERVER_ERROR object too large for cache",
        None,
    );
    check_bad("ms\r\n", "ERROR", Some(4));
    check_bad("mg\r\n", "ERROR", Some(4));
    check_bad("md\r\n", "ERROR", Some(4));
    check_bad("ma\r\n", "ERROR", Some(4));
    check_bad("me\r\n", format, Some(4));
    check_bad("mx a\r\n", "ERROR", Some(6));
    check_bad("m\r\n", "ERROR", Some(3));
}

#[test]
fn half_a_request_is_none() {
    for wire in ["mg a v\r\n", "ms a 5 c\r\nhello\r\n", "mn\r\n"] {
        for end in 0..wire.len() {
            let found = meta::decode_request(&wire.as_bytes()[..end], &limits());
            assert_eq!(found, Ok(None), "{:?}", &wire[..end]);
        }
    }
}

/// What a server writes to this request with this reply.
fn answer(request: impl Into<meta::Request<'static>>, reply: meta::Reply) -> Option<String> {
    let request = Request::Meta(Box::new(request.into()));
    let mut out = Outgoing::default();
    let result = encode_reply(&request, &Reply::Meta(reply.into()), &mut out);
    let bytes = String::from_utf8(written(out)).unwrap();
    assert!(result.is_ok() || bytes.is_empty());
    result.ok().map(|()| bytes)
}

#[test]
fn quiet_requests_go_without_the_likely_reply() {
    use meta::Reply::{Done, Exists, Miss, NotFound, Value};
    let none = Returned::default();
    let get = || Get {
        quiet: true,
        value: true,
        ..Get::new(key("a"))
    };
    assert_eq!(answer(get(), Miss).unwrap(), "");
    assert_eq!(
        answer(get(), Value("".into(), none)).unwrap(),
        "VA 0\r\n\r\n"
    );
    let set = || set(|set| set.quiet = true);
    assert_eq!(answer(set(), Done(none)).unwrap(), "");
    assert_eq!(answer(set(), Exists(none)).unwrap(), "EX\r\n");
    let delete = || Delete {
        quiet: true,
        ..Delete::new(key("a"))
    };
    assert_eq!(answer(delete(), Done(none)).unwrap(), "");
    assert_eq!(answer(delete(), NotFound(none)).unwrap(), "NF\r\n");
    let count = || Arithmetic {
        quiet: true,
        value: true,
        ..Arithmetic::new(key("a"))
    };
    assert_eq!(answer(count(), Value("1".into(), none)).unwrap(), "");

    let mut out = Outgoing::default();
    let refused = Reply::Refused(RefusalKind::OutOfMemory.into());
    encode_reply(&Request::Meta(set().into()), &refused, &mut out).unwrap();
    assert_eq!(
        written(out),
        b"SERVER_ERROR out of memory storing object\r\n"
    );
}

#[test]
fn replies_that_do_not_answer() {
    use meta::Reply::{Debug as Known, Done, Exists, Miss, Noop, NotFound, Value};
    let none = Returned::default();
    let a = || Get::new(key("a"));
    let valued = || Get { value: true, ..a() };
    assert_eq!(answer(a(), Value("1".into(), none)), None);
    assert_eq!(answer(valued(), Done(none)), None);
    assert_eq!(answer(a(), NotFound(none)), None);
    assert_eq!(answer(Delete::new(key("a")), Miss), None);
    assert_eq!(answer(meta::Request::Noop, Done(none)), None);
    assert_eq!(answer(a(), Noop), None);
    assert_eq!(answer(Debug::new(key("a")), Exists(none)), None);
    let me = |name: &'static str, value: &'static str| {
        answer(
            Debug::new(key("a")),
            Known(vec![(name.into(), value.into())]),
        )
    };
    assert_eq!(me("exp", "-1").unwrap(), "ME a exp=-1\r\n");
    for (name, value) in [("e p", "1"), ("e=p", "1"), ("exp", "1 2"), ("exp", "1\r\n")] {
        assert_eq!(me(name, value), None);
    }
    let classic = Request::Get {
        key: key("a"),
        cas: false,
    };
    let mut out = Outgoing::default();
    assert!(encode_reply(&classic, &Reply::Meta(Miss.into()), &mut out).is_err());
    let request = Request::Meta(a().into());
    assert!(encode_reply(&request, &Reply::Stored, &mut out).is_err());
    assert!(written(out).is_empty());
}

#[test]
fn end_times() {
    let get = |seconds| Get {
        touch: Some(Exptime::from_wire(seconds)),
        ..Get::new(key("a"))
    };
    check("mg a T-1\r\n", get(-1), 10);
    check("mg a T2147483647\r\n", get(i32::MAX), 18);
    check("mg a T-2147483648\r\n", get(i32::MIN), 19);
}
