//! `get` and, with cas numbers, `gets`, of one key or many.
//!
//! ```text
//! get <key> [<key>…]\r\n
//!     →  any number of VALUE <key> <flags> <bytes> [<cas>]\r\n<data>\r\n, then END\r\n
//! ```
//!
//! A server leaves misses out. Rows come in the order of the keys from
//! memcached; a proxy may change it, so each row is looked up by its key.

use bytes::{Buf, Bytes, BytesMut};

use super::incoming::{Parsed, Words};
use crate::connection::{AskedKeys, Place};
use crate::line::{self, CRLF};
use crate::{
    Excerpt, Item, Key, Limits, MAX_KEY_LEN, Outgoing, ProtocolError, Refusal, RefusalKind, Reply,
    ReplyError, Request, SendError,
};

/// A received value of at least this many bytes shares the buffer that it was
/// read into; a smaller one is copied out.
///
/// Whoever keeps a shared value keeps the whole read buffer, typically 16 to
/// 64 KiB. A copy of up to a page costs less than the system call that
/// brought it, and lets the buffer be used again.
const SHARE_FROM: usize = 4 << 10;

pub(super) fn encode(
    command: &str,
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
    for key in keys {
        out.put(b" ");
        out.put_key(key);
    }
    out.put(CRLF);
    Ok(())
}

/// How long this line may be, if it is a get of any kind.
pub(super) fn max_line_len(line: &[u8], limits: &Limits) -> Option<usize> {
    let is_get = line.starts_with(b"get ") || line.starts_with(b"gets ");
    let keys = limits
        .max_keys
        .saturating_mul(MAX_KEY_LEN.saturating_add(1));
    is_get.then(|| keys.saturating_add(b"gets".len()))
}

pub(super) fn decode<'a>(mut words: Words<'a>, cas: bool, limits: &Limits) -> Parsed<'a> {
    let key = words.key()?;
    let Some(second) = words.next() else {
        return Ok(Request::Get { key, cas });
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
    Ok(Request::GetMany {
        keys: keys.into(),
        cas,
    })
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
    out.put_payload(&item.value.clone().into());
    out.put(CRLF);
}

/// The rows of one reply, as far as they have arrived.
#[derive(Debug)]
pub(super) struct Rows {
    command: &'static str,
    found: Found,
    /// Where the next row is looked for first.
    place: Place,
    /// The row whose value comes next.
    head: Option<Head>,
}

/// A slot for each key that was asked for.
#[derive(Debug)]
enum Found {
    One(Option<Item>),
    Many(Vec<Option<Item>>),
}

/// What a row says about its value.
#[derive(Clone, Copy, Debug)]
struct Head {
    slot: usize,
    flags: u32,
    cas: Option<u64>,
    len: usize,
}

impl Rows {
    /// For the one key of a get.
    pub(super) fn one(command: &'static str) -> Self {
        Self {
            command,
            found: Found::One(None),
            place: Place::default(),
            head: None,
        }
    }

    /// For so many keys.
    pub(super) fn many(command: &'static str, keys: usize) -> Self {
        let found = Found::Many(vec![None; keys]);
        Self {
            command,
            found,
            place: Place::default(),
            head: None,
        }
    }

    /// Reads a line: the start of a row (`None`), the end with all rows, or
    /// an error.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        keys: AskedKeys<'_>,
        limits: &Limits,
    ) -> Result<Option<Reply>, ProtocolError> {
        if line == b"END" {
            return Ok(Some(match &mut self.found {
                Found::One(item) => Reply::Value(item.take()),
                Found::Many(items) => Reply::Values(std::mem::take(items)),
            }));
        }
        self.head = Some(self.read_head(line, keys, limits)?);
        Ok(None)
    }

    /// Takes the value that comes next, if one does, off the input. The
    /// answer is how many bytes of it are missing.
    pub(super) fn value(&mut self, input: &mut BytesMut) -> Result<usize, ProtocolError> {
        let Some(head) = self.head else {
            return Ok(0);
        };
        let total = head.len.saturating_add(CRLF.len());
        let Some(end) = input.get(head.len..total) else {
            return Ok(total.saturating_sub(input.len()));
        };
        if end != CRLF {
            return Err(ProtocolError::BadTerminator {
                found: Excerpt::new(end),
            });
        }
        let value = take_value(input, head.len);
        input.advance(CRLF.len());
        if let Some(slot) = self.found.slots().get_mut(head.slot) {
            *slot = Some(Item {
                flags: head.flags,
                cas: head.cas,
                value,
            });
        }
        self.head = None;
        Ok(0)
    }

    /// `VALUE <key> <flags> <bytes> [<cas>]`; the cas number is there exactly
    /// if it was asked for.
    fn read_head(
        &mut self,
        line: &[u8],
        keys: AskedKeys<'_>,
        limits: &Limits,
    ) -> Result<Head, ProtocolError> {
        let unexpected = || ProtocolError::unexpected(self.command, line);
        let row = line.strip_prefix(b"VALUE ").ok_or_else(unexpected)?;
        let mut words = row.split(|&byte| byte == b' ');
        let mut word = || words.next();
        let (Some(key), Some(flags), Some(len)) = (word(), word(), word()) else {
            return Err(unexpected());
        };
        let cas = word();
        if cas.is_some() != (self.command == "gets") || word().is_some() {
            return Err(unexpected());
        }
        Ok(Head {
            slot: self.slot(key, keys)?,
            flags: line::field("flags", flags, u64::from(u32::MAX))? as u32,
            len: value_len(len, limits)?,
            cas: cas
                .map(|cas| line::field("cas number", cas, u64::MAX))
                .transpose()?,
        })
    }

    /// The slot of a key that was asked for and is not answered yet: from
    /// behind the last one on, then from the start.
    fn slot(&mut self, key: &[u8], keys: AskedKeys<'_>) -> Result<usize, ProtocolError> {
        let slots = self.found.slots();
        let start = self.place;
        let behind = keys.from(start);
        let before = keys
            .from(Place::default())
            .take_while(|(at, ..)| at.index < start.index);
        let free = |index| slots.get(index).is_some_and(Option::is_none);
        let mut candidates = behind.chain(before);
        match candidates.find(|(at, asked, _)| *asked == key && free(at.index)) {
            Some((at, _, next)) => {
                self.place = next;
                Ok(at.index)
            }
            None => Err(ProtocolError::WrongKey {
                found: Excerpt::new(key),
            }),
        }
    }
}

impl Found {
    fn slots(&mut self) -> &mut [Option<Item>] {
        match self {
            Self::One(slot) => std::slice::from_mut(slot),
            Self::Many(slots) => slots,
        }
    }
}

/// The announced length, compared with the limit before anything is made of it.
fn value_len(digits: &[u8], limits: &Limits) -> Result<usize, ProtocolError> {
    let len = line::field("length", digits, u64::MAX)?;
    let max = limits.value_len();
    match usize::try_from(len) {
        Ok(len) if len <= max => Ok(len),
        _ => Err(ProtocolError::TooLarge { len, max }),
    }
}

fn take_value(input: &mut BytesMut, len: usize) -> Bytes {
    if len >= SHARE_FROM {
        return input.split_to(len).freeze();
    }
    let value = Bytes::copy_from_slice(input.get(..len).unwrap_or_default());
    input.advance(len);
    value
}
