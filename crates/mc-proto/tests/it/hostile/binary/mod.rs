//! Rows B, and what V and T say, in the binary protocol.

mod unsent;

use bytes::BytesMut;
use mc_proto::{
    Connection, Disposition, Limits, Protocol, ProtocolError, Refusal, RefusalKind, Reply, Request,
    SaslStep, Secret, SendError, Sent, StatsTopic, Verb,
};

use super::batch_of;
use crate::packet::{Packet, answers, bytes};
use crate::support::{asked_in, feed, feed_all, get, get_many, item, key, set, store};

fn limits() -> Limits {
    Limits {
        max_value_len: 100,
        max_line_len: 60,
        max_rows: 2,
        ..Limits::default()
    }
}

fn asked(requests: &[Request<'_>]) -> Connection<usize> {
    asked_in(Protocol::Binary, requests, limits())
}

/// The bytes are no reply to the request, for this reason, however they
/// arrive; and from then on the connection says nothing else.
fn check(request: Request<'static>, wire: &[u8], reason: &str) {
    for size in [1, 7, wire.len()] {
        let mut connection = asked(&[request.clone(), get("a")]);
        let error = feed(&mut connection, wire.chunks(size)).unwrap_err();
        assert_eq!(error.to_string(), reason, "in pieces of {size}");
        let good = &answers(0x00).u32(0).bytes()[..];
        assert_eq!(feed(&mut connection, [good]).unwrap_err(), error);
        let refused = connection.push(&Request::Version, 9);
        assert_eq!(refused, Err((SendError::Closed, 9)));
        let lost = [(0, Sent::Maybe), (1, Sent::Maybe)];
        assert!(connection.closed(u64::MAX).eq(lost));
    }
}

/// A packet that is wrong by its header alone: the body is not waited for.
fn check_head(request: Request<'static>, packet: &Packet, reason: &str) {
    check(request, &packet.bytes()[..24], reason);
}

fn incr() -> Request<'static> {
    Request::Incr {
        key: key("a"),
        delta: 1,
        initial: None,
    }
}

fn stats() -> Request<'static> {
    Request::Stats { topic: None }
}

#[test]
fn b1_a_body_shorter_than_extras_and_key() {
    let mut hit = answers(0x00).u32(0).value("v").bytes();
    hit[11] = 3;
    let reason = "a body of 3 bytes cannot hold 4 bytes of extras and a key of 0";
    check(get("a"), &hit[..24], reason);
    hit[8..12].fill(0);
    hit[2..4].fill(0xff);
    hit[4] = 0xff;
    let reason = "a body of 0 bytes cannot hold 255 bytes of extras and a key of 65535";
    check(get("a"), &hit[..24], reason);
}

#[test]
fn b2_parts_longer_than_the_command_may_have() {
    let long = "v".repeat(101);
    let cases = [
        (
            get("a"),
            answers(0x00).u32(0).value(&*long),
            "get (0x00): a value of 101 bytes; 0 to 100",
        ),
        (
            get("a"),
            answers(0x00).u32(0).key("a"),
            "get (0x00): a key of 1 bytes; 0 to 0",
        ),
        (
            get("a"),
            answers(0x00).status(1).value(&*long),
            "get (0x00): a value of 101 bytes; 0 to 60",
        ),
        (
            set(),
            answers(0x01).value("v"),
            "set (0x01): a value of 1 bytes; 0 to 0",
        ),
        (
            set(),
            answers(0x01).key("k".repeat(65_535)),
            "set (0x01): a key of 65535 bytes; 0 to 0",
        ),
        (
            set(),
            answers(0x01).status(3).value(&*long),
            "set (0x01): a value of 101 bytes; 0 to 60",
        ),
        (
            incr(),
            answers(0x05).value(&*long),
            "increment (0x05): a value of 101 bytes; 8 to 8",
        ),
        (
            incr(),
            answers(0x05).value("5"),
            "increment (0x05): a value of 1 bytes; 8 to 8",
        ),
        (
            Request::Version,
            answers(0x0b).value(&*long),
            "version (0x0b): a value of 101 bytes; 0 to 60",
        ),
        (
            Request::Noop,
            answers(0x0a).value("v"),
            "noop (0x0a): a value of 1 bytes; 0 to 0",
        ),
        (
            stats(),
            answers(0x10).key("a").value(&long[..61]),
            "stat (0x10): a value of 61 bytes; 0 to 60",
        ),
        (
            stats(),
            answers(0x10).key("k".repeat(251)),
            "stat (0x10): a key of 251 bytes; 0 to 250",
        ),
        (
            Request::Sasl(SaslStep::List),
            answers(0x20).value(&*long),
            "sasllist (0x20): a value of 101 bytes; 0 to 60",
        ),
    ];
    for (request, packet, reason) in cases {
        check_head(request, &packet, &format!("{reason} are allowed"));
    }
    let mut lie = answers(0x00).u32(0).bytes();
    lie[8..12].fill(0xff);
    let reason = "get (0x00): a value of 4294967291 bytes; 0 to 100 are allowed";
    check(get("a"), &lie[..24], reason);
}

#[test]
fn b2_a_length_within_the_limit_is_only_a_hint() {
    let limits = Limits {
        max_value_len: usize::MAX,
        ..limits()
    };
    let mut connection = asked_in(Protocol::Binary, &[get("a")], limits);
    let mut head = answers(0x00).u32(0).bytes();
    head[8..12].copy_from_slice(&((1 << 30) + 4_u32).to_be_bytes());
    let mut input = BytesMut::from(&head[..]);
    assert_eq!(connection.receive(&mut input).unwrap(), None);
    assert_eq!(connection.wanted(), 1 << 30);
    assert!(input.capacity() < 100);
}

#[test]
fn b3_another_opaque_or_opcode() {
    let opaque = |found: &str| format!("a reply has the opaque '{found}', not 0");
    check_head(get("a"), &answers(0x00).u32(0).opaque(1), &opaque("1"));
    check_head(
        get("a"),
        &answers(0x00).u32(0).opaque(u32::MAX),
        &opaque("4294967295"),
    );
    let opcode =
        |found: &str, due: &str| format!("a reply has the opcode {found}; that of {due} is due");
    check_head(
        get("a"),
        &answers(0x0c).u32(0),
        &opcode("0x0c", "get (0x00)"),
    );
    check_head(set(), &answers(0x11), &opcode("0x11", "set (0x01)"));
    check_head(
        store(Verb::Cas(1), "1"),
        &answers(0x01),
        &opcode("0x01", "replace (0x03)"),
    );
    check_head(
        Request::Noop,
        &answers(0x0b),
        &opcode("0x0b", "noop (0x0a)"),
    );
    check_head(get("a"), &answers(0xff), "0xff is no opcode");
    let step = Request::Sasl(SaslStep::Continue {
        mechanism: b"PLAIN",
        data: Secret::new(b""),
    });
    check_head(step, &answers(0x21), &opcode("0x21", "saslstep (0x22)"));
}

/// In a list each number has its own opcode, and is answered once.
#[test]
fn b3_in_a_list() {
    let hit = |opaque| answers(0x09).u32(0).opaque(opaque);
    let opaque = |found| format!("a reply has the opaque '{found}', not 0");
    let two = || get_many(&["a", "b"]);
    check(two(), &bytes(&[hit(0), hit(0)]), &opaque(0));
    check(two(), &bytes(&[hit(0), hit(3)]), &opaque(3));
    let due = |due: &str| format!("a reply has the opcode 0x0a; that of {due} is due");
    check(two(), &answers(0x0a).opaque(1).bytes(), &due("getq (0x09)"));
    let late = "a reply has the opcode 0x09; that of noop (0x0a) is due";
    check(two(), &hit(2).bytes(), late);
    let batch = || batch_of(&[set(), incr()]);
    let no = |opcode, opaque| answers(opcode).opaque(opaque).status(1);
    check(batch(), &bytes(&[no(0x05, 1), no(0x05, 1)]), &opaque(1));
    let loud = "a reply has the opcode 0x15; that of increment (0x05) is due";
    check(batch(), &no(0x15, 1).bytes(), loud);
}

/// Behind the last number comes the first, as on any wheel.
#[test]
fn b3_the_numbers_start_again() {
    let mut out = mc_proto::Outgoing::default();
    let request = get_many(&["a", "b"]);
    mc_proto::binary::encode_request(&request, &limits(), u32::MAX, &mut out).unwrap();
    let sent = crate::support::written(out);
    let opaques: Vec<_> = [12, 37, 62].map(|at| sent[at..at + 4].to_vec()).into();
    assert_eq!(opaques, [[0xff; 4], [0; 4], [0, 0, 0, 1]]);
}

/// What the connection makes of a status: the kind, and whether it goes on.
fn check_status(
    request: Request<'static>,
    opcode: u8,
    status: u16,
    kind: RefusalKind,
) -> Disposition {
    let mut connection = asked(&[request, Request::Version]);
    let refusal = answers(opcode).status(status).value("some words").bytes();
    let (found, _) = feed_all(&mut connection, refusal.chunks(5));
    let [answer] = found.try_into().unwrap();
    assert_eq!(
        answer.reply,
        Reply::Refused(Refusal::new(kind, "some words"))
    );
    let version = answers(0x0b).opaque(1).value("1").bytes();
    let next = feed(&mut connection, [&version[..]]);
    assert_eq!(next.is_ok(), answer.disposition == Disposition::Keep);
    answer.disposition
}

#[test]
fn b4_an_unknown_command_is_the_end() {
    for request in [get("a"), incr()] {
        let opcode = if request == get("a") { 0x00 } else { 0x05 };
        let then = check_status(request, opcode, 0x81, RefusalKind::UnknownCommand);
        assert_eq!(then, Disposition::Drop);
    }
}

#[test]
fn b5_the_server_closes_behind_a_packet_that_does_not_fit() {
    assert_eq!(
        check_status(set(), 0x01, 0x04, RefusalKind::Client),
        Disposition::Drop
    );
    assert_eq!(
        check_status(get("a"), 0x00, 0x04, RefusalKind::Client),
        Disposition::Drop
    );
    let mut connection = asked(&[set(), get("a"), Request::Version]);
    let refusal = answers(0x01).status(0x04).bytes();
    let (found, error) = feed_all(&mut connection, [&refusal[..]]);
    assert_eq!((found.len(), error), (1, Some(ProtocolError::GivenUp)));
    let lost = [(1, Sent::Maybe), (2, Sent::Maybe)];
    assert!(connection.closed(u64::MAX).eq(lost));
}

#[test]
fn b5_bad_magic() {
    let reason = |found: &str| format!("a packet begins with {found}; 0x81 is due");
    check(get("a"), b"E", &reason("0x45"));
    check(get("a"), b"ERROR\r\n", &reason("0x45"));
    check(get("a"), &[0x80], &reason("0x80"));
    check(set(), b"HTTP/1.1 400 Bad Request\r\n", &reason("0x48"));
    let two = [answers(0x01).bytes(), vec![0]].concat();
    let (found, error) = feed_all(&mut asked(&[set(), set()]), [&two[..]]);
    assert_eq!(found.len(), 1);
    assert_eq!(error.unwrap().to_string(), reason("0x00"));
}

/// V5, too: an error of a quiet request finds its own by the opaque, and the
/// list ends at the fence.
#[test]
fn b6_errors_of_quiet_requests() {
    let batch = batch_of(&[set(), store(Verb::Add, "1"), set()]);
    let mut connection = asked(&[batch, Request::Version]);
    let wire = bytes(&[
        answers(0x12).opaque(1).status(0x82).value("Out of memory"),
        answers(0x0a).opaque(3),
        answers(0x0b).opaque(4).value("1"),
    ]);
    let found = feed(&mut connection, wire.chunks(11)).unwrap();
    let no_memory = Refusal::new(RefusalKind::OutOfMemory, "Out of memory");
    let replies = vec![
        Reply::Stored,
        Reply::Refused(no_memory.clone()),
        Reply::Stored,
    ];
    assert_eq!(found[0].reply, Reply::Batch(replies));
    assert_eq!(found[0].disposition, Disposition::Keep);
    assert_eq!(found[1].reply, Reply::Version("1".into()));

    // An error is never a miss: the get of many as a whole was refused.
    let mut connection = asked(&[get_many(&["a", "b"]), Request::Version]);
    let wire = bytes(&[
        answers(0x09).u32(0).value("1"),
        answers(0x09).opaque(1).status(0x82).value("Out of memory"),
        answers(0x0a).opaque(2),
        answers(0x0b).opaque(3).value("1"),
    ]);
    let found = feed(&mut connection, wire.chunks(11)).unwrap();
    assert_eq!(found[0].reply, Reply::Refused(no_memory));
    assert_eq!(found.len(), 2);
}

/// The fence does not stand for the answer of a request that is not quiet.
#[test]
fn b6_an_answer_that_was_left_out() {
    let batch = batch_of(&[set(), incr()]);
    let fence = answers(0x0a).opaque(2);
    check(
        batch.clone(),
        &fence.bytes(),
        "'silence' is no reply to batch",
    );
    let refused = fence.status(0x82).value("no").bytes();
    check(
        batch,
        &refused,
        "'0x0082 Out of memory' is no reply to noop",
    );
    let batch = batch_of(&[incr(), set()]);
    let last = answers(0x11).opaque(1).status(0x04).bytes();
    check(batch, &last, "'silence' is no reply to batch");
}

#[test]
fn b7_data_types_and_extras() {
    let mut typed = answers(0x00).u32(0);
    typed.datatype = 1;
    let reason = "a packet has the data type 1; only 0, plain bytes, is allowed";
    check_head(get("a"), &typed, reason);
    let extras = |found: usize, allowed: &str| {
        format!("get (0x00): extras of {found} bytes; {allowed} are allowed")
    };
    check_head(get("a"), &answers(0x00).value("v"), &extras(0, "4 to 4"));
    check_head(get("a"), &answers(0x00).u64(0), &extras(8, "4 to 4"));
    check_head(
        get("a"),
        &answers(0x00).status(1).u32(0),
        &extras(4, "0 to 0"),
    );
    let mut cut = answers(0x00);
    cut.extras = vec![0; 3];
    check_head(
        get("a"),
        &cut,
        "get (0x00): extras of 3 bytes; they come in fours",
    );
    check_head(
        set(),
        &answers(0x01).u32(0),
        "set (0x01): extras of 4 bytes; 0 to 0 are allowed",
    );
}

/// A status from 0x80 on has a body like any other, which is taken exactly.
#[test]
fn b7_statuses() {
    for (status, kind) in [
        (0x07, RefusalKind::Server),
        (0x82, RefusalKind::OutOfMemory),
        (0x84, RefusalKind::Server),
        (0x85, RefusalKind::Server),
        (0x86, RefusalKind::Server),
    ] {
        assert_eq!(
            check_status(get("a"), 0x00, status, kind),
            Disposition::Keep
        );
        assert_eq!(check_status(set(), 0x01, status, kind), Disposition::Keep);
    }
    for (status, kind) in [
        (0x20, RefusalKind::Unauthenticated),
        (0x83, RefusalKind::UnknownCommand),
    ] {
        assert_eq!(check_status(set(), 0x01, status, kind), Disposition::Drop);
    }
    let reason = "a reply has the status 0x0099, which has no meaning";
    check_head(set(), &answers(0x01).status(0x99), reason);
}

/// T5: a condition that the command does not have.
#[test]
fn t5_statuses_that_are_no_reply_to_what_was_asked() {
    let delete = || Request::Delete { key: key("a") };
    let rows = [
        (get("a"), 0x00, 2, "0x0002 Data exists for key.", "get"),
        (get("a"), 0x00, 5, "0x0005 Not stored.", "get"),
        (set(), 0x01, 1, "0x0001 Not found", "set"),
        (set(), 0x01, 2, "0x0002 Data exists for key.", "set"),
        (delete(), 0x04, 2, "0x0002 Data exists for key.", "delete"),
        (delete(), 0x04, 5, "0x0005 Not stored.", "delete"),
        (Request::Version, 0x0b, 1, "0x0001 Not found", "version"),
        (get("a"), 0x00, 0x21, "0x0021 ", "get"),
    ];
    for (request, opcode, status, found, command) in rows {
        let wire = answers(opcode).status(status).bytes();
        check(
            request,
            &wire,
            &format!("'{found}' is no reply to {command}"),
        );
    }
    let mut connection = asked(&[Request::Quit]);
    let error = feed(&mut connection, [&answers(0x17).bytes()[..]]).unwrap_err();
    assert_eq!(error.to_string(), "'0x0000 ' is no reply to quit");
}

#[test]
fn t6_too_many_connections() {
    let line = b"ERROR Too many open connections\r\n";
    for size in [1, 40] {
        let mut connection = asked(&[]);
        let error = feed(&mut connection, line.chunks(size)).unwrap_err();
        assert_eq!(error, ProtocolError::TooManyConnections);
    }
    let mut connection = asked(&[set()]);
    let error = feed(&mut connection, [&line[..]]).unwrap_err();
    assert_eq!(error, ProtocolError::TooManyConnections);
    assert!(connection.closed(u64::MAX).eq([(0, Sent::Nothing)]));
}

#[test]
fn t8_more_rows_than_anybody_wants() {
    let row = answers(0x10).key("a").value("1").bytes();
    let reason = "a reply to stats has more than 2 rows";
    check(stats(), &row.repeat(3), reason);
    let dump = Request::Stats {
        topic: Some(StatsTopic::DetailDump),
    };
    let text = answers(0x10).key("detailed").value("PREFIX a\r\nEND\r\n");
    let wire = bytes(&[text, answers(0x10)]);
    check(dump, &wire, r"'PREFIX a\r\nEND\r\n' is no reply to stats");
}

#[test]
fn v1_and_v3_the_server_cannot_store_it_and_goes_on() {
    let keep = Disposition::Keep;
    assert_eq!(check_status(set(), 0x01, 0x03, RefusalKind::TooLarge), keep);
    assert_eq!(
        check_status(set(), 0x01, 0x82, RefusalKind::OutOfMemory),
        keep
    );
    assert_eq!(
        check_status(incr(), 0x05, 0x06, RefusalKind::NotNumeric),
        keep
    );
}

/// A large value shares the buffer that it was read into, a small one does
/// not; the key is not looked for.
#[test]
fn values_are_shared_as_in_text() {
    let shares = |len: usize| {
        let limits = Limits::default();
        let mut connection = asked_in(Protocol::Binary, &[get("a")], limits);
        let hit = answers(0x00).u32(0).value(vec![b'v'; len]).bytes();
        let mut input = BytesMut::from(&hit[..]);
        let buffer = input.as_ptr_range();
        let answer = connection.receive(&mut input).unwrap().unwrap();
        let Reply::Value(Some(found)) = answer.answer().unwrap().reply else {
            panic!("a hit")
        };
        assert_eq!(found.value, vec![b'v'; len]);
        buffer.contains(&found.value.as_ptr())
    };
    assert!(!shares(1));
    assert!(!shares(4095));
    assert!(shares(4096));
    let mut connection = asked(&[get("a")]);
    let hit = answers(0x00).u32(0).value("v").bytes();
    let found = feed(&mut connection, [&hit[..]]).unwrap();
    assert_eq!(found[0].reply, Reply::Value(Some(item("v"))));
}
