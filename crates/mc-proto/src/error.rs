//! What can go wrong: on the way out, on the way in, and in an answer.

use thiserror::Error;

use crate::binary::BadFrame;
use crate::{Excerpt, Protocol};

/// Why a request was not sent. No byte of it was queued.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// The value is over the limit.
    #[error("a value of {len} bytes is too large; at most {max} are allowed")]
    ValueTooLarge {
        /// Its length in bytes.
        len: usize,
        /// [`Limits::max_value_len`](crate::Limits::max_value_len).
        max: usize,
    },
    /// A key of any bytes, where only plain ones can be carried.
    #[error(
        "a raw key cannot be carried by a line of the text protocol; meta (key by key) and binary can"
    )]
    RawKey,
    /// A key that is too long once it is in base64.
    #[error("a raw key of {len} bytes is too long in base64; at most {max} are allowed")]
    RawKeyTooLong {
        /// Its length in bytes, namespace included.
        len: usize,
        /// The longest that fits.
        max: usize,
    },
    /// A get of no keys has no form on the wire.
    #[error("a get needs at least one key")]
    NoKeys,
    /// A get of more keys than one line should have.
    #[error("a get of {len} keys is too long; at most {max} are allowed")]
    TooManyKeys {
        /// How many there are.
        len: usize,
        /// [`Limits::max_keys`](crate::Limits::max_keys).
        max: usize,
    },
    /// A delay that servers would cut to fewer bits.
    #[error(
        "a delay of {delay} seconds is too long; at most {} are allowed",
        i32::MAX
    )]
    DelayTooLong {
        /// The delay in seconds.
        delay: u32,
    },
    /// The protocol has no form for it.
    #[error("the {protocol} protocol cannot carry {command}")]
    Unsupported {
        /// The command.
        command: &'static str,
        /// The protocol of the connection.
        protocol: Protocol,
    },
    /// A batch of no requests.
    #[error("a batch needs at least one request")]
    EmptyBatch,
    /// A batch of more requests than the limit.
    #[error("a batch of {len} requests is too long; at most {max} are allowed")]
    BatchTooLong {
        /// How many there are.
        len: usize,
        /// [`Limits::max_batch`](crate::Limits::max_batch).
        max: usize,
    },
    /// A request in a batch that is no change of one item.
    #[error(
        "{command} cannot be part of a batch; \
         storage commands, delete, touch, incr and decr are allowed"
    )]
    NotInBatch {
        /// The command.
        command: &'static str,
    },
    /// A stream beside other requests: one is pending, or a stream is.
    #[error("{command} needs the connection for itself, with no other request pending")]
    NotAlone {
        /// The stream.
        command: &'static str,
    },
    /// A quiet request by itself: nobody could tell when it is done.
    #[error("a quiet {command} may have no reply, which only a batch can tell")]
    Quiet {
        /// The command.
        command: &'static str,
    },
    /// A request without a reply that would be good for nothing.
    #[error(
        "{command} is sent for its reply; \
         storage commands, delete, touch, incr, decr, flush_all and verbosity can go without"
    )]
    NeedsReply {
        /// The command.
        command: &'static str,
    },
    /// A name or a password that the protocol cannot carry.
    #[error("a {field} is empty, or has a space, a control byte or DEL, which are not allowed")]
    BadCredentials {
        /// Which of the two. The bytes are not told.
        field: &'static str,
    },
    /// The name of a SASL mechanism that is none.
    #[error("a SASL mechanism is 1 to 20 upper-case letters, digits, hyphens and underscores")]
    BadMechanism,
    /// The connection has queued its last request, was closed, or has failed.
    #[error("the connection takes no more requests")]
    Closed,
}

/// Why the bytes of a server cannot be believed. The connection is lost.
///
/// What was asked before and not answered may or may not have been done, see
/// [`Connection::closed`](crate::Connection::closed).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// No line end within the limit.
    #[error("a line of the reply is longer than {max} bytes")]
    LineTooLong {
        /// [`Limits::max_line_len`](crate::Limits::max_line_len).
        max: usize,
    },
    /// Something other than decimal digits, or more than fits.
    #[error("{field}: '{found}' is no number in decimal digits up to {max}")]
    BadNumber {
        /// What the number is for.
        field: &'static str,
        /// The bytes in its place.
        found: Excerpt,
        /// The largest one.
        max: u64,
    },
    /// A value is announced that is over the limit.
    #[error("a value of {len} bytes is announced; at most {max} are allowed")]
    TooLarge {
        /// The length announced, in bytes.
        len: u64,
        /// [`Limits::max_value_len`](crate::Limits::max_value_len).
        max: usize,
    },
    /// An item whose key was not asked for, or was answered already.
    #[error("an item arrived for the key '{found}', which is not awaited")]
    WrongKey {
        /// The key.
        found: Excerpt,
    },
    /// No `\r\n` where a line or a value ends.
    #[error("'{found}' stands where a line end (\\r\\n) is due")]
    BadTerminator {
        /// The bytes in its place.
        found: Excerpt,
    },
    /// The number that names the request does not come back.
    #[error(
        "a reply has no opaque, and {expected} is due (memcached before 1.6.18 repeats none with a miss)"
    )]
    NoOpaque {
        /// The number of the request whose turn it is.
        expected: u32,
    },
    /// The number that names the request, sent back wrong.
    #[error("a reply has the opaque '{found}', not {expected}")]
    WrongOpaque {
        /// The number of the request whose turn it is.
        expected: u32,
        /// The bytes in its place.
        found: Excerpt,
    },
    /// The mark of a request in meta's own words, sent back wrong or not at all.
    #[error("a reply has the mark '{found}', not '{expected}'")]
    WrongMark {
        /// The mark of the request whose turn it is; nothing if it has none.
        expected: Excerpt,
        /// The bytes in its place.
        found: Excerpt,
    },
    /// A refusal that may concern one request of a batch as well as another.
    #[error("'{found}' does not tell which request of the batch it answers")]
    Unplaced {
        /// The refusal.
        found: Excerpt,
    },
    /// A refusal that may be meant for a request which wanted no reply. Nobody
    /// can tell whose it is, or what the server does with what follows.
    #[error("'{found}' may answer a request that was sent with noreply")]
    Noreply {
        /// The refusal.
        found: Excerpt,
    },
    /// A line that is no answer to the request whose turn it is.
    #[error("'{found}' is no reply to {command}")]
    Unexpected {
        /// The command whose turn it is.
        command: &'static str,
        /// The line.
        found: Excerpt,
    },
    /// More rows than the limit.
    #[error("a reply to stats has more than {max} rows")]
    TooManyRows {
        /// [`Limits::max_rows`](crate::Limits::max_rows).
        max: usize,
    },
    /// Bytes that nobody has asked for.
    #[error("'{found}' arrived, though nothing was asked")]
    Unsolicited {
        /// The bytes.
        found: Excerpt,
    },
    /// The server has no room for another client, and has read nothing.
    #[error("the server has too many open connections")]
    TooManyConnections,
    /// A packet of the binary protocol that is none, or not the one awaited.
    #[error(transparent)]
    Frame(#[from] BadFrame),
    /// The connection was given up before: it was closed, or a reply had
    /// [`Disposition::Drop`](crate::Disposition::Drop).
    #[error("the connection was given up")]
    GivenUp,
}

/// Why a reply cannot be written as the answer to a request. Nothing was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The reply is of another kind, or has not one entry for each key.
    #[error("the reply does not answer a {command}")]
    Mismatch {
        /// The command that was asked.
        command: &'static str,
    },
    /// An item lacks the cas number that was asked for.
    #[error("an item has no cas number, though a gets asked for it")]
    NoCas,
    /// A part of the reply does not fit into a packet of the binary protocol.
    #[error(transparent)]
    Frame(#[from] BadFrame),
    /// A text of the reply would end its line, or its name its field.
    #[error("the byte '{}' is not allowed in a {field}", .byte.escape_ascii())]
    Byte {
        /// The part of the reply.
        field: &'static str,
        /// The byte.
        byte: u8,
    },
}
