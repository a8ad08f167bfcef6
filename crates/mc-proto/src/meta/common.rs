//! The requests that every protocol shares, in the words of meta.
//!
//! | Request | Meta |
//! |---|---|
//! | get | `mg <key> v f [c]` |
//! | gat | `mg <key> v T<exptime> f [c]` |
//! | set, add, replace, append, prepend | `ms <key> <bytes> [M<mode>] [F<flags>] [T<exptime>]` |
//! | cas | `ms <key> <bytes> C<cas>` |
//! | delete | `md <key>` |
//! | incr, decr | `ma <key> v [MD] D<delta> [N<exptime> J<initial>]` |
//! | touch | `mg <key> T<exptime>` |
//! | noop | `mn` |
//!
//! Each has the number of its place on the connection as its mark. Everything
//! else goes out in the classic protocol, which servers take on the same
//! connection: meta has no word for it. So does a get of many keys, though
//! quiet `mg` and `mn` could say it: one classic line costs a server little
//! more than half of that.

use super::flags::Flags;
use super::store::{Quiet, Words};
use super::{Arithmetic, ArithmeticMode, Delete, Get, Opaque, key, set};
use crate::kind::Kind;
use crate::line::CRLF;
use crate::{Batch, Exptime, Initial, Key, Limits, Outgoing, Request, SendError, text};

/// Whether the reply to such a request is one of meta.
pub(super) fn is_meta(kind: Kind) -> bool {
    match kind {
        Kind::Get { .. } | Kind::Gat { .. } | Kind::Batch | Kind::Noop | Kind::Meta(_) => true,
        _ => kind.changes(),
    }
}

/// Writes a request with this number as its mark, and its parts with the next
/// ones.
pub(super) fn encode(
    request: &Request<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    match request {
        Request::Get { key, cas } => encode_get(key, *cas, None, opaque, out),
        Request::Gat { key, exptime, cas } => encode_get(key, *cas, Some(*exptime), opaque, out),
        Request::Batch(requests) => encode_batch(requests, limits, opaque, out),
        Request::Noop => super::Request::Noop.encode(limits, out),
        Request::Meta(request) => request.encode(limits, out),
        request if Kind::of(request).changes() => {
            encode_change(request, false, limits, opaque, out)
        }
        request => text::encode_request(request, limits, out),
    }
}

/// Writes quiet requests and a fence.
fn encode_batch(
    requests: &Batch<'_>,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    requests.check(limits)?;
    let start = out.end();
    let encoded = encode_changes(requests, limits, opaque, out);
    encoded.inspect_err(|_| out.cut(start))?;
    out.put(b"mn\r\n");
    Ok(())
}

/// Whether such a request is quiet in a batch.
///
/// A refusal has no mark, so that it cannot be told from the silence of a
/// quiet neighbour whose it is. What is not quiet has a line each, and every
/// refusal its place. So only what may be asked again is quiet.
pub(super) fn is_quiet(kind: Kind) -> bool {
    kind == Kind::Set
}

/// Writes requests of a batch that change one item each.
fn encode_changes(
    requests: &[Request<'_>],
    limits: &Limits,
    mut opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let mut quiet = Quiet::new();
    for request in requests {
        match request {
            // Most are.
            Request::Store {
                verb,
                key,
                flags,
                exptime,
                value,
            } if is_quiet(Kind::of_store(*verb)) && !key.is_raw() => {
                let line = set::encode_head(key, value, limits, out)?;
                quiet.put(*flags, *exptime, opaque, line);
                out.put_value(value, CRLF);
            }
            request => encode_change(request, true, limits, opaque, out)?,
        }
        opaque = opaque.wrapping_add(1);
    }
    Ok(())
}

/// Writes a request that changes an item. In a batch, sets are quiet.
#[inline(never)]
fn encode_change(
    request: &Request<'_>,
    in_batch: bool,
    limits: &Limits,
    opaque: u32,
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
        return encode_unstored(request, Some(opaque.into()), out);
    };
    let words = Words {
        verb: *verb,
        flags: *flags,
        exptime: *exptime,
        is_quiet: in_batch && is_quiet(Kind::of_store(*verb)),
        is_raw: key.is_raw(),
        opaque,
    };
    words.put(set::encode_head(key, value, limits, out)?);
    out.put_value(value, CRLF);
    Ok(())
}

/// Writes a change that stores no value.
fn encode_unstored(
    request: &Request<'_>,
    opaque: Option<Opaque>,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    match request {
        Request::Delete { key } => Delete {
            opaque,
            ..Delete::new(*key)
        }
        .encode(out),
        Request::Incr {
            key,
            delta,
            initial,
        } => arithmetic(ArithmeticMode::Incr, *key, *delta, *initial, opaque).encode(out),
        Request::Decr {
            key,
            delta,
            initial,
        } => arithmetic(ArithmeticMode::Decr, *key, *delta, *initial, opaque).encode(out),
        Request::Touch { key, exptime } => Get {
            touch: Some(*exptime),
            opaque,
            ..Get::new(*key)
        }
        .encode(out),
        other => Err(SendError::NotInBatch {
            command: other.name(),
        }),
    }
}

/// Writes what [`Get`] would with these flags, of which it has many more.
fn encode_get(
    key: &Key<'_>,
    cas: bool,
    touch: Option<Exptime>,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let mut flags = Flags(key::encode_head(b"mg ", key, out)?);
    flags.on(b'v', true);
    flags.exptime(b'T', touch);
    flags.on(b'f', true);
    flags.on(b'c', cas);
    flags.on(b'b', key.is_raw());
    flags.number(b'O', Some(opaque.into()));
    flags.0.extend_from_slice(CRLF);
    Ok(())
}

fn arithmetic(
    mode: ArithmeticMode,
    key: Key<'_>,
    delta: u64,
    initial: Option<Initial>,
    opaque: Option<Opaque>,
) -> Arithmetic<'_> {
    Arithmetic {
        mode,
        delta,
        initial,
        value: true,
        opaque,
        ..Arithmetic::new(key)
    }
}
