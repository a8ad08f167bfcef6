//! `get` and, with cas numbers, `gets`, of one key or many; `gat` and `gats`,
//! which also give the items a new end.
//!
//! ```text
//! get <key> [<key>…]\r\n
//! gat <exptime> <key> [<key>…]\r\n
//!     →  any number of VALUE <key> <flags> <bytes> [<cas>]\r\n<data>\r\n, then END\r\n
//! ```
//!
//! A server leaves misses out. How a client reads the rows is told in
//! `items.rs`.

use super::incoming::{Parsed, Words};
use super::touch::encode_exptime;
use crate::line::CRLF;
use crate::{
    Exptime, Item, Key, Keys, Limits, MAX_KEY_LEN, Outgoing, Refusal, RefusalKind, ReplyError,
    Request, SendError,
};

/// Writes a get, or, with an end time, a gat.
pub(super) fn encode(
    command: &str,
    exptime: Option<Exptime>,
    keys: &[Key<'_>],
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    let (len, max) = (keys.len(), limits.max_keys);
    match len {
        0 => return Err(SendError::NoKeys),
        _ if len > max => return Err(SendError::TooManyKeys { len, max }),
        _ => out.put(command.as_bytes()),
    }
    if let Some(exptime) = exptime {
        out.put(b" ");
        encode_exptime(exptime, out.line());
    }
    for key in keys {
        out.put_key_word(key);
    }
    out.put(CRLF);
    Ok(())
}

/// Writes another key into the line of a get, which ends what is written.
pub(crate) fn join(key: &Key<'_>, out: &mut Outgoing) {
    out.cut(out.end().saturating_sub(CRLF.len()));
    let line = out.line();
    line.push(b' ');
    key.append_to(line);
    line.extend_from_slice(CRLF);
}

/// How long this line may be, if it is a get of any kind.
pub(super) fn max_line_len(line: &[u8], limits: &Limits) -> Option<usize> {
    let commands: [&[u8]; 4] = [b"get ", b"gets ", b"gat ", b"gats "];
    let is_get = commands.iter().any(|command| line.starts_with(command));
    let keys = limits
        .max_keys
        .saturating_mul(MAX_KEY_LEN.saturating_add(1));
    is_get.then(|| keys.saturating_add(b"gats -2147483648".len()))
}

pub(super) fn decode<'a>(words: Words<'a>, cas: bool, limits: &Limits) -> Parsed<'a> {
    Ok(match decode_keys(words, limits)? {
        Found::One(key) => Request::Get { key, cas },
        Found::Many(keys) => Request::GetMany { keys, cas },
    })
}

pub(super) fn decode_gat<'a>(mut words: Words<'a>, cas: bool, limits: &Limits) -> Parsed<'a> {
    let exptime = words.exptime()?;
    Ok(match decode_keys(words, limits)? {
        Found::One(key) => Request::Gat { key, exptime, cas },
        Found::Many(keys) => Request::GatMany { keys, exptime, cas },
    })
}

/// The keys of a line.
enum Found<'a> {
    One(Key<'a>),
    Many(Keys<'a>),
}

fn decode_keys<'a>(mut words: Words<'a>, limits: &Limits) -> Result<Found<'a>, Refusal> {
    let key = words.key()?;
    let Some(second) = words.next() else {
        return Ok(Found::One(key));
    };
    let mut keys = vec![key];
    let mut next = Some(second);
    while let Some(word) = next {
        if keys.len() >= limits.max_keys {
            return Err(Refusal::new(RefusalKind::Client, "too many keys"));
        }
        keys.push(Key::new(word).map_err(|_| RefusalKind::Client)?);
        next = words.next();
    }
    Ok(Found::Many(keys.into()))
}

/// Writes a row for each item that is there.
pub(super) fn encode_reply(
    keys: &[Key<'_>],
    items: &[Option<Item>],
    cas: bool,
    out: &mut Outgoing,
) -> Result<(), ReplyError> {
    if cas && items.iter().flatten().any(|item| item.cas.is_none()) {
        return Err(ReplyError::NoCas);
    }
    for (key, item) in keys.iter().zip(items) {
        if let Some(item) = item {
            encode_row(key, item, cas, out);
        }
    }
    out.put(b"END\r\n");
    Ok(())
}

fn encode_row(key: &Key<'_>, item: &Item, cas: bool, out: &mut Outgoing) {
    out.put(b"VALUE ");
    out.put_key(key);
    out.put(b" ");
    out.put_number(u64::from(item.flags));
    out.put(b" ");
    out.put_number(item.value.len() as u64);
    if let Some(unique) = item.cas.filter(|_| cas) {
        out.put(b" ");
        out.put_number(unique);
    }
    out.put(CRLF);
    out.put_value(&item.value.clone().into(), CRLF);
}
