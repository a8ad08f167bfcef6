//! Every reply reads the same in whatever pieces it arrives.

use bytes::{Buf, BytesMut};
use mc_proto::binary::{Opcode, Response, Status};
use mc_proto::{
    Connection, Disposition, Key, Limits, Outgoing, Protocol, ProtocolError, Reply, Request, Sent,
};

use crate::corpus::{self, Case};
use crate::support::{asked, asked_in, feed, feed_all, get};

/// The pieces read as these replies, to the request and a version behind it.
fn check(case: &Case, pieces: &[&[u8]], expected: &[Reply]) {
    let requests = [case.request.clone(), Request::Version];
    let mut connection = asked_in(case.protocol, &requests, Limits::default());
    let (answers, error) = feed_all(&mut connection, pieces.iter().copied());
    assert!(answers.iter().map(|answer| answer.tag).eq(0..answers.len()));
    let given_up = answers
        .iter()
        .any(|answer| answer.disposition == Disposition::Drop);
    assert_eq!(error, given_up.then_some(ProtocolError::GivenUp));
    let expected = if given_up { &expected[..1] } else { expected };
    assert!(
        answers.iter().map(|answer| &answer.reply).eq(expected),
        "{pieces:?}"
    );
}

/// The corpus; of it, a few for Miri, which takes some hundred times as long.
fn cases() -> impl Iterator<Item = Case> {
    let step = if cfg!(miri) { 120 } else { 1 };
    corpus::all().into_iter().step_by(step)
}

#[test]
fn whole_and_byte_by_byte() {
    for case in cases() {
        let wire = &case.received[..];
        let expected = [case.reply.clone()];
        check(&case, &[wire], &expected);
        check(&case, &wire.chunks(1).collect::<Vec<_>>(), &expected);
    }
}

/// Between two cuts of a pair: Miri tries fewer.
pub(crate) const STEP: usize = if cfg!(miri) { 9 } else { 1 };

#[test]
fn cut_at_every_byte_and_at_every_pair() {
    for case in cases() {
        let wire = &case.received[..];
        let expected = [case.reply.clone()];
        for first in 0..=wire.len() {
            let (head, rest) = wire.split_at(first);
            check(&case, &[head, rest], &expected);
            for second in (0..=rest.len()).step_by(STEP) {
                let (middle, tail) = rest.split_at(second);
                check(&case, &[head, middle, tail], &expected);
            }
        }
    }
}

#[test]
fn two_replies_in_one_read_in_any_pieces() {
    for case in cases() {
        let wire = [&case.received[..], &case.version_behind()].concat();
        let expected = [case.reply.clone(), Reply::Version("1".into())];
        for cut in 0..=wire.len() {
            let (head, tail) = wire.split_at(cut);
            check(&case, &[head, tail], &expected);
        }
    }
}

/// P2: a reply that ends early is never an answer.
#[test]
fn p2_ending_early_at_every_byte() {
    for case in cases() {
        let wire = &case.received[..];
        for end in 0..wire.len() {
            let mut connection = asked_in(
                case.protocol,
                std::slice::from_ref(&case.request),
                Limits::default(),
            );
            assert_eq!(feed(&mut connection, [&wire[..end]]).unwrap(), []);
            let written = case.sent.len() as u64;
            assert!(connection.closed(written).eq([(0, Sent::Maybe)]));
        }
    }
}

/// What a get reads, and whether its bytes lie in the buffer handed in.
fn value_shares(len: usize) -> bool {
    let wire = [
        format!("VALUE a 0 {len}\r\n").into_bytes(),
        vec![b'v'; len],
        b"\r\nEND\r\n".to_vec(),
    ];
    let mut input = BytesMut::from(&wire.concat()[..]);
    let buffer = input.as_ptr_range();
    let mut connection = asked(&[get("a")], Limits::default());
    let answer = connection.receive(&mut input).unwrap().unwrap();
    let answer = answer.answer().unwrap();
    let Reply::Value(Some(item)) = answer.reply else {
        panic!("{:?}", answer.reply)
    };
    assert_eq!(item.value, vec![b'v'; len]);
    buffer.contains(&item.value.as_ptr())
}

#[test]
fn large_values_share_the_input_and_small_ones_do_not() {
    assert!(!value_shares(1));
    assert!(!value_shares(4095));
    assert!(value_shares(4096));
    assert!(value_shares(1 << 20));
}

#[test]
fn the_missing_rest_of_a_value_and_its_reply_is_known() {
    let mut connection = asked(&[get("a"), get("a")], Limits::default());
    let mut input = BytesMut::new();
    let mut check = |piece: &[u8], answered: bool, wanted: usize| {
        input.extend_from_slice(piece);
        assert_eq!(connection.receive(&mut input).unwrap().is_some(), answered);
        assert_eq!(connection.wanted(), wanted);
    };
    check(b"VALUE a 0 10", false, 0);
    check(b"\r\n", false, 10 + 2 + 5);
    check(b"01234", false, 5 + 2 + 5);
    check(b"56789\r", false, 1 + 5);
    check(b"\nEN", false, 0);
    check(b"D\r\nVALUE a 0 0\r\n", true, 0);
    check(b"", false, 2 + 5);
}

/// What is received into room that somebody lends then begins with the value, so that it need not be moved.
#[test]
fn the_rest_of_a_binary_packet_is_its_value() {
    let mut connection = asked_in(Protocol::Binary, &[get("a")], Limits::default());
    let item = Response {
        cas: 7,
        flags: Some(5),
        value: vec![b'v'; 5000].into(),
        ..Response::of(Opcode::Get, 0, Status::Success)
    };
    let mut wire = Outgoing::default();
    item.encode(&mut wire).unwrap();
    let wire = wire.chunk();

    let mut input = BytesMut::from(&wire[..27]);
    assert_eq!(connection.receive(&mut input), Ok(None));
    assert_eq!((input.len(), connection.wanted()), (27, 5001));
    input.extend_from_slice(&wire[27..30]);
    assert_eq!(connection.receive(&mut input), Ok(None));
    assert_eq!((&input[..], connection.wanted()), (&b"vv"[..], 4998));
    let mut input = BytesMut::from(&wire[28..]);
    let room = input.as_ptr();
    let received = connection.receive(&mut input).unwrap().unwrap();
    let Reply::Value(Some(found)) = received.answer().unwrap().reply else {
        panic!("no value");
    };
    assert_eq!((found.flags, &found.value), (5, &item.value));
    assert_eq!(found.value.as_ptr(), room);
    assert_eq!(connection.wanted(), 0);
}

/// The answer to a get has begun: what was sent in front of it without a wish for a reply is not asked about any more.
#[test]
fn a_binary_value_behind_noreply() {
    let mut connection = Connection::new(Protocol::Binary, Limits::default());
    let key = Key::new(b"a").unwrap();
    connection.push_noreply(&Request::Delete { key }).unwrap();
    connection.push(&get("a"), 0).unwrap();
    let _ = connection.take_outgoing();
    // A value that reads as the answer to the delete.
    let answer = Response::of(Opcode::DeleteQ, 0, Status::KeyNotFound);
    let mut value = Outgoing::default();
    answer.encode(&mut value).unwrap();
    let item = Response {
        flags: Some(0),
        value: value.chunk().to_vec().into(),
        ..Response::of(Opcode::Get, 1, Status::Success)
    };
    let mut wire = Outgoing::default();
    item.encode(&mut wire).unwrap();
    let answers = feed(&mut connection, wire.chunk().chunks(28)).unwrap();
    assert!(
        matches!(&answers[..], [answer] if matches!(&answer.reply, Reply::Value(Some(found)) if found.value == item.value))
    );
}
