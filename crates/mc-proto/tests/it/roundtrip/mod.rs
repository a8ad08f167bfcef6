//! What is written reads back as what it was.

mod binary;
mod meta;
mod replies;
mod requests;

use bytes::BytesMut;
use mc_proto::{
    Connection, Key, Limits, Outgoing, Protocol, Received, Reply, Request, StatsTopic, text,
};
use proptest::prelude::*;
use replies::material;
use requests::{request, stream};

use crate::support::written;

/// The request at the start of the bytes, and how many it takes. It is not
/// read from fewer.
fn decode<'a>(sent: &'a [u8], request: &Request<'_>) -> (Request<'a>, usize) {
    let decode = match request {
        Request::Auth { .. } => text::decode_auth,
        _ => text::decode_request,
    };
    let limits = Limits::default();
    let incoming = decode(sent, &limits).unwrap().unwrap();
    assert!(!incoming.noreply);
    for end in 0..incoming.len.min(300) {
        assert_eq!(decode(&sent[..end], &limits), Ok(None));
    }
    (incoming.request, incoming.len)
}

/// A server reads the request, or the requests of a batch, and nothing else.
fn check_request(request: &Request<'_>, mut sent: &[u8]) {
    let parts = match request {
        Request::Batch(requests) => requests,
        request => std::slice::from_ref(request),
    };
    for part in parts {
        let (found, len) = decode(sent, part);
        assert_eq!(&found, part);
        sent = &sent[len..];
    }
    assert_eq!(sent, b"");
}

/// Request and reply through both ends, the reply in pieces of `size` bytes.
fn check(request: &Request<'_>, reply: &Reply, size: usize) {
    let mut connection = Connection::new(Protocol::Text, Limits::default());
    connection.push(request, ()).unwrap();
    check_request(request, &written(connection.take_outgoing()));

    let mut out = Outgoing::default();
    text::encode_reply(request, reply, &mut out).unwrap();
    let mut input = BytesMut::new();
    let mut answers = Vec::new();
    for piece in written(out).chunks(size) {
        input.extend_from_slice(piece);
        let received = connection.receive(&mut input).unwrap();
        answers.extend(received.and_then(Received::answer));
    }
    let [answer] = answers.try_into().unwrap();
    assert_eq!(&answer.reply, reply);
    assert!(input.is_empty());
}

proptest! {
    #[test]
    fn requests_and_replies(request in request(), material in material(), size in 1_usize..5000) {
        match request.lend() {
            Request::Quit => {}
            request => check(&request, &material.reply_to(&request), size),
        }
    }

    #[test]
    fn streams(request in stream()) {
        let mut connection = Connection::new(Protocol::Text, Limits::default());
        connection.push(&request, ()).unwrap();
        check_request(&request, &written(connection.take_outgoing()));
    }

    #[test]
    fn any_bytes_are_no_cause_for_panic(bytes in any_bytes(), size in 1_usize..50) {
        let limits = Limits { max_value_len: 100, max_line_len: 60, max_keys: 4, max_batch: 4, max_rows: 3 };
        let _ = text::decode_request(&bytes, &limits);
        let mut connection = Connection::new(Protocol::Text, limits);
        let keys = [Key::new(b"a").unwrap(), Key::new(b"b").unwrap()];
        connection.push(&Request::GetMany { keys: (&keys[..]).into(), cas: false }, 0).unwrap();
        connection.push(&Request::Stats { topic: None }, 1).unwrap();
        let deletes = keys.map(|key| Request::Delete { key });
        connection.push(&Request::Batch(deletes[..].into()), 2).unwrap();
        connection.push(&Request::Stats { topic: Some(StatsTopic::DetailDump) }, 3).unwrap();
        let _ = connection.take_outgoing();
        let mut input = BytesMut::new();
        for piece in bytes.chunks(size) {
            input.extend_from_slice(piece);
            while let Ok(Some(_)) = connection.receive(&mut input) {}
        }
    }
}

const WORDS: [&str; 20] = [
    "get ",
    "set ",
    "cas ",
    "VALUE ",
    "STAT ",
    "END",
    "a ",
    "b ",
    "0 ",
    "5 ",
    "101 ",
    "\r\n",
    "\n",
    "-1",
    "noreply",
    "18446744073709551616 ",
    " ",
    "ERROR",
    "SERVER_ERROR ",
    "x",
];

/// Bytes that look like the protocol, and are not.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        4 => prop::sample::select(&WORDS).prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..4),
    ];
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}
