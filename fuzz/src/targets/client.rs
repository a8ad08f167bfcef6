//! A client's side: bytes that claim to be replies.

use std::mem::discriminant;

use bytes::{Buf, BytesMut};
use mc_proto::{
    Answer, Connection, Outgoing, Protocol, ProtocolError, Received, Reply, Request, binary, meta,
    text,
};

use super::LIMITS;
use super::asked::request;

/// Replies of the text protocol: the first byte says what was asked, the second how the rest is cut.
pub fn text_reply(data: &[u8]) {
    reply(Protocol::Text, data, |request, reply, out| {
        text::encode_reply(request, reply, out).is_ok()
    });
}

/// Replies of the meta protocol. What is asked in every protocol's words reads from more than one form of reply.
pub fn meta_reply(data: &[u8]) {
    reply(Protocol::Meta, data, |request, reply, out| {
        matches!(request, Request::Meta(_)) && meta::encode_reply(request, reply, out).is_ok()
    });
}

/// Replies of the binary protocol. They hold more than what is made of them, so that they are not written again.
pub fn binary_reply(data: &[u8]) {
    reply(Protocol::Binary, data, |_, _, _| false);
}

/// Single packets, as a proxy reads them.
pub fn binary_response(data: &[u8]) {
    let mut input = BytesMut::from(data);
    let Ok(Some(response)) = binary::Response::decode(&mut input, &LIMITS) else {
        return;
    };
    let mut out = Outgoing::default();
    response
        .encode(&mut out)
        .expect("what was read can be written");
    let mut again = BytesMut::from(out.chunk());
    assert_eq!(
        binary::Response::decode(&mut again, &LIMITS),
        Ok(Some(response))
    );
    assert!(again.is_empty());
}

/// How a server writes a reply; false if it does not.
type Encode = fn(&Request<'_>, &Reply, &mut Outgoing) -> bool;

fn reply(protocol: Protocol, data: &[u8], encode: Encode) {
    let [asked, cut, wire @ ..] = data else {
        return;
    };
    let asked = [request(*asked), Request::Version];
    let (received, error) = receive(protocol, &asked, wire.chunks(wire.len().max(1)));
    let (again, same) = receive(protocol, &asked, wire.chunks(usize::from(*cut).max(1)));
    assert_eq!(received, again, "another cut, another answer");
    assert_eq!(
        error.as_ref().map(discriminant),
        same.as_ref().map(discriminant),
        "{error:?}, {same:?}"
    );
    // The first request is one that the protocol cannot carry if the second is answered first.
    if let Some(Received::Answer(answer @ Answer { tag: 0, .. })) = received.first() {
        write_again(protocol, &asked[0], answer, encode);
    }
}

/// What came before an error, and the error.
type Heard = (Vec<Received<usize>>, Option<ProtocolError>);

/// Asks for as much as may be asked at once, and hands in what comes piece by piece.
fn receive<'a>(
    protocol: Protocol,
    asked: &[Request<'_>],
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Heard {
    let mut connection = Connection::new(protocol, LIMITS);
    for (tag, request) in asked.iter().enumerate() {
        let _ = connection.push(request, tag);
    }
    let _ = connection.take_outgoing();
    let (mut heard, mut input) = (Vec::new(), BytesMut::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            match connection.receive(&mut input) {
                Ok(Some(received)) => heard.push(received),
                Ok(None) => break,
                Err(error) => return (heard, Some(error)),
            }
        }
    }
    (heard, None)
}

/// An answer, written as a server would, reads the same.
fn write_again(protocol: Protocol, request: &Request<'_>, answer: &Answer<usize>, encode: Encode) {
    let mut out = Outgoing::default();
    if !encode(request, &answer.reply, &mut out) {
        assert_eq!(out.remaining(), 0, "a refused reply left bytes");
        return;
    }
    let bytes = out.copy_to_bytes(out.remaining());
    if bytes.starts_with(b"ERROR Too many open connections") {
        // At the start of a connection this means that it will not be one.
        return;
    }
    let (again, _) = receive(
        protocol,
        std::slice::from_ref(request),
        [&bytes[..]].into_iter(),
    );
    assert_eq!(
        again,
        [Received::Answer(answer.clone())],
        "'{}'",
        bytes.escape_ascii()
    );
}
