//! What is awaited, one entry for each request that has no reply yet.

use super::keys::AskedKeys;
use crate::kind::Kind;
use crate::outgoing::Mark;

/// The name of a request within its connection, in the order of pushing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub(super) u64);

/// A request whose reply is awaited.
#[derive(Debug)]
pub(super) struct Pending<T> {
    pub(super) id: Id,
    pub(super) tag: T,
    pub(super) kind: Kind,
    /// Its name, for messages.
    pub(super) command: &'static str,
    /// What its bytes take up in the out-buffer.
    pub(super) room: Mark,
    /// How many bytes that is on the wire.
    pub(super) len: u64,
    /// How much of the key queue is its own.
    pub(super) keys_len: usize,
}

/// What the next reply has to fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    pub(crate) kind: Kind,
    pub(crate) command: &'static str,
    /// The keys that a get has asked for.
    pub(crate) keys: AskedKeys<'a>,
}
