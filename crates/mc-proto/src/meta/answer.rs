//! What a line is to the request whose turn it is.

use bytes::Bytes;

use super::Reply;
use super::key::is_written_as;
use super::reply::{Head, Status};
use super::request::Shape;
use super::returned::Echo;
use crate::connection::{AskedKeys, Expected, Place};
use crate::kind::Kind;
use crate::{Excerpt, Item, ProtocolError, line};

/// The answer that a line gives, but for the value that may follow.
#[derive(Debug)]
pub(super) enum Answer {
    /// All of it.
    Reply(crate::Reply),
    /// An item without its value.
    Item { flags: u32, cas: Option<u64> },
    /// A number, which is the value.
    Number,
    /// The reply to a request in meta's own words, without its value.
    Own(Box<Reply>),
}

impl Answer {
    /// What this line answers to a request of this kind; `None` if it is no
    /// answer to that.
    #[inline]
    pub(super) fn of(head: &mut Head<'_>, kind: Kind) -> Option<Self> {
        use crate::Reply as Common;

        let reply = match (kind, head.status) {
            (Kind::Meta(shape), status) if shape.allows(status) => {
                return Some(Self::Own(head.take_reply().into()));
            }
            (Kind::Get { cas } | Kind::Gat { cas }, Status::Value) => {
                let (flags, unique) = (head.returned.flags?, head.returned.cas);
                let cas = if cas { Some(unique?) } else { None };
                return Some(Self::Item { flags, cas });
            }
            (Kind::Incr | Kind::Decr, Status::Value) => return Some(Self::Number),
            (Kind::Get { .. } | Kind::Gat { .. }, Status::Miss) => Common::Value(None),
            (Kind::Touch, Status::Done) => Common::Touched,
            (Kind::Touch, Status::Miss) => Common::NotFound,
            (Kind::Delete, Status::Done) => Common::Deleted,
            (Kind::Noop, Status::Noop) => Common::Ok,
            (_, Status::Done) => Common::Stored,
            (_, Status::NotStored) => Common::NotStored,
            (_, Status::Exists) => Common::Exists,
            (_, Status::NotFound) => Common::NotFound,
            _ => return None,
        };
        kind.accepts(&reply).then_some(Self::Reply(reply))
    }

    /// The reply, now that its value is there.
    #[inline]
    pub(super) fn with(self, value: Bytes) -> Result<crate::Reply, ProtocolError> {
        Ok(match self {
            Self::Reply(reply) => reply,
            Self::Item { flags, cas } => crate::Reply::Value(Some(Item { flags, cas, value })),
            Self::Number => {
                let digits = line::trim_end(&value);
                crate::Reply::Number(line::field("number", digits, u64::MAX)?)
            }
            Self::Own(mut reply) => {
                if let Reply::Value(empty, _) = &mut *reply {
                    *empty = value;
                }
                crate::Reply::Meta(reply)
            }
        })
    }
}

/// Compares what a reply repeats with what was sent.
pub(super) fn check_echo(head: &Head<'_>, expected: &Expected<'_>) -> Result<(), ProtocolError> {
    match expected.kind {
        Kind::Meta(shape) => check_own(head, shape, expected.keys),
        Kind::Noop => Ok(()),
        // These repeat nothing that could be compared.
        _ if matches!(head.status, Status::Noop | Status::Debug) => Ok(()),
        _ => check_number(&head.echo, expected.opaque),
    }
}

/// The mark must be this number.
fn check_number(echo: &Echo<'_>, expected: u32) -> Result<(), ProtocolError> {
    match echo.opaque.and_then(line::number) {
        Some(found) if found == u64::from(expected) => Ok(()),
        _ => Err(wrong_number(echo, expected)),
    }
}

/// The mark that is not this number.
#[cold]
pub(super) fn wrong_number(echo: &Echo<'_>, expected: u32) -> ProtocolError {
    match echo.opaque.map(Excerpt::new) {
        Some(found) => ProtocolError::WrongOpaque { expected, found },
        None => ProtocolError::NoOpaque { expected },
    }
}

/// The mark and the key must be those of the request, which are what is kept
/// of it in place of keys.
fn check_own(head: &Head<'_>, shape: Shape, kept: AskedKeys<'_>) -> Result<(), ProtocolError> {
    let echo = &head.echo;
    let mut kept = kept.from(Place::default()).map(|(_, word, _)| word);
    let opaque = shape.opaque.then(|| kept.next()).flatten();
    // What is no answer at all is told elsewhere.
    if shape.is_bare(head.status) || !shape.allows(head.status) {
        return Ok(());
    }
    if echo.opaque != opaque {
        return Err(ProtocolError::WrongMark {
            expected: Excerpt::new(opaque.unwrap_or_default()),
            found: Excerpt::new(echo.opaque.unwrap_or_default()),
        });
    }
    let Some(key) = shape.key.then(|| kept.next()).flatten() else {
        return Ok(());
    };
    let word = echo.key.unwrap_or_default();
    // What `me` tells does not say which of the two it is.
    let is_same = match head.status {
        Status::Debug => is_written_as(key, word, false) || is_written_as(key, word, true),
        _ => is_written_as(key, word, echo.is_base64),
    };
    if is_same {
        return Ok(());
    }
    let found = Excerpt::new(word);
    Err(ProtocolError::WrongKey { found })
}
