//! The reply to a get, read: rows with values, matched with the keys asked.
//!
//! Rows come in the order of the keys from memcached, misses left out. A proxy
//! may change the order, so each row is looked up by its key: from behind the
//! last one on, which costs nothing if they are in order, then from the start.

use bytes::{Buf, Bytes, BytesMut};

use super::joined::Joined;
use super::reply::Step;
use crate::connection::{AskedKeys, Place};
use crate::line::{self, CRLF, split_word};
use crate::value::{self, Page};
use crate::{Excerpt, Item, Limits, ProtocolError, Reply};

/// The items of one reply, as far as they have arrived.
#[derive(Debug)]
pub(super) struct Items {
    /// Whether rows have cas numbers.
    cas: bool,
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
    Joined(Joined),
}

/// What a row says about its value.
#[derive(Clone, Copy, Debug)]
struct Head {
    slot: usize,
    flags: u32,
    cas: Option<u64>,
    len: usize,
}

/// What rows that are there as a whole have to be.
struct Rows<'a> {
    /// Where the first of them belongs.
    place: &'a mut Place,
    cas: bool,
    keys: AskedKeys<'a>,
    limits: &'a Limits,
}

/// A row that is there as a whole.
pub(super) struct Row<'i> {
    flags: u32,
    cas: Option<u64>,
    pub(super) value: &'i [u8],
    /// The row and all behind it.
    input: &'i [u8],
    /// The value and all behind it.
    body: &'i [u8],
    /// All behind the row.
    pub(super) behind: &'i [u8],
}

impl Items {
    /// For the one key of a get.
    pub(super) fn one(cas: bool) -> Self {
        Self::new(Found::One(None), cas)
    }

    /// For so many keys.
    pub(super) fn many(keys: usize, cas: bool) -> Self {
        Self::new(Found::Many(vec![None; keys]), cas)
    }

    /// For gets of one key that share a line.
    pub(super) fn joined(joined: Joined, cas: bool) -> Self {
        Self::new(Found::Joined(joined), cas)
    }

    /// The gets that share a line, if these are theirs.
    pub(super) fn as_joined(&mut self) -> Option<&mut Joined> {
        match &mut self.found {
            Found::Joined(joined) => Some(joined),
            Found::One(_) | Found::Many(_) => None,
        }
    }

    /// Whether there is an answer without another line.
    pub(super) fn has_answer(&self) -> bool {
        matches!(&self.found, Found::Joined(joined) if joined.has_answer())
    }

    fn new(found: Found, cas: bool) -> Self {
        Self {
            cas,
            found,
            place: Place::default(),
            head: None,
        }
    }

    /// Reads a line, if it is the start of a row or the end.
    #[inline]
    pub(super) fn line(
        &mut self,
        line: &[u8],
        keys: AskedKeys<'_>,
        limits: &Limits,
    ) -> Result<Option<Step>, ProtocolError> {
        let Some(row) = line.strip_prefix(b"VALUE ") else {
            return Ok((line == b"END").then(|| Step::Done(self.reply())));
        };
        self.head = self.read_head(row, keys, limits)?;
        Ok(self.head.map(|_| Step::More))
    }

    /// Takes rows off the input that are there as a whole, come in the order of
    /// the keys, have a small value, and are as they should be: most rows of
    /// most replies, each looked at once. The others are read in parts.
    pub(super) fn whole_rows(
        &mut self,
        input: &mut BytesMut,
        keys: AskedKeys<'_>,
        limits: &Limits,
    ) {
        if self.head.is_some() || self.place.index < self.found.answered() {
            return;
        }
        let rows = Rows {
            place: &mut self.place,
            cas: self.cas,
            keys,
            limits,
        };
        match &mut self.found {
            // That has been looked at as a whole.
            Found::One(_) => {}
            Found::Many(slots) => {
                let due = slots.len().saturating_sub(rows.place.index);
                let mut page = Page::for_rows(due);
                rows.take(input, slots, |row| {
                    page.cut(row.body, row.value, || row.len())
                });
            }
            Found::Joined(joined) => rows.take(input, joined.slots(), |row| {
                Bytes::copy_from_slice(row.value)
            }),
        }
    }

    /// Takes the value that comes next, if one does, off the input. The
    /// answer is how many bytes of it are missing.
    #[inline]
    pub(super) fn value(&mut self, input: &mut BytesMut) -> Result<usize, ProtocolError> {
        let Some(Head {
            slot,
            flags,
            cas,
            len,
        }) = self.head
        else {
            return Ok(0);
        };
        let total = len.saturating_add(CRLF.len());
        let Some(end) = input.get(len..total) else {
            return Ok(total.saturating_sub(input.len()));
        };
        if end != CRLF {
            return Err(ProtocolError::BadTerminator {
                found: Excerpt::new(end),
            });
        }
        let value = value::take_ended(input, len, CRLF.len());
        if let Some(slot) = self.found.slots().get_mut(slot) {
            *slot = Some(Item { flags, cas, value });
        }
        self.head = None;
        Ok(0)
    }

    fn reply(&mut self) -> Reply {
        match &mut self.found {
            Found::One(item) => Reply::Value(item.take()),
            Found::Many(items) => Reply::Values(std::mem::take(items)),
            // To those that have no row.
            Found::Joined(_) => Reply::Value(None),
        }
    }

    /// `<key> <flags> <bytes> [<cas>]`, behind `VALUE `. The cas number is
    /// there exactly if it was asked for. `None` if the words are others.
    fn read_head(
        &mut self,
        row: &[u8],
        keys: AskedKeys<'_>,
        limits: &Limits,
    ) -> Result<Option<Head>, ProtocolError> {
        let due = self.due(row, keys);
        let numbers = match due {
            Some((.., numbers)) => Some(numbers),
            None => split_word(row).1,
        };
        let mut words = numbers.unwrap_or_default().split(|&byte| byte == b' ');
        let mut word = || words.next();
        let (Some(flags), Some(len)) = (word(), word()) else {
            return Ok(None);
        };
        let cas = word();
        if cas.is_some() != self.cas || word().is_some() {
            return Ok(None);
        }
        let cas_number = |cas| line::field("cas number", cas, u64::MAX);
        Ok(Some(Head {
            slot: match due {
                Some((slot, next, _)) => {
                    self.place = next;
                    slot
                }
                None => self.slot(split_word(row).0, keys)?,
            },
            flags: line::field("flags", flags, u32::MAX.into())?,
            len: value_len(len, limits)?,
            cas: cas.map(cas_number).transpose()?,
        }))
    }

    /// The slot of the next key that was asked for, and what stands behind it, if
    /// the row begins with that key: the usual case, found without a search.
    fn due<'r>(&mut self, row: &'r [u8], keys: AskedKeys<'_>) -> Option<(usize, Place, &'r [u8])> {
        let (at, asked, next) = keys.from(self.place).next()?;
        let numbers = row.strip_prefix(asked)?.strip_prefix(b" ")?;
        let is_free = self.found.is_free(at.index);
        is_free.then_some((at.index, next, numbers))
    }

    /// The slot of a key that was asked for and is not answered yet.
    fn slot(&mut self, key: &[u8], keys: AskedKeys<'_>) -> Result<usize, ProtocolError> {
        let start = self.place;
        let behind = keys.from(start);
        let before = keys
            .from(Place::default())
            .take_while(|(at, ..)| at.index < start.index);
        let mut candidates = behind.chain(before);
        match candidates.find(|(at, asked, _)| *asked == key && self.found.is_free(at.index)) {
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

impl Rows<'_> {
    /// Takes them off the input and puts them into their slots.
    #[inline(always)]
    fn take(
        self,
        input: &mut BytesMut,
        slots: &mut [Option<Item>],
        mut value: impl FnMut(&Row<'_>) -> Bytes,
    ) {
        let len = slots.len();
        let mut slots = slots
            .get_mut(self.place.index..)
            .unwrap_or_default()
            .iter_mut();
        let (mut rest, mut due) = (&input[..], self.keys.behind(*self.place));
        while let Some(None) = slots.as_slice().first()
            && let Some((key, next)) = due.split_first()
            && let Some(row) = Row::split(rest, key, self.cas, self.limits)
            && value::is_small(row.value)
            && let Some(slot) = slots.next()
        {
            *slot = Some(row.item(value(&row)));
            (rest, due) = (row.behind, next);
        }
        *self.place = self.keys.place(due, len.saturating_sub(slots.len()));
        let taken = input.len().saturating_sub(rest.len());
        input.advance(taken);
    }
}

impl<'i> Row<'i> {
    /// The row of this key at the start of the input.
    #[inline(always)]
    pub(super) fn split(
        input: &'i [u8],
        key: &[u8],
        has_cas: bool,
        limits: &Limits,
    ) -> Option<Self> {
        let row = input.strip_prefix(b"VALUE ")?;
        let row = line::strip_key(row, key)?;
        let (flags, row) = match row {
            // Most are.
            [b' ', digit @ b'0'..=b'9', behind @ ..] if behind.starts_with(b" ") => {
                (u64::from(digit & 0xf), behind)
            }
            _ => line::leading_number(row.strip_prefix(b" ")?)?,
        };
        let (len, row) = line::leading_number(row.strip_prefix(b" ")?)?;
        let (cas, row) = match has_cas {
            true => {
                let (cas, row) = line::leading_number(row.strip_prefix(b" ")?)?;
                (Some(cas), row)
            }
            false => (None, row),
        };
        if input.len().saturating_sub(row.len()) > limits.max_line_len {
            return None;
        }
        let len = usize::try_from(len).ok();
        let len = len.filter(|len| *len <= limits.value_len())?;
        let body = row.strip_prefix(CRLF)?;
        let (value, behind) = body.split_at_checked(len)?;
        Some(Self {
            flags: u32::try_from(flags).ok()?,
            cas,
            value,
            input,
            body,
            behind: behind.strip_prefix(CRLF)?,
        })
    }

    pub(super) fn item(&self, value: Bytes) -> Item {
        Item {
            flags: self.flags,
            cas: self.cas,
            value,
        }
    }

    fn len(&self) -> usize {
        self.input.len().saturating_sub(self.behind.len())
    }
}

impl Found {
    fn slots(&mut self) -> &mut [Option<Item>] {
        match self {
            Self::One(slot) => std::slice::from_mut(slot),
            Self::Many(slots) => slots,
            Self::Joined(joined) => joined.slots(),
        }
    }

    /// Whether a row for this key is still awaited.
    fn is_free(&self, index: usize) -> bool {
        match self {
            Self::One(slot) => index == 0 && slot.is_none(),
            Self::Many(slots) => slots.get(index).is_some_and(Option::is_none),
            Self::Joined(joined) => joined.is_free(index),
        }
    }

    /// How many of the first keys have been answered already.
    fn answered(&self) -> usize {
        match self {
            Self::One(_) | Self::Many(_) => 0,
            Self::Joined(joined) => joined.answered(),
        }
    }
}

/// The announced length, compared with the limit before anything is made of it.
pub(crate) fn value_len(digits: &[u8], limits: &Limits) -> Result<usize, ProtocolError> {
    let len = line::field("length", digits, u64::MAX)?;
    let max = limits.value_len();
    match usize::try_from(len) {
        Ok(len) if len <= max => Ok(len),
        _ => Err(ProtocolError::TooLarge { len, max }),
    }
}
