//! The classic text protocol: lines of words, and values after their length.
//!
//! ```text
//! get <key>\r\n                                       →  VALUE <key> <flags> <bytes>\r\n<data>\r\nEND\r\n | END\r\n
//! set <key> <flags> <exptime> <bytes>\r\n<data>\r\n   →  STORED\r\n | NOT_STORED\r\n
//! incr <key> <delta>\r\n                              →  <number>\r\n | NOT_FOUND\r\n
//! ```
//!
//! Each command has a file with its request and its reply, both written and
//! read. A client needs [`Connection`](crate::Connection), which writes the
//! requests and reads the replies: a text reply does not say what it answers.
//! A server needs [`decode_request`] and [`encode_reply`].
//!
//! # Source
//! memcached's `doc/protocol.txt`, and the answers of memcached 1.6.

mod arithmetic;
mod delete;
mod get;
mod incoming;
mod items;
mod reply;
mod server;
mod stats;
mod store;
mod touch;
mod word;

pub use incoming::{BadRequest, Incoming, decode_request};
pub(crate) use reply::Decoder;

use crate::kind::Kind;
use crate::{Limits, Outgoing, Reply, ReplyError, Request, SendError};

/// Writes a request as a client sends it.
///
/// # Errors
/// [`SendError`] for one over the limits, or one that the protocol cannot
/// carry. Then nothing was written.
pub fn encode_request(
    request: &Request<'_>,
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let command = request.name();
    match request {
        Request::Get { key, .. } => get::encode(command, &[*key], limits, out)?,
        Request::GetMany { keys, .. } => get::encode(command, keys, limits, out)?,
        Request::Store {
            verb,
            key,
            flags,
            exptime,
            value,
        } => {
            let head = store::Head {
                verb: *verb,
                key: *key,
                flags: *flags,
                exptime: *exptime,
            };
            store::encode(&head, value, limits, out)?;
        }
        Request::Delete { key } => delete::encode(key, out),
        Request::Incr { key, delta } | Request::Decr { key, delta } => {
            arithmetic::encode(command, key, *delta, out);
        }
        Request::Touch { key, exptime } => touch::encode(key, *exptime, out),
        Request::Stats { topic } => stats::encode(*topic, out),
        Request::Version | Request::Quit => server::encode(command, out),
        Request::FlushAll { delay } => server::encode_flush_all(*delay, out)?,
    }
    Ok(())
}

/// Writes the reply to a request as a server sends it.
///
/// # Errors
/// [`ReplyError`] if the reply does not answer the request, or holds a text
/// that would break its line. Then nothing was written.
pub fn encode_reply(
    request: &Request<'_>,
    reply: &Reply,
    out: &mut Outgoing,
) -> Result<(), ReplyError> {
    let mismatch = ReplyError::Mismatch {
        command: request.name(),
    };
    if !Kind::of(request).accepts(reply) {
        return Err(mismatch);
    }
    match (request, reply) {
        (Request::Get { key, cas }, Reply::Value(item)) => {
            get::encode_reply(&[*key], std::slice::from_ref(item), *cas, out)?;
        }
        (Request::GetMany { keys, cas }, Reply::Values(items)) if keys.len() == items.len() => {
            get::encode_reply(keys, items, *cas, out)?;
        }
        (_, Reply::Value(_) | Reply::Values(_)) => return Err(mismatch),
        (_, Reply::Number(number)) => arithmetic::encode_reply(*number, out),
        (_, Reply::Version(version)) => server::encode_version(version, out)?,
        (_, Reply::Stats(rows)) => stats::encode_reply(rows, out)?,
        (_, Reply::Refused(refusal)) => word::encode_refusal(refusal, out)?,
        (_, word) => word::encode(word, out),
    }
    Ok(())
}
