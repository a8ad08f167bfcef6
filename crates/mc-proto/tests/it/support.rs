//! Short ways to say what the tests say often.

use bytes::{Buf, BytesMut};
use mc_proto::{
    Answer, Connection, Exptime, Item, Key, Limits, Outgoing, Payload, Protocol, ProtocolError,
    Request, Verb,
};

pub(crate) fn key(bytes: &'static str) -> Key<'static> {
    Key::new(bytes.as_bytes()).unwrap()
}

pub(crate) fn get(name: &'static str) -> Request<'static> {
    Request::Get {
        key: key(name),
        cas: false,
    }
}

pub(crate) fn gets(name: &'static str) -> Request<'static> {
    Request::Get {
        key: key(name),
        cas: true,
    }
}

pub(crate) fn get_many(names: &[&'static str]) -> Request<'static> {
    Request::GetMany {
        keys: names.iter().map(|name| key(name)).collect(),
        cas: false,
    }
}

pub(crate) fn store(verb: Verb, value: &'static str) -> Request<'static> {
    let value = Payload::from(value.as_bytes());
    Request::Store {
        verb,
        key: key("a"),
        flags: 0,
        exptime: Exptime::NEVER,
        value,
    }
}

pub(crate) fn set() -> Request<'static> {
    store(Verb::Set, "1")
}

pub(crate) fn item(value: &'static str) -> Item {
    Item {
        flags: 0,
        cas: None,
        value: value.into(),
    }
}

/// A connection on which these requests have left, tagged 0, 1, 2…
pub(crate) fn asked(requests: &[Request<'_>], limits: Limits) -> Connection<usize> {
    asked_in(Protocol::Text, requests, limits)
}

/// The same in another protocol.
pub(crate) fn asked_in(
    protocol: Protocol,
    requests: &[Request<'_>],
    limits: Limits,
) -> Connection<usize> {
    let mut connection = Connection::new(protocol, limits);
    for (tag, request) in requests.iter().enumerate() {
        connection.push(request, tag).unwrap();
    }
    let _ = connection.take_outgoing();
    connection
}

/// Hands in one piece after the other, and takes every answer out, until an
/// error.
pub(crate) fn feed_all<'a>(
    connection: &mut Connection<usize>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Answer<usize>>, Option<ProtocolError>) {
    let mut input = BytesMut::new();
    let mut answers = Vec::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            match connection.receive(&mut input) {
                Ok(Some(received)) => answers.push(received.answer().unwrap()),
                Ok(None) => break,
                Err(error) => return (answers, Some(error)),
            }
        }
    }
    (answers, None)
}

/// The same, where either all answers matter or the error.
pub(crate) fn feed<'a>(
    connection: &mut Connection<usize>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Answer<usize>>, ProtocolError> {
    match feed_all(connection, pieces) {
        (answers, None) => Ok(answers),
        (_, Some(error)) => Err(error),
    }
}

/// Everything that is left to write.
pub(crate) fn written(mut out: Outgoing) -> Vec<u8> {
    out.copy_to_bytes(out.remaining()).into()
}
