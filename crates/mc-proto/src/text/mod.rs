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

mod admin;
mod arithmetic;
mod auth;
mod batch;
mod body;
mod delete;
mod get;
mod hit;
mod incoming;
mod items;
mod joined;
mod reply;
mod server;
mod stats;
mod store;
mod stream;
mod touch;
mod word;

pub use auth::decode_auth;
pub(crate) use body::Body;
pub(crate) use get::join as join_get;
pub use incoming::{BadRequest, Incoming, decode_request};
pub(crate) use incoming::{Fault, Found, Words};
pub(crate) use items::value_len;
pub(crate) use reply::Decoder;
pub(crate) use stats::{encode_prefixes, read_dump};
pub use stream::encode_row;
pub(crate) use touch::{decode_exptime, encode_exptime};
pub(crate) use word::{check_text, decode_refusal};

use crate::kind::Kind;
use crate::line::Ending;
use crate::{Key, Limits, Outgoing, Protocol, Reply, ReplyError, Request, SendError, meta};

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
    let start = out.end();
    write_request(request, Ending::Plain, limits, out).inspect_err(|_| out.cut(start))
}

/// Writes a request that asks for no reply: `noreply` stands at the end of its
/// line.
///
/// A storage command, delete, touch, incr, decr, flush_all and verbosity can.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Key, Limits, Outgoing, Request, text};
///
/// let mut out = Outgoing::default();
/// let key = Key::new(b"a")?;
/// text::encode_noreply(&Request::Delete { key }, &Limits::default(), &mut out)?;
/// assert_eq!(out.chunk(), b"delete a noreply\r\n");
///
/// let refused = text::encode_noreply(&Request::Version, &Limits::default(), &mut out);
/// assert!(refused.unwrap_err().to_string().starts_with("version is sent for its reply"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`SendError`] for one that is sent for its reply, and for what
/// [`encode_request`] refuses. Then nothing was written.
pub fn encode_noreply(
    request: &Request<'_>,
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    Kind::of(request).check_noreply(request.name())?;
    let start = out.end();
    write_request(request, Ending::Noreply, limits, out).inspect_err(|_| out.cut(start))
}

/// Only what may go without a reply heeds the ending.
#[inline(always)]
fn write_request(
    request: &Request<'_>,
    ending: Ending,
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let Request::Store {
        verb,
        key,
        flags,
        exptime,
        value,
    } = request
    else {
        return write_unstored(request, ending, limits, out);
    };
    if key.is_raw() {
        return Err(SendError::RawKey);
    }
    let terms = store::Terms {
        verb: *verb,
        flags: *flags,
        exptime: *exptime,
    };
    store::encode(terms, key, value, ending, limits, out)
}

/// Writes what stores no value.
fn write_unstored(
    request: &Request<'_>,
    ending: Ending,
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let command = request.name();
    if request.keys().iter().any(Key::is_raw) {
        return Err(SendError::RawKey);
    }
    match request {
        Request::Get { key, .. } => get::encode(command, None, &[*key], limits, out)?,
        Request::GetMany { keys, .. } => get::encode(command, None, keys, limits, out)?,
        Request::Gat { key, exptime, .. } => {
            get::encode(command, Some(*exptime), &[*key], limits, out)?;
        }
        Request::GatMany { keys, exptime, .. } => {
            get::encode(command, Some(*exptime), keys, limits, out)?;
        }
        Request::Delete { key } => delete::encode(key, ending, out),
        Request::Incr {
            initial: Some(_), ..
        } => return unsupported("incr with an initial value"),
        Request::Decr {
            initial: Some(_), ..
        } => return unsupported("decr with an initial value"),
        Request::Incr { key, delta, .. } | Request::Decr { key, delta, .. } => {
            arithmetic::encode(command, key, *delta, ending, out);
        }
        Request::Touch { key, exptime } => touch::encode(key, *exptime, ending, out),
        Request::Batch(requests) => batch::encode(requests, limits, out)?,
        Request::Stats { topic } => stats::encode(*topic, out),
        Request::Version | Request::Quit => server::encode(command, out),
        Request::FlushAll { delay } => server::encode_flush_all(*delay, ending, out)?,
        Request::Verbosity { level } => server::encode_verbosity(*level, ending, out),
        Request::Shutdown { graceful } => server::encode_shutdown(*graceful, out),
        Request::Admin(admin) => admin::encode(*admin, out),
        Request::Metadump(classes) | Request::Mgdump(classes) => {
            stream::encode_dump(command, *classes, out);
        }
        Request::Watch(topics) => stream::encode_watch(*topics, out),
        Request::Auth { user, password } => auth::encode(user, *password, out)?,
        Request::Store { .. } | Request::Noop | Request::Meta(_) | Request::Sasl(_) => {
            return unsupported(command);
        }
    }
    Ok(())
}

fn unsupported(command: &'static str) -> Result<(), SendError> {
    let protocol = Protocol::Text;
    Err(SendError::Unsupported { command, protocol })
}

/// Writes the reply to a request as a server sends it.
///
/// To a [`Watch`](Request::Watch), [`Reply::Ok`] is what begins it; the rows
/// are written with [`encode_row`].
///
/// # Errors
/// [`ReplyError`] if the reply does not answer the request, or holds a text
/// that would break its line. Then nothing was written.
pub fn encode_reply(
    request: &Request<'_>,
    reply: &Reply,
    out: &mut Outgoing,
) -> Result<(), ReplyError> {
    let start = out.end();
    write_reply(request, reply, out).inspect_err(|_| out.cut(start))
}

fn write_reply(request: &Request<'_>, reply: &Reply, out: &mut Outgoing) -> Result<(), ReplyError> {
    let mismatch = ReplyError::Mismatch {
        command: request.name(),
    };
    if !Kind::of(request).accepts(reply) {
        return Err(mismatch);
    }
    match (request, reply) {
        (Request::Get { key, cas } | Request::Gat { key, cas, .. }, Reply::Value(item)) => {
            get::encode_reply(&[*key], std::slice::from_ref(item), *cas, out)?;
        }
        (
            Request::GetMany { keys, cas } | Request::GatMany { keys, cas, .. },
            Reply::Values(items),
        ) if keys.len() == items.len() => {
            get::encode_reply(keys, items, *cas, out)?;
        }
        (Request::Batch(requests), Reply::Batch(replies)) if requests.len() == replies.len() => {
            batch::encode_reply(requests, replies, out)?;
        }
        (_, Reply::Value(_) | Reply::Values(_) | Reply::Batch(_)) => return Err(mismatch),
        (_, Reply::Mechanisms(_) | Reply::Challenge(_)) => return Err(mismatch),
        (Request::Meta(request), Reply::Meta(reply)) => {
            meta::write_reply(request, reply, out)?;
        }
        (_, Reply::Meta(_)) => return Err(mismatch),
        (_, Reply::Number(number)) => arithmetic::encode_reply(*number, out),
        (_, Reply::Version(version)) => server::encode_version(version, out)?,
        (_, Reply::Stats(rows)) => stats::encode_reply(rows, out)?,
        (_, Reply::Prefixes(rows)) => stats::encode_prefixes(rows, out)?,
        (_, Reply::Refused(refusal)) => word::encode_refusal(refusal, out)?,
        (_, Reply::Ok) => word::encode_done(request, out).ok_or(mismatch)?,
        (_, word) => word::encode(word, out),
    }
    Ok(())
}
