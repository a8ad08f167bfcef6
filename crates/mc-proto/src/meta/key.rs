//! Keys on a meta line: plain ones as they are, raw ones in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{InvalidKey, MAX_KEY_LEN, Outgoing, SendError};

/// The most bytes of a raw key, which are then 248 in base64.
///
/// The server measures what is on the line, and allows 250 there.
pub const MAX_RAW_KEY_LEN: usize = MAX_KEY_LEN / 4 * 3;

/// The room that the decoder wants for [`MAX_KEY_LEN`] bytes.
const DECODED_ROOM: usize = MAX_KEY_LEN.div_ceil(4) * 3;

/// The key of a meta request, lent by a client or read off a line.
///
/// It is made from a [`Key`](crate::Key), plain or raw. A server that reads
/// a raw one owns its bytes, since they lie in base64 on the line. Two are
/// equal if their bytes are.
///
/// ```
/// use mc_proto::{Key, meta};
///
/// let key = meta::Key::from(Key::raw(b"two words")?);
/// assert_eq!(key.as_key().to_vec(), b"two words");
/// # Ok::<(), mc_proto::InvalidKey>(())
/// ```
#[derive(Clone, Debug)]
pub struct Key<'a>(Form<'a>);

#[derive(Clone, Debug)]
enum Form<'a> {
    Lent(crate::Key<'a>),
    Decoded(Box<[u8]>),
}

impl<'a> Key<'a> {
    /// The key, whoever owns its bytes.
    #[must_use]
    pub fn as_key(&self) -> crate::Key<'_> {
        match &self.0 {
            Form::Lent(key) => *key,
            Form::Decoded(bytes) => crate::Key::known_raw(bytes),
        }
    }

    /// Reads the word on a line, in base64 if that was said (`b`).
    pub(super) fn decode(word: &'a [u8], is_base64: bool) -> Result<Self, BadKey> {
        let len = word.len();
        if len > MAX_KEY_LEN {
            return Err(BadKey::Invalid(InvalidKey::TooLong { len }));
        }
        let form = if is_base64 {
            let mut room = [0; DECODED_ROOM];
            let raw = decode_base64(word, &mut room).ok_or(BadKey::NotBase64)?;
            crate::Key::raw(raw).map_err(BadKey::Invalid)?;
            Form::Decoded(raw.into())
        } else {
            Form::Lent(crate::Key::new(word).map_err(BadKey::Invalid)?)
        };
        Ok(Self(form))
    }
}

/// Why a word on a line is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadKey {
    NotBase64,
    Invalid(InvalidKey),
}

impl<'a> From<crate::Key<'a>> for Key<'a> {
    fn from(key: crate::Key<'a>) -> Self {
        Self(Form::Lent(key))
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_key() == other.as_key()
    }
}

impl Eq for Key<'_> {}

/// Writes the code of a command and its key, or nothing if the key is too long. What stands behind them goes to the
/// line that this gives. (A call of its own would cost a row of a batch a tenth more.)
#[inline(always)]
pub(super) fn encode_head<'o>(
    code: &[u8; 3],
    key: &crate::Key<'_>,
    out: &'o mut Outgoing,
) -> Result<&'o mut Vec<u8>, SendError> {
    if key.is_raw() && key.len() > MAX_RAW_KEY_LEN {
        let (len, max) = (key.len(), MAX_RAW_KEY_LEN);
        return Err(SendError::RawKeyTooLong { len, max });
    }
    let line = out.line();
    line.extend_from_slice(code);
    put_written(key, line);
    Ok(line)
}

/// Writes a key, in base64 if it is a raw one.
#[inline]
pub(super) fn put_written(key: &crate::Key<'_>, line: &mut Vec<u8>) {
    match key.is_raw() {
        true => put_base64(key, line),
        false => key.append_to(line),
    }
}

/// Writes a key in base64, if it is not too long for that.
#[inline(never)]
fn put_base64(key: &crate::Key<'_>, line: &mut Vec<u8>) {
    let (mut raw, mut text) = ([0; MAX_KEY_LEN], [0; MAX_KEY_LEN]);
    key.write_to(&mut &mut raw[..]);
    let raw = raw.get(..key.len()).unwrap_or_default();
    let len = STANDARD.encode_slice(raw, &mut text).unwrap_or_default();
    line.extend_from_slice(text.get(..len).unwrap_or_default());
}

/// Whether this word is the key, in base64 if that was said (`b`).
pub(super) fn is_written_as(key: &[u8], word: &[u8], is_base64: bool) -> bool {
    let mut room = [0; DECODED_ROOM];
    if is_base64 {
        decode_base64(word, &mut room) == Some(key)
    } else {
        key == word
    }
}

/// The bytes that this word spells in base64, with its padding.
fn decode_base64<'r>(word: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let len = STANDARD.decode_slice(word, room).ok()?;
    room.get(..len)
}
