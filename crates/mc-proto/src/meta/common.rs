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

use std::iter;

use super::flags::Flags;
use super::set::Head;
use super::{Arithmetic, ArithmeticMode, Delete, Get, SetMode, key};
use crate::kind::Kind;
use crate::line::CRLF;
use crate::{Batch, Exptime, Initial, Key, Limits, Outgoing, Request, SendError, Verb, text};

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
    let opaques = iter::successors(Some(opaque), |opaque| Some(opaque.wrapping_add(1)));
    for (request, opaque) in requests.iter().zip(opaques) {
        if let Err(error) = encode_change(request, true, limits, opaque, out) {
            out.cut(start);
            return Err(error);
        }
    }
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

/// Writes a request that changes one item. As part of a batch, a set is quiet.
fn encode_change(
    request: &Request<'_>,
    in_batch: bool,
    limits: &Limits,
    opaque: u32,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let mark = || Some(opaque.into());
    match request {
        Request::Store {
            verb,
            key,
            flags,
            exptime,
            value,
        } => {
            let head = Head {
                key,
                value,
                mode: mode(*verb),
                flags: *flags,
                exptime: *exptime,
                compare_cas: match verb {
                    Verb::Cas(unique) => Some(*unique),
                    _ => None,
                },
            };
            let mut end = head.encode(limits, out)?;
            end.on(b'q', in_batch && is_quiet(Kind::of_store(*verb)));
            end.on(b'b', key.is_raw());
            end.number(b'O', Some(opaque.into()));
            end.0.extend_from_slice(CRLF);
            out.put_payload(value);
            out.put(CRLF);
            Ok(())
        }
        Request::Delete { key } => Delete {
            opaque: mark(),
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
            opaque: mark(),
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

fn mode(verb: Verb) -> SetMode {
    match verb {
        Verb::Set | Verb::Cas(_) => SetMode::Set,
        Verb::Add => SetMode::Add,
        Verb::Replace => SetMode::Replace,
        Verb::Append => SetMode::Append,
        Verb::Prepend => SetMode::Prepend,
    }
}

fn arithmetic(
    mode: ArithmeticMode,
    key: Key<'_>,
    delta: u64,
    initial: Option<Initial>,
    opaque: u32,
) -> Arithmetic<'_> {
    Arithmetic {
        mode,
        delta,
        initial,
        value: true,
        opaque: Some(opaque.into()),
        ..Arithmetic::new(key)
    }
}
