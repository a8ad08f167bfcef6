//! A client's side: bytes that claim to be replies.

use std::mem::discriminant;

use bytes::{Buf, BytesMut};
use mc_proto::{
    Answer, Connection, Exptime, Key, Outgoing, Protocol, ProtocolError, Request, StatsTopic, Verb, text,
};

use super::LIMITS;

/// Replies of the text protocol: the first byte says what was asked, the second how the rest is cut.
pub fn text_reply(data: &[u8]) {
    let [asked, cut, wire @ ..] = data else {
        return;
    };
    let table = requests();
    let request = &table[usize::from(*asked) % table.len()];
    let asked = [request.clone(), Request::Version];
    let (answers, error) = receive(&asked, wire.chunks(wire.len().max(1)));
    let (again, same) = receive(&asked, wire.chunks(usize::from(*cut).max(1)));
    assert_eq!(answers, again, "another cut, another answer");
    assert_eq!(
        error.as_ref().map(discriminant),
        same.as_ref().map(discriminant),
        "{error:?}, {same:?}"
    );
    if let Some(answer) = answers.first() {
        write_again(request, answer);
    }
}

/// What was answered before an error, and the error.
type Received = (Vec<Answer<usize>>, Option<ProtocolError>);

/// Asks, and hands in what comes piece by piece.
fn receive<'a>(asked: &[Request<'_>], pieces: impl Iterator<Item = &'a [u8]>) -> Received {
    let mut connection = Connection::new(Protocol::Text, LIMITS);
    for (tag, request) in asked.iter().enumerate() {
        if connection.push(request, tag).is_err() {
            return (Vec::new(), None);
        }
    }
    let _ = connection.take_outgoing();
    let (mut answers, mut input) = (Vec::new(), BytesMut::new());
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            match connection.receive(&mut input) {
                Ok(Some(received)) => answers.extend(received.answer()),
                Ok(None) => break,
                Err(error) => return (answers, Some(error)),
            }
        }
    }
    (answers, None)
}

/// An answer, written as a server would, reads the same.
fn write_again(request: &Request<'_>, answer: &Answer<usize>) {
    let mut out = Outgoing::default();
    if text::encode_reply(request, &answer.reply, &mut out).is_err() {
        assert_eq!(out.remaining(), 0, "a refused reply left bytes");
        return;
    }
    let bytes = out.copy_to_bytes(out.remaining());
    let (again, _) = receive(std::slice::from_ref(request), [&bytes[..]].into_iter());
    assert_eq!(again.as_slice(), std::slice::from_ref(answer));
}

/// One of each kind, with keys that the words of the mutator know.
pub(super) fn requests() -> Vec<Request<'static>> {
    let key = Key::new(b"a").expect("a key");
    let keys = || {
        [b"a", b"b", b"c"]
            .iter()
            .map(|key| Key::new(*key).expect("a key"))
            .collect()
    };
    let store = |verb| Request::Store {
        verb,
        key,
        flags: 0,
        exptime: Exptime::NEVER,
        value: b"1"[..].into(),
    };
    vec![
        Request::Get { key, cas: false },
        Request::Get { key, cas: true },
        Request::GetMany {
            keys: keys(),
            cas: false,
        },
        Request::GetMany {
            keys: keys(),
            cas: true,
        },
        store(Verb::Set),
        store(Verb::Add),
        store(Verb::Cas(1)),
        Request::Delete { key },
        Request::Incr {
            key,
            delta: 1,
            initial: None,
        },
        Request::Touch {
            key,
            exptime: Exptime::NEVER,
        },
        Request::Stats { topic: None },
        Request::Stats {
            topic: Some(StatsTopic::Items),
        },
        Request::Version,
        Request::FlushAll { delay: None },
        Request::Quit,
    ]
}
