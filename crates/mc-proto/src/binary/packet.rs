//! Packets on their way out: header, extras, key and value.

use super::header::Header;
use crate::{Key, Outgoing, Payload};

/// The value of a packet that has none.
pub(super) const NO_VALUE: Payload<'static> = Payload::Borrowed(&[]);

/// The fixed fields of a command, in network order; at most 20 bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Extras {
    bytes: [u8; 20],
    len: usize,
}

impl Extras {
    /// With a field of four bytes behind the others.
    #[inline]
    pub(super) fn u32(self, number: u32) -> Self {
        self.field(&number.to_be_bytes())
    }

    /// With a field of eight bytes behind the others.
    #[inline]
    pub(super) fn u64(self, number: u64) -> Self {
        self.field(&number.to_be_bytes())
    }

    #[inline]
    fn field(mut self, field: &[u8]) -> Self {
        let end = self.len.saturating_add(field.len());
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(field);
            self.len = end;
        }
        self
    }

    #[inline]
    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

/// What stands in the place of a key.
#[derive(Clone, Copy)]
pub(super) enum Name<'a> {
    /// The key of an item.
    Key(&'a Key<'a>),
    /// A word, such as the topic of statistics; empty if there is no key.
    Word(&'a [u8]),
}

impl Name<'_> {
    #[inline]
    fn len(self) -> usize {
        match self {
            Self::Key(key) => key.len(),
            Self::Word(word) => word.len(),
        }
    }
}

/// Writes a packet. The lengths in the header are those of the parts; that
/// they fit has been made sure of.
#[inline(always)]
pub(super) fn put(
    out: &mut Outgoing,
    magic: u8,
    header: Header,
    extras: Extras,
    name: Name<'_>,
    value: &Payload<'_>,
) {
    let extras = extras.as_slice();
    let body = extras
        .len()
        .saturating_add(name.len())
        .saturating_add(value.as_slice().len());
    let header = Header {
        key_len: u16::try_from(name.len()).unwrap_or(u16::MAX),
        extras_len: u8::try_from(extras.len()).unwrap_or(u8::MAX),
        body_len: u32::try_from(body).unwrap_or(u32::MAX),
        ..header
    };
    let line = out.line();
    line.extend_from_slice(&header.to_bytes(magic));
    line.extend_from_slice(extras);
    match name {
        Name::Key(key) => key.append_to(line),
        Name::Word(word) => out.put(word),
    }
    out.put_value(value, b"");
}
