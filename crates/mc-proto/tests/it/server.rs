//! What a server reads, right and wrong, and what it may write.

use mc_proto::text::{BadRequest, Incoming, decode_auth, decode_request, encode_reply};
use mc_proto::{
    Exptime, Item, Limits, Outgoing, PrefixCounts, Refusal, RefusalKind, Reply, Request, Secret,
    StatsTopic, Verb,
};

use crate::support::{get, get_many, gets, item, key, set};

fn limits() -> Limits {
    Limits {
        max_value_len: 10,
        max_line_len: 60,
        max_keys: 3,
        max_batch: 10,
        max_rows: 10,
    }
}

/// The bytes start with this request.
fn check(bytes: &str, request: Request<'static>, noreply: bool, len: usize) {
    let found = decode_request(bytes.as_bytes(), &limits()).unwrap();
    assert_eq!(
        found,
        Some(Incoming {
            request,
            noreply,
            len
        }),
        "{bytes:?}"
    );
}

/// The bytes start with no request: the refusal, and how much to skip.
fn check_bad(bytes: &str, refusal: &str, skip: Option<usize>) {
    let bad = decode_request(bytes.as_bytes(), &limits()).unwrap_err();
    assert_eq!(
        (bad.to_string().as_str(), bad.skip),
        (refusal, skip),
        "{bytes:?}"
    );
}

#[test]
fn lenient_as_memcached_is() {
    check("get a\n", get("a"), false, 6);
    check("  get   a \r\nrest", get("a"), false, 12);
    check("gets a\r\n", gets("a"), false, 8);
    check("get  a  b \r\n", get_many(&["a", "b"]), false, 12);
    check("get noreply\r\n", get("noreply"), false, 13);
    let delete = || Request::Delete {
        key: key("noreply"),
    };
    check("delete  noreply\r\n", delete(), false, 17);
    check("delete noreply noreply\r\n", delete(), true, 24);
    let gat = Request::GatMany {
        keys: vec![key("a"), key("noreply")].into(),
        exptime: Exptime::from_wire(10),
        cas: false,
    };
    check("gat  10 a noreply\r\n", gat, false, 19);
    check("get a noreply\r\n", get_many(&["a", "noreply"]), false, 15);
    check("version anything\r\n", Request::Version, false, 18);
    check("quit now\r\n", Request::Quit, false, 10);
    check(
        "delete a 0\r\n",
        Request::Delete { key: key("a") },
        false,
        12,
    );
}

#[test]
fn no_reply_wanted() {
    check("set a 0 0 1 noreply\r\n1\r\nrest", set(), true, 24);
    check(
        "delete a noreply\r\n",
        Request::Delete { key: key("a") },
        true,
        18,
    );
    check(
        "delete a 0 noreply \r\n",
        Request::Delete { key: key("a") },
        true,
        21,
    );
    check(
        "incr a 5 noreply\r\n",
        Request::Incr {
            key: key("a"),
            delta: 5,
            initial: None,
        },
        true,
        18,
    );
    check(
        "flush_all noreply\r\n",
        Request::FlushAll { delay: None },
        true,
        19,
    );
    check(
        "flush_all 0 noreply\r\n",
        Request::FlushAll { delay: Some(0) },
        true,
        21,
    );
    check(
        "verbosity 1 noreply\r\n",
        Request::Verbosity { level: 1 },
        true,
        21,
    );
    let touch = Request::Touch {
        key: key("a"),
        exptime: Exptime::AT_ONCE,
    };
    check("touch a -1 noreply\r\n", touch, true, 20);
    let bad = decode_request(b"set a 0 0 99 noreply\r\n", &limits()).unwrap_err();
    let refusal = Refusal::from(RefusalKind::TooLarge);
    assert_eq!(
        bad,
        BadRequest {
            refusal,
            noreply: true,
            skip: Some(22 + 99 + 2)
        }
    );
}

#[test]
fn incomplete_requests() {
    for bytes in [
        "",
        "g",
        "get a",
        "get a\r",
        "set a 0 0 1\r\n",
        "set a 0 0 1\r\n1\r",
    ] {
        assert_eq!(
            decode_request(bytes.as_bytes(), &limits()),
            Ok(None),
            "{bytes:?}"
        );
    }
}

const FORMAT: &str = "CLIENT_ERROR bad command line format";

#[test]
fn wrong_requests_end_with_their_line() {
    check_bad("\r\n", "ERROR", Some(2));
    check_bad("GET a\r\n", "ERROR", Some(7));
    check_bad("get\r\nget a\r\n", "ERROR", Some(5));
    check_bad("verbosity\r\n", "ERROR", Some(11));
    check_bad(
        "shutdown now\r\n",
        "CLIENT_ERROR invalid shutdown mode",
        Some(14),
    );
    check_bad("watch fetchers foo\r\n", "ERROR", Some(20));
    check_bad(
        "gat x a\r\n",
        "CLIENT_ERROR invalid exptime argument",
        Some(9),
    );
    check_bad("gat 10\r\n", "ERROR", Some(8));
    check_bad("gat 1 a b c d\r\n", "CLIENT_ERROR too many keys", Some(15));
    check_bad("slabs\r\n", "ERROR", Some(7));
    check_bad("slabs reassign -2 1\r\n", FORMAT, Some(21));
    check_bad("slabs automove 3\r\n", "ERROR", Some(18));
    check_bad("slabs automove ratio 0.1234\r\n", "ERROR", Some(29));
    check_bad("slabs automove window\r\n", "ERROR", Some(23));
    check_bad("lru mode round\r\n", "ERROR", Some(16));
    check_bad("lru tune 1 2 0.1\r\n", "ERROR", Some(18));
    check_bad("lru forget\r\n", "ERROR", Some(12));
    check_bad("lru_crawler enable now\r\n", "ERROR", Some(24));
    check_bad(
        "lru_crawler crawl 64\r\n",
        "BADCLASS invalid class id",
        Some(22),
    );
    check_bad(
        "lru_crawler metadump 1,,2\r\n",
        "BADCLASS invalid class id",
        Some(27),
    );
    check_bad("cache_memlimit 4294967296\r\n", FORMAT, Some(27));
    let usage = "CLIENT_ERROR usage: stats detail on|off|dump";
    check_bad("stats detail\r\n", usage, Some(14));
    check_bad("stats detail x\r\n", usage, Some(16));
    check_bad("incr a\r\n", "ERROR", Some(8));
    check_bad("incr a 1 2\r\n", "ERROR", Some(12));
    check_bad("touch a\r\n", "ERROR", Some(9));
    check_bad("stats foo\r\n", "ERROR", Some(11));
    check_bad("stats items x\r\n", "ERROR", Some(15));
    check_bad(
        "get a\tb\r\n",
        "CLIENT_ERROR bad command line format",
        Some(9),
    );
    check_bad(
        "get a b\x7f\r\n",
        "CLIENT_ERROR bad command line format",
        Some(10),
    );
    check_bad("get a b c d\r\n", "CLIENT_ERROR too many keys", Some(13));
    check_bad(
        "incr a -1\r\n",
        "CLIENT_ERROR invalid numeric delta argument",
        Some(11),
    );
    check_bad(
        "touch a x\r\n",
        "CLIENT_ERROR invalid exptime argument",
        Some(11),
    );
    check_bad(
        "touch a 2147483648\r\n",
        "CLIENT_ERROR invalid exptime argument",
        Some(20),
    );
    check_bad(
        "flush_all -1\r\n",
        "CLIENT_ERROR invalid exptime argument",
        Some(14),
    );
    let usage = "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]";
    check_bad("delete a 5\r\n", usage, Some(12));
}

#[test]
fn a_value_is_never_read_as_commands() {
    let format = "CLIENT_ERROR bad command line format";
    check_bad("set a x 0 3\r\n", format, Some(13 + 5));
    check_bad("set a 4294967296 0 3\r\n", format, Some(22 + 5));
    check_bad("set a 0 x 3\r\n", format, Some(13 + 5));
    check_bad("cas a 0 0 3 x\r\n", format, Some(15 + 5));
    check_bad("set a\x01 0 0 3\r\nabc\r\n", format, Some(14 + 5));
    check_bad(
        "set a 0 0 11\r\n",
        "SERVER_ERROR object too large for cache",
        Some(14 + 13),
    );
    check_bad(
        "set a 0 0 2147483648\r\n",
        "SERVER_ERROR object too large for cache",
        None,
    );
    check_bad("set a 0 0 -1\r\n", format, None);
    check_bad("set a 0 0\r\n", "ERROR", None);
    check_bad("cas a 0 0 3\r\n", "ERROR", None);
    check_bad("set a 0 0 3 4\r\n", "ERROR", None);
    check_bad(
        "set a 0 0 1\r\nabc\r\n",
        "CLIENT_ERROR bad data chunk",
        None,
    );
}

#[test]
fn lines_have_a_limit() {
    check_bad(&"x".repeat(63), "CLIENT_ERROR line too long", None);
    check_bad(
        &format!("{}\r\n", "x".repeat(61)),
        "CLIENT_ERROR line too long",
        None,
    );
    check_bad(&format!("{}\r\n", "x".repeat(60)), "ERROR", Some(62));
    let name = "k".repeat(250).leak();
    let line = format!("get {name} {name} {name}\r\n");
    check(&line, get_many(&[name, name, name]), false, line.len());
    check_bad(&" ".repeat(100_000), "CLIENT_ERROR line too long", None);
    check_bad(&format!("get {}\r\n", " ".repeat(700)), "ERROR", Some(706));
}

/// The reply cannot be written, and nothing is.
fn check_refused(request: &Request<'_>, reply: Reply, reason: &str) {
    let mut out = Outgoing::default();
    let error = encode_reply(request, &reply, &mut out).unwrap_err();
    assert_eq!(error.to_string(), reason);
    assert_eq!(crate::support::written(out), b"");
}

#[test]
fn replies_that_are_none() {
    check_refused(&get("a"), Reply::Stored, "the reply does not answer a get");
    check_refused(
        &set(),
        Reply::Value(None),
        "the reply does not answer a set",
    );
    check_refused(
        &get_many(&["a", "b"]),
        Reply::Values(vec![None]),
        "the reply does not answer a get",
    );
    check_refused(
        &Request::Quit,
        Reply::Ok,
        "the reply does not answer a quit",
    );
    let hit = Reply::Value(Some(item("1")));
    check_refused(
        &gets("a"),
        hit,
        "an item has no cas number, though a gets asked for it",
    );
    let broken = Refusal {
        kind: RefusalKind::Server,
        message: "a\r\nEND".into(),
    };
    check_refused(
        &get("a"),
        Reply::Refused(broken),
        r"the byte '\r' is not allowed in a message",
    );
    let version = Reply::Version("1\n".into());
    check_refused(
        &Request::Version,
        version,
        r"the byte '\n' is not allowed in a version",
    );
    let stats = Request::Stats { topic: None };
    let rows = Reply::Stats(vec![("a b".into(), "1".into())]);
    check_refused(&stats, rows, "the byte ' ' is not allowed in a name");
    let rows = Reply::Stats(vec![("a".into(), "1\n".into())]);
    check_refused(&stats, rows, r"the byte '\n' is not allowed in a value");
    let dump = Request::Stats {
        topic: Some(StatsTopic::DetailDump),
    };
    for (prefix, reason) in [
        ("a b", "the byte ' ' is not allowed in a prefix"),
        ("a\r", r"the byte '\r' is not allowed in a prefix"),
    ] {
        let row = |prefix: &'static str| PrefixCounts {
            prefix: prefix.into(),
            ..PrefixCounts::default()
        };
        let rows = Reply::Prefixes(vec![row("good"), row(prefix)]);
        check_refused(&dump, rows, reason);
    }
    let batch = Request::Batch(vec![set(), set()].into());
    let short = Reply::Batch(vec![Reply::Stored]);
    check_refused(&batch, short, "the reply does not answer a batch");
    let wrong = Reply::Batch(vec![Reply::Stored, Reply::Deleted]);
    check_refused(&batch, wrong, "the reply does not answer a set");
}

#[test]
fn a_cas_number_is_written_only_if_asked_for() {
    let reply = Reply::Value(Some(Item {
        cas: Some(7),
        ..item("1")
    }));
    let mut out = Outgoing::default();
    encode_reply(&get("a"), &reply, &mut out).unwrap();
    encode_reply(&gets("a"), &reply, &mut out).unwrap();
    let wire = crate::support::written(out);
    assert_eq!(
        wire,
        b"VALUE a 0 1\r\n1\r\nEND\r\nVALUE a 0 1 7\r\n1\r\nEND\r\n"
    );
}

#[test]
fn a_number_may_have_spaces_behind_it() {
    let incr = Request::Incr {
        key: key("a"),
        delta: 1,
        initial: None,
    };
    let mut connection = crate::support::asked(&[incr], Limits::default());
    let answers = crate::support::feed(&mut connection, [&b"9  \r\n"[..]]).unwrap();
    assert_eq!(answers[0].reply, Reply::Number(9));
}

#[test]
fn verbs_are_told_apart() {
    for verb in [
        Verb::Set,
        Verb::Add,
        Verb::Replace,
        Verb::Append,
        Verb::Prepend,
    ] {
        let request = crate::support::store(verb, "1");
        check(
            &format!("{} a 0 0 1\r\n1\r\n", verb.name()),
            request,
            false,
            13 + verb.name().len(),
        );
    }
}

#[test]
fn who_gives_no_password_is_asked_for_it() {
    let check = |bytes: &str, refusal: &str, skip| {
        let bad = decode_auth(bytes.as_bytes(), &limits()).unwrap_err();
        let found = (bad.to_string(), bad.noreply, bad.skip);
        assert_eq!(found, (refusal.to_owned(), false, skip), "{bytes:?}");
    };
    let unauthenticated = "CLIENT_ERROR unauthenticated";
    check("get a\r\n", unauthenticated, Some(7));
    check("delete a noreply\r\n", unauthenticated, Some(18));
    check("add a 0 0 3\r\na b\r\n", unauthenticated, Some(18));
    check("nonsense\r\n", unauthenticated, Some(10));
    check(
        "set a 0 0 99 noreply\r\n",
        unauthenticated,
        Some(22 + 99 + 2),
    );
    check("set a 0 0 -1\r\n", unauthenticated, None);
    let format = "CLIENT_ERROR bad authentication token format";
    check("set a 0 0 2\r\nab\r\n", format, Some(17));
    assert_eq!(decode_auth(b"set a 0 0 3\r\na b\r", &limits()), Ok(None));
    let incoming = decode_auth(b"set a 7 9 5 noreply\r\na b c\r\n", &limits());
    let request = Request::Auth {
        user: b"a",
        password: Secret::new(b"b c"),
    };
    assert_eq!(incoming.unwrap().unwrap().request, request);
}
