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
    /// To a batch: the reply to each of its requests, in their order. If the
    /// last of them ends the connection
    /// ([`Disposition::Drop`](crate::Disposition::Drop)), what became of the
    /// requests behind it is not known, and their replies are left out.
    Batch(Vec<Self>),
    /// To a set in a batch of meta: the server has refused it, or has stored
    /// it and refused a neighbour with the same reply. Only as a part of a
    /// [`Batch`](Self::Batch).
    Unplaced(Refusal),
    /// The server's version, such as `1.6.18`.
    Version(Bytes),
    /// Names and values, in the server's order.
    Stats(Vec<(Bytes, Bytes)>),
    /// To `stats detail dump`: what was counted, prefix by prefix.
    Prefixes(Vec<PrefixCounts>),
    /// The SASL mechanisms that the server knows, with spaces between them.
    Mechanisms(Bytes),
    /// To a step of SASL: what the next step has to answer.
    Challenge(Bytes),
    /// To a request in meta's own words.
    Meta(Box<crate::meta::Reply>),
    /// Done. To a dump: that was all of it.
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

/// How often the keys with one prefix were asked for and changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixCounts {
    /// What the keys begin with, up to the server's delimiter.
    pub prefix: Bytes,
    /// How many gets there were.
    pub gets: u64,
    /// How many of those found something.
    pub hits: u64,
    /// How many storage commands there were.
    pub sets: u64,
    /// How many deletes there were.
    pub deletes: u64,
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
    /// The server's words behind the first, which is that of the kind; they
    /// may be none.
    pub message: Bytes,
}

/// The kinds of [`Refusal`] that call for different behaviour.
///
/// The text protocol has three words only, but for the administrative
/// commands; the finer kinds are read from the messages of memcached. A message
/// that is not known is [`Client`](Self::Client) or [`Server`](Self::Server).
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
    /// `BUSY`: the crawler or the slab mover is at work already.
    Busy,
    /// `BADCLASS`: there is no such slab class.
    BadClass,
    /// `NOSPARE`: the slab class has no page to give.
    NoSparePage,
    /// `SAME`: a slab class cannot give a page to itself.
    SameClass,
    /// `NOTSTARTED`: there is nothing to crawl.
    NotStarted,
    /// `MEMLIMIT_TOO_SMALL`: the server needs more memory than that.
    MemoryLimitTooSmall,
    /// `MEMLIMIT_ADJUST_FAILED`: the memory cannot be made so large.
    MemoryLimitFailed,
    /// `WATCHER_TOO_MANY`: the server has no room for another watcher.
    TooManyWatchers,
    /// `WATCHER_FAILED`: the server cannot log to this connection.
    WatcherFailed,
}
