//! `me <key> [b]\r\n`: what the server knows about an item, for people to read.
//!
//! ```text
//! →  ME <key> <name>=<value>*\r\n | EN\r\n
//! ```

use bytes::Bytes;

use super::flags::Flags;
use super::flags::refusal;
use super::key::{self, BadKey, Key};
use crate::line::CRLF;
use crate::text::{Words, check_text};
use crate::{Outgoing, Refusal, ReplyError, SendError};

/// Names and values.
pub(super) type Fields = Vec<(Bytes, Bytes)>;

/// Tells what the server knows about an item (`me`), without its value and
/// without counting as a read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debug<'a> {
    /// Which item. A raw key is sent in base64, with `b`.
    pub key: Key<'a>,
}

impl<'a> Debug<'a> {
    /// Asks about this item.
    #[must_use]
    pub fn new(key: impl Into<Key<'a>>) -> Self {
        Self { key: key.into() }
    }

    /// memcached looks at the first word behind the key only.
    pub(super) fn decode(mut words: Words<'a>) -> Result<Self, Refusal> {
        let bad = |_| refusal("bad command line format");
        let key = words.word().map_err(bad)?;
        let is_base64 = words.next() == Some(b"b");
        let bad = |_: BadKey| refusal("bad command line format");
        Key::decode(key, is_base64)
            .map(|key| Self { key })
            .map_err(bad)
    }

    pub(super) fn encode(&self, out: &mut Outgoing) -> Result<(), SendError> {
        let line = key::encode_head(b"me ", &self.key.as_key(), out)?;
        Flags(line).end(&self.key, None, [None, None]);
        Ok(())
    }

    /// Writes what is known.
    pub(super) fn encode_reply(
        &self,
        fields: &[(Bytes, Bytes)],
        out: &mut Outgoing,
    ) -> Result<(), ReplyError> {
        for (name, value) in fields {
            check_word("name", name, b" =")?;
            check_word("value", value, b" ")?;
        }
        out.put(b"ME ");
        key::put_written(&self.key.as_key(), out.line());
        for (name, value) in fields {
            out.put(b" ");
            out.put(name);
            out.put(b"=");
            out.put(value);
        }
        out.put(CRLF);
        Ok(())
    }
}

/// Refuses a text that would end its word.
fn check_word(field: &'static str, text: &[u8], ends: &[u8]) -> Result<(), ReplyError> {
    check_text(field, text)?;
    match text.iter().find(|byte| ends.contains(byte)) {
        Some(&byte) => Err(ReplyError::Byte { field, byte }),
        None => Ok(()),
    }
}

/// Reads the words behind `ME`: the key and what is known.
pub(super) fn decode_reply(line: &[u8]) -> Option<(&[u8], Fields)> {
    let mut words = line.split(|&byte| byte == b' ');
    let key = words.next().filter(|key| !key.is_empty())?;
    let field = |word: &[u8]| {
        let mut parts = word.splitn(2, |&byte| byte == b'=');
        let (name, value) = (parts.next()?, parts.next()?);
        Some((Bytes::copy_from_slice(name), Bytes::copy_from_slice(value)))
    };
    Some((key, words.map(field).collect::<Option<_>>()?))
}
