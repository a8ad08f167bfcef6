//! What a server reads, right and wrong, and what it may write.

use mc_proto::binary::{Command, Mode, Refused, Request, decode_request, encode_reply};
use mc_proto::{
    Exptime, Item, Key, Limits, Outgoing, PrefixCounts, RefusalKind, Reply, SaslStep, Secret,
    StatsTopic,
};

use crate::packet::{self, Packet, answers, asks};
use crate::support::{item, key, written};

fn limits() -> Limits {
    Limits {
        max_value_len: 10,
        ..Limits::default()
    }
}

/// The bytes start with this request, and it is not read from fewer.
fn check(packet: &Packet, quiet: bool, command: Command<'_>) {
    let bytes = packet.clone().opaque(7).cas(9).bytes();
    for end in 0..bytes.len() {
        assert_eq!(decode_request(&bytes[..end], &limits()), Ok(None));
    }
    let with_more = [&bytes[..], b"\x80\x0a"].concat();
    let incoming = decode_request(&with_more, &limits()).unwrap().unwrap();
    let expected = Request {
        opaque: 7,
        cas: 9,
        quiet,
        command,
    };
    assert_eq!((incoming.request, incoming.len), (expected, bytes.len()));
}

/// The bytes start with no request: why, the status that says so, and how
/// much to skip. The body need not have come.
fn check_bad(bytes: &[u8], reason: &str, status: Option<u16>, skip: Option<usize>) {
    for bytes in [bytes, &bytes[..24.min(bytes.len())]] {
        let bad = decode_request(bytes, &limits()).unwrap_err();
        assert_eq!((&*bad.to_string(), bad.skip), (reason, skip));
        assert_eq!(bad.reply.map(|reply| reply.status.code()), status);
    }
}

#[test]
fn what_clients_of_other_makes_send() {
    let a = || key("a");
    let get = |with_key| Command::Get { key: a(), with_key };
    check(&asks(0x0c).key("a"), false, get(true));
    check(&asks(0x0d).key("a"), true, get(true));
    check(&asks(0x09).key("a"), true, get(false));
    let store = |mode| Command::Store {
        mode,
        key: a(),
        flags: 1,
        exptime: Exptime::AT_ONCE,
        value: b"v"[..].into(),
    };
    let put = |opcode| asks(opcode).u32(1).u32(u32::MAX).key("a").value("v");
    check(&put(0x01), false, store(Mode::Set));
    check(&put(0x12), true, store(Mode::Add));
    check(&put(0x13), true, store(Mode::Replace));
    let initial = None;
    let incr = Command::Increment {
        key: a(),
        delta: 3,
        initial,
    };
    check(&asks(0x15).u64(3).u64(5).u32(u32::MAX).key("a"), true, incr);
    let delay = Some(u32::MAX);
    check(&asks(0x18).u32(u32::MAX), true, Command::Flush { delay });
    check(&asks(0x07), false, Command::Quit);
    let topic = Some(StatsTopic::DetailDump);
    check(
        &asks(0x10).key("detail dump"),
        false,
        Command::Stat { topic },
    );
    let step = SaslStep::Start {
        mechanism: b"PLAIN",
        data: Secret::new(b"\0a\0b"),
    };
    let plain = asks(0x21).key("PLAIN").value("\0a\0b");
    check(&plain, false, Command::Sasl(step));
}

#[test]
fn raw_keys_are_told_apart() {
    let read = |name: &str| {
        let bytes = asks(0x00).key(name).bytes();
        let incoming = decode_request(&bytes, &limits()).unwrap().unwrap();
        let Command::Get { key, .. } = incoming.request.command else {
            panic!("{:?}", incoming.request)
        };
        (key.to_vec(), key.is_raw())
    };
    assert_eq!(read("a"), (b"a".to_vec(), false));
    assert_eq!(read("a b"), (b"a b".to_vec(), true));
    assert_eq!(read("\r\n\0"), (b"\r\n\0".to_vec(), true));
}

#[test]
fn wrong_requests_are_skipped_exactly() {
    let (invalid, unknown) = (Some(0x04), Some(0x81));
    let cases = [
        (
            asks(0x00),
            "get (0x00): a key of 0 bytes; 1 to 250 are allowed",
        ),
        (
            asks(0x00).key("k".repeat(251)),
            "get (0x00): a key of 251 bytes; 1 to 250 are allowed",
        ),
        (
            asks(0x00).key("k".repeat(65_535)),
            "get (0x00): a key of 65535 bytes; 1 to 250 are allowed",
        ),
        (
            asks(0x00).key("a").value("v"),
            "get (0x00): a value of 1 bytes; 0 to 0 are allowed",
        ),
        (
            asks(0x09).u32(1).key("a"),
            "getq (0x09): extras of 4 bytes; 0 to 0 are allowed",
        ),
        (
            asks(0x01).u32(1).key("a"),
            "set (0x01): extras of 4 bytes; 8 to 8 are allowed",
        ),
        (
            asks(0x05).u64(1).u64(1).key("a"),
            "increment (0x05): extras of 16 bytes; 20 to 20 are allowed",
        ),
        (
            asks(0x0a).key("a"),
            "noop (0x0a): a key of 1 bytes; 0 to 0 are allowed",
        ),
        (
            asks(0x08).value("v"),
            "flush (0x08): a value of 1 bytes; 0 to 0 are allowed",
        ),
    ];
    for (packet, reason) in cases {
        let bytes = packet.bytes();
        check_bad(&bytes, reason, invalid, Some(bytes.len()));
    }
    let mut flush = asks(0x08);
    flush.extras = vec![0, 1];
    let reason = "flush (0x08): extras of 2 bytes; they come in fours";
    check_bad(&flush.bytes(), reason, invalid, Some(26));
    let reason = "0x1f is no opcode";
    check_bad(&asks(0x1f).key("abc").bytes(), reason, unknown, Some(27));
    let reason = "set (0x01): a value of 11 bytes; 0 to 10 are allowed";
    let large = asks(0x01).u64(0).key("a").value("v".repeat(11)).bytes();
    check_bad(&large, reason, Some(0x03), Some(44));
    let mut typed = asks(0x0a);
    typed.datatype = 1;
    let reason = "a packet has the data type 1; only 0, plain bytes, is allowed";
    check_bad(&typed.bytes(), reason, invalid, Some(24));
}

#[test]
fn wrong_names_are_refused_when_they_are_there() {
    let check = |packet: Packet, reason: &str, status| {
        let bytes = packet.bytes();
        let bad = decode_request(&bytes, &limits()).unwrap_err();
        assert_eq!(bad.to_string(), reason);
        assert_eq!(bad.reply.unwrap().status.code(), status);
        assert_eq!(bad.skip, Some(bytes.len()));
    };
    let reason = "there are no statistics of this name";
    check(asks(0x10).key("nosuch"), reason, 0x01);
    let reason = "a SASL mechanism is 1 to 20 upper-case letters, digits, hyphens and underscores";
    check(asks(0x21).key("plain"), reason, 0x04);
    check(asks(0x21).key("P".repeat(21)), reason, 0x04);
}

#[test]
fn where_the_next_request_starts_nobody_knows() {
    let reason = "a packet begins with 0x67; 0x80 is due";
    check_bad(b"get a\r\n", reason, None, None);
    check_bad(b"g", reason, None, None);
    let reply = answers(0x0a).bytes();
    check_bad(&reply, "a packet begins with 0x81; 0x80 is due", None, None);
    let mut short = asks(0x00).key("abc").bytes();
    short[11] = 2;
    let reason = "a body of 2 bytes cannot hold 0 bytes of extras and a key of 3";
    check_bad(&short, reason, Some(0x04), None);
}

#[test]
fn a_refusal_names_the_request() {
    let bytes = asks(0x77).opaque(0x0102_0304).bytes();
    let bad = decode_request(&bytes, &limits()).unwrap_err();
    let mut out = Outgoing::default();
    bad.reply.as_ref().unwrap().encode(&mut out);
    let expected = answers(0x77).opaque(0x0102_0304).status(0x81);
    let expected = expected.value("Unknown command").bytes();
    assert_eq!(written(out), expected);
    let Refused { opcode, opaque, .. } = bad.reply.unwrap();
    assert_eq!((opcode, opaque), (0x77, 0x0102_0304));
}

fn asked(quiet: bool, command: Command<'_>) -> Request<'_> {
    Request {
        opaque: 7,
        cas: 0,
        quiet,
        command,
    }
}

/// The reply to this request is these packets.
fn check_reply(request: &Request<'_>, reply: Reply, expected: &[Packet]) {
    let mut out = Outgoing::default();
    encode_reply(request, &reply, &mut out).unwrap();
    assert_eq!(written(out), packet::bytes(expected), "{reply:?}");
}

#[test]
fn replies_as_memcached_words_them() {
    let get = |quiet, with_key| {
        asked(
            quiet,
            Command::Get {
                key: key("a"),
                with_key,
            },
        )
    };
    let full = Item {
        flags: 5,
        cas: Some(9),
        ..item("v")
    };
    let hit = |opcode| answers(opcode).opaque(7).cas(9).u32(5).value("v");
    let hits = || Reply::Value(Some(full.clone()));
    check_reply(&get(false, false), hits(), &[hit(0x00)]);
    check_reply(&get(true, false), hits(), &[hit(0x09)]);
    check_reply(&get(false, true), hits(), &[hit(0x0c).key("a")]);
    check_reply(&get(true, true), hits(), &[hit(0x0d).key("a")]);
    let miss = |opcode| answers(opcode).opaque(7).status(1);
    let none = || Reply::Value(None);
    check_reply(&get(false, false), none(), &[miss(0x00).value("Not found")]);
    check_reply(&get(false, true), none(), &[miss(0x0c).key("a")]);
    check_reply(&get(true, false), none(), &[]);
    check_reply(&get(true, true), none(), &[]);
    let store = |quiet, mode| {
        let command = Command::Store {
            mode,
            key: key("a"),
            flags: 0,
            exptime: Exptime::NEVER,
            value: b""[..].into(),
        };
        asked(quiet, command)
    };
    let no = |opcode, status, words: &str| answers(opcode).opaque(7).status(status).value(words);
    let exists = |opcode| no(opcode, 2, "Data exists for key.");
    check_reply(&store(false, Mode::Add), Reply::NotStored, &[exists(0x02)]);
    check_reply(&store(true, Mode::Add), Reply::NotStored, &[exists(0x12)]);
    let missing = no(0x03, 1, "Not found");
    check_reply(&store(false, Mode::Replace), Reply::NotStored, &[missing]);
    let not_stored = no(0x01, 5, "Not stored.");
    check_reply(&store(false, Mode::Set), Reply::NotStored, &[not_stored]);
    check_reply(&store(true, Mode::Set), Reply::Stored, &[]);
    let words = no(0x11, 3, "object too large for cache");
    let too_large = Reply::Refused(RefusalKind::TooLarge.into());
    check_reply(&store(true, Mode::Set), too_large, &[words]);
    let by_number = Request {
        cas: 3,
        ..asked(false, Command::Delete { key: key("a") })
    };
    check_reply(&by_number, Reply::Exists, &[exists(0x04)]);
}

/// The reply cannot be written, and nothing is.
fn check_refused(request: &Request<'_>, reply: Reply, reason: &str) {
    let mut out = Outgoing::default();
    let error = encode_reply(request, &reply, &mut out).unwrap_err();
    assert_eq!(error.to_string(), reason);
    assert_eq!(written(out), b"");
}

#[test]
fn replies_that_are_none() {
    let delete = asked(false, Command::Delete { key: key("a") });
    let reason = "the reply does not answer a delete";
    check_refused(&delete, Reply::Stored, reason);
    check_refused(&delete, Reply::Exists, reason);
    check_refused(
        &asked(true, Command::Quit),
        Reply::Ok,
        "the reply does not answer a quit",
    );
    let noop = asked(true, Command::Noop);
    check_refused(
        &noop,
        Reply::Refused(RefusalKind::Server.into()),
        "the reply does not answer a noop",
    );
    let stat = asked(false, Command::Stat { topic: None });
    let rows = |name: &'static str| {
        Reply::Stats(vec![("a".into(), "1".into()), (name.into(), "1".into())])
    };
    let reason = "stat (0x10): a key of 0 bytes; 1 to 250 are allowed";
    check_refused(&stat, rows(""), reason);
    let reason = "stat (0x10): a key of 251 bytes; 0 to 250 are allowed";
    check_refused(&stat, rows("k".repeat(251).leak()), reason);
    let topic = Some(StatsTopic::DetailDump);
    let dump = asked(false, Command::Stat { topic });
    let counts = PrefixCounts {
        prefix: "a\nb".into(),
        ..PrefixCounts::default()
    };
    let reason = r"the byte '\n' is not allowed in a prefix";
    check_refused(&dump, Reply::Prefixes(vec![counts]), reason);
}

#[test]
fn requests_that_cannot_be_written() {
    let check = |request: Request<'_>, reason: &str| {
        let mut out = Outgoing::default();
        let error = request.encode(&limits(), &mut out).unwrap_err();
        assert_eq!(error.to_string(), reason);
        assert_eq!(written(out), b"");
    };
    let reason = "the binary protocol cannot carry a quiet form of this command";
    check(asked(true, Command::Noop), reason);
    let append = Command::Append {
        key: Key::new(b"a").unwrap(),
        value: b"eleven byte"[..].into(),
    };
    let reason = "a value of 11 bytes is too large; at most 10 are allowed";
    check(asked(false, append), reason);
    let delay = Some(1 << 31);
    let reason = "a delay of 2147483648 seconds is too long; at most 2147483647 are allowed";
    check(asked(false, Command::Flush { delay }), reason);
    let step = SaslStep::Continue {
        mechanism: b"cram",
        data: Secret::new(b""),
    };
    let reason = "a SASL mechanism is 1 to 20 upper-case letters, digits, hyphens and underscores";
    check(asked(false, Command::Sasl(step)), reason);
}
