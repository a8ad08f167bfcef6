//! What a server can answer, in words that every protocol shares.

use bytes::Bytes;

/// The answer to one [`Request`](crate::Request).
///
/// A miss is an answer, not an error, and it is made from the server's
/// explicit word for it only. A server that declines says so with
/// [`Refused`](Self::Refused).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// To a get: the item, or `None` for a miss.
    Value(Option<Item>),
    /// To a get of many keys: for each key, in the order asked, its item, or
    /// `None` for a miss.
    Values(Vec<Option<Item>>),
    /// The value was stored.
    Stored,
    /// The condition of add, replace, append or prepend was not met.
    NotStored,
    /// To cas: somebody else has changed the item since.
    Exists,
    /// The key holds nothing.
    NotFound,
    /// The item was removed.
    Deleted,
    /// The item has its new end.
    Touched,
    /// To incr and decr: the number that the item holds now.
    Number(u64),
    /// The server's version, such as `1.6.18`.
    Version(Bytes),
    /// Names and values, in the server's order.
    Stats(Vec<(Bytes, Bytes)>),
    /// To flush_all: done.
    Ok,
    /// The server declined.
    Refused(Refusal),
}

/// A value with what the server keeps beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// The 32 bits that were stored with it.
    pub flags: u32,
    /// The number that changes with every write; only if it was asked for.
    pub cas: Option<u64>,
    /// The bytes. A large value shares the buffer that it was received in.
    pub value: Bytes,
}

/// A server's no, with its reason.
///
/// ```
/// use mc_proto::{Refusal, RefusalKind};
///
/// let refusal = Refusal::from(RefusalKind::TooLarge);
/// assert_eq!(refusal.to_string(), "SERVER_ERROR object too large for cache");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of no, as far as the message tells.
    pub kind: RefusalKind,
    /// The server's words behind `ERROR`, `CLIENT_ERROR` or `SERVER_ERROR`;
    /// they may be none.
    pub message: Bytes,
}

/// The kinds of [`Refusal`] that call for different behaviour.
///
/// The protocol has three words only; the finer kinds are read from the
/// messages of memcached. A message that is not known is [`Client`](Self::Client) or
/// [`Server`](Self::Server).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// `ERROR`: the server does not know the command, or not in this form.
    UnknownCommand,
    /// `CLIENT_ERROR`: the request is wrong.
    Client,
    /// `CLIENT_ERROR`: incr or decr of a value that is not a number.
    NotNumeric,
    /// `CLIENT_ERROR`: the server wants a name and a password first, or has
    /// declined those that it got.
    Unauthenticated,
    /// `SERVER_ERROR`: the server could not do it.
    Server,
    /// `SERVER_ERROR`: the server has no memory left to store the value in.
    OutOfMemory,
    /// `SERVER_ERROR`: the value is over the server's limit for items. An
    /// item that the key held before is gone, too.
    TooLarge,
}
