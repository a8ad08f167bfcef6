//! What is awaited, one entry for each request that has no reply yet.

use super::keys::AskedKeys;
use super::parts::Parts;
use super::queue::Asked;
use super::unawaited::Unawaited;
use crate::kind::Kind;

/// The name of a request within its connection, in the order of pushing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub(super) u64);

/// A request whose reply is awaited.
#[derive(Debug)]
pub(super) struct Pending<T> {
    pub(super) id: Id,
    /// `None` once the request is withdrawn.
    pub(super) tag: Option<T>,
    pub(super) kind: Kind,
    /// Its name, for messages.
    pub(super) command: &'static str,
    pub(super) written: Written,
    /// How much of the key queue is its own.
    pub(super) keys_len: usize,
    /// How many keys a get of many has.
    pub(super) keys: usize,
    /// How many gets come before it in its line.
    pub(super) joined: usize,
    /// What is left of its line; kept by the first that is left.
    pub(super) line: Line,
    /// How many of the part queue are its own.
    pub(super) parts: usize,
    /// The requests behind it that want no reply.
    pub(super) behind: Unawaited,
}

impl<T> Pending<T> {
    /// Of a request in a line of its own, without parts.
    #[inline]
    pub(super) fn new(id: Id, tag: T, asked: Asked<'_>, written: Written, keys_len: usize) -> Self {
        Self {
            id,
            tag: Some(tag),
            kind: asked.kind,
            command: asked.request.name(),
            written,
            keys_len,
            keys: 0,
            joined: 0,
            line: Line { left: 1, keys_len },
            parts: 0,
            behind: Unawaited::default(),
        }
    }
}

/// The gets of one line, or one request of another kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// How many have neither an answer nor been withdrawn.
    pub(super) left: usize,
    /// How much of the key queue is theirs, up to the answer to the last.
    pub(super) keys_len: usize,
}

/// One request, or some without a reply, as they lie on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// How many bytes.
    pub(super) len: usize,
    /// The first of the numbers that name them.
    pub(super) opaque: u32,
}

impl Written {
    /// Both together.
    pub(super) fn followed_by(self, behind: Self) -> Self {
        Self {
            len: self.len.saturating_add(behind.len),
            opaque: self.opaque,
        }
    }
}

/// What the next reply has to fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) kind: Kind,
    pub(crate) command: &'static str,
    /// How many requests of this kind share its line, answered ones left out.
    pub(crate) line: usize,
    /// The keys that a get has asked for, or all that share its line, if the
    /// reply names them.
    pub(crate) keys: AskedKeys<'a>,
    /// How many keys a get of many has.
    pub(crate) count: usize,
    /// The requests of a batch.
    pub(crate) parts: Parts<'a>,
    /// The number that was sent with the request. Each key of a get of many,
    /// or each request of a batch, has one; the fence behind them has the
    /// next. They count on from this one, and start again behind `u32::MAX`.
    pub(crate) opaque: u32,
}
