//! The meta protocol: commands of two letters, and flags of one.
//!
//! ```text
//! mg <key> <flag>*\r\n                      →  VA <bytes> <flag>*\r\n<data>\r\n | HD <flag>*\r\n | EN\r\n
//! ms <key> <bytes> <flag>*\r\n<data>\r\n    →  HD <flag>*\r\n | NS… | EX… | NF…
//! md <key> <flag>*\r\n                      →  HD <flag>*\r\n | NF… | EX…
//! ma <key> <flag>*\r\n                      →  VA <bytes> <flag>*\r\n<number>\r\n | HD… | NF… | NS… | EX…
//! mn\r\n                                    →  MN\r\n
//! me <key>\r\n                              →  ME <key> <name>=<value>*\r\n | EN\r\n
//! ```
//!
//! It goes over the same connection as the classic [`text`] protocol, and adds
//! to it: items are marked as stale, one client of many wins the right to
//! write an item anew, keys may have any byte, and a mark on each request (its
//! opaque) comes back with the reply and proves which one it answers.
//!
//! A [`Connection`](crate::Connection) of
//! [`Protocol::Meta`](crate::Protocol::Meta) sends the requests that every
//! protocol shares in these words, marked with a number:
//!
//! | Request | Meta |
//! |---|---|
//! | get, gat | `mg <key> v [T<exptime>] f [c]` |
//! | set, add, replace, append, prepend | `ms <key> <bytes> [M<mode>] [F<flags>] [T<exptime>]` |
//! | cas | `ms <key> <bytes> C<cas>` |
//! | delete | `md <key>` |
//! | incr, decr | `ma <key> v [MD] [D<delta>] [N<exptime> J<initial>]` |
//! | touch | `mg <key> T<exptime>` |
//! | batch | these, sets with `q`, and `mn` |
//! | noop | `mn` |
//!
//! Meta has no word for the rest, which goes out in the classic protocol. So
//! does a get of many keys, since one classic line costs a server little more
//! than half of what as many `mg` do; those keys cannot be raw ones.
//!
//! Whoever wants a flag that is not in this table sends a
//! [`Request::Meta`](crate::Request::Meta), which has every flag that
//! memcached knows, up to 1.6.45. It goes out as it is written: its mark and
//! its key come back if it asks for that, and are compared. A server reads all
//! of them with [`decode_request`].
//!
//! # Example
//!
//! ```
//! use bytes::{Buf, BytesMut};
//! use mc_proto::{Connection, Exptime, Key, Limits, Protocol, Received, Reply, Request, meta};
//!
//! // The value, and, on a miss, the right to make it.
//! let get = meta::Get {
//!     value: true,
//!     vivify: Some(Exptime::from_wire(30)),
//!     opaque: Some(1.into()),
//!     ..meta::Get::new(Key::new(b"report")?)
//! };
//! let mut connection = Connection::new(Protocol::Meta, Limits::default());
//! connection.push(&Request::Meta(get.into()), ()).map_err(|(error, ())| error)?;
//! assert_eq!(connection.take_outgoing().chunk(), b"mg report v N30 O1\r\n");
//!
//! let mut input = BytesMut::from("VA 0 O1 W\r\n\r\n");
//! let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
//! let Reply::Meta(reply) = answer.reply else { panic!() };
//! let meta::Reply::Value(value, returned) = *reply else { panic!() };
//! assert!(value.is_empty() && returned.won);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Source
//! memcached's `doc/protocol.txt`, "Meta Commands", and the answers of
//! memcached 1.6.18. Before that version a miss does not repeat the mark (it is
//! `EN` and nothing else); such a server is not believed, so use the classic
//! protocol with it.

mod answer;
mod arithmetic;
mod batch;
mod common;
mod debug;
mod decoder;
mod delete;
mod flags;
mod general;
mod get;
mod hit;
mod incoming;
mod key;
mod reply;
mod request;
mod returned;
mod set;
mod store;
mod token;

pub use arithmetic::{Arithmetic, ArithmeticMode};
pub use debug::Debug;
pub(crate) use decoder::Decoder;
pub use delete::Delete;
pub use get::Get;
pub(crate) use incoming::decode;
pub use incoming::decode_request;
pub use key::{Key, MAX_RAW_KEY_LEN};
pub use reply::Reply;
pub(crate) use reply::write_reply;
pub use request::Request;
pub(crate) use request::Shape;
pub use returned::{Returned, Ttl};
pub use set::{Set, SetMode};
pub use token::{Hint, InvalidToken, MAX_HINT_LEN, MAX_OPAQUE_LEN, Opaque};

use crate::{Limits, Outgoing, ReplyError, SendError, text};

/// Writes a request as a client sends it.
///
/// `opaque` is the mark of a request that every protocol shares; the parts of
/// a batch have the numbers from there on. A
/// [`Request::Meta`](crate::Request::Meta) has its own or none.
///
/// # Errors
/// [`SendError`] for one over the limits, or one that the protocol cannot
/// carry. Then nothing was written.
pub fn encode_request(
    request: &crate::Request<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    common::encode(request, limits, opaque, out)
}

/// Writes a request whose reply will be awaited, so that there has to be one.
pub(crate) fn encode_awaited(
    request: &crate::Request<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    match request {
        crate::Request::Meta(request) if request.is_quiet() => Err(SendError::Quiet {
            command: request.name(),
        }),
        request => encode_request(request, limits, opaque, out),
    }
}

/// Writes the reply to a request as a server sends it: nothing, if the request
/// is a quiet one and this the reply that it does without.
///
/// The mark and the key are repeated as the request asks for it. It is
/// [`text::encode_reply`], under a second name.
///
/// # Errors
/// [`ReplyError`] if the reply does not answer the request, or holds a text
/// that would break its line. Then nothing was written.
pub fn encode_reply(
    request: &crate::Request<'_>,
    reply: &crate::Reply,
    out: &mut Outgoing,
) -> Result<(), ReplyError> {
    text::encode_reply(request, reply, out)
}
