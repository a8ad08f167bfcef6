//! Keys, checked once in the form that travels and trusted afterwards.
//!
//! The text protocol has no quoting: a space inside a key ends it, a line end
//! starts another command, and a key that the server finds too long makes
//! some versions run the value that follows as commands. So a key is looked
//! at before anything else happens, and encoders take nothing but a [`Key`].
//!
//! Two protocols can carry any byte: binary as it is, meta in base64. A raw key
//! is for those, and has to be asked for by name.

use std::fmt;

use bytes::BufMut;
use thiserror::Error;

/// The most bytes that a key may have on the wire, namespace included.
///
/// memcached's `KEY_MAX_LENGTH`, and `doc/protocol.txt`, "Keys".
pub const MAX_KEY_LEN: usize = 250;

/// A key in wire form: a namespace, often empty, in front of the bare key.
///
/// Together they are 1–250 bytes, none of them a control byte, a space
/// (`<= 0x20`) or DEL (`0x7f`); bytes from `0x80` on are allowed. A key
/// borrows both parts, so that making one allocates nothing. Two keys are
/// equal if their bytes are.
///
/// A [`raw`](Self::raw) key may have any byte, and travels only where the
/// protocol allows that.
///
/// ```
/// use mc_proto::{InvalidKey, Key};
///
/// let key = Key::with_namespace(b"user:", b"42")?;
/// assert_eq!(key.to_vec(), b"user:42");
/// assert_eq!(key, Key::new(b"user:42")?);
///
/// let refused = Key::new(b"two words").unwrap_err();
/// assert_eq!(refused, InvalidKey::Byte { at: 3, byte: b' ' });
/// # Ok::<(), InvalidKey>(())
/// ```
#[derive(Clone, Copy)]
pub struct Key<'a> {
    namespace: &'a [u8],
    bare: &'a [u8],
    form: Form,
}

/// Which bytes a key may have. As wide as its other words: a key that has just been made is moved word by word, and a
/// word of which only one byte was written cannot be read until that has reached the cache.
#[derive(Clone, Copy, PartialEq)]
#[repr(usize)]
enum Form {
    Plain,
    Raw,
}

/// Why bytes are no key.
///
/// Positions and lengths are those of the wire form, namespace included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// There is no byte after the namespace.
    #[error("a key is empty; it needs 1 to {MAX_KEY_LEN} bytes")]
    Empty,
    /// The namespace and the key together are too long.
    #[error(
        "a key of {len} bytes, namespace included, is too long; at most {MAX_KEY_LEN} are allowed"
    )]
    TooLong {
        /// How long they are together, in bytes.
        len: usize,
    },
    /// A byte that would end the key or the line.
    #[error(
        "a key has the byte '{}' at position {at}; spaces, control bytes and DEL are not allowed",
        .byte.escape_ascii()
    )]
    Byte {
        /// Where it is, counted from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// A byte outside of printable ASCII, where only that was asked for.
    #[error(
        "a key has the byte '{}' at position {at}; only printable ASCII (0x21 to 0x7e) is allowed",
        .byte.escape_ascii()
    )]
    NotPrintable {
        /// Where it is, counted from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
}

impl<'a> Key<'a> {
    /// Checks a key that has no namespace.
    ///
    /// # Errors
    /// [`InvalidKey`], with the first thing that is wrong.
    #[inline]
    pub fn new(key: &'a [u8]) -> Result<Self, InvalidKey> {
        Self::with_namespace(b"", key)
    }

    /// Checks a key together with the namespace in front of it.
    ///
    /// The bare key must not be empty even where the namespace is not.
    ///
    /// # Errors
    /// [`InvalidKey`], with the first thing that is wrong.
    #[inline(always)]
    pub fn with_namespace(namespace: &'a [u8], key: &'a [u8]) -> Result<Self, InvalidKey> {
        let checked = Self {
            namespace,
            bare: key,
            form: Form::Plain,
        };
        if is_well(namespace, key) {
            return Ok(checked);
        }
        wrong(namespace, key).map_or(Ok(checked), Err)
    }

    /// A key of any bytes, for the binary protocol and, in base64, for meta.
    ///
    /// It is 1–250 bytes; meta has room for 186. What speaks the text protocol
    /// cannot name the item, and dumps of the server may show it garbled.
    ///
    /// ```
    /// use mc_proto::Key;
    ///
    /// let key = Key::raw(b"two words\n")?;
    /// assert!(key.is_raw());
    /// # Ok::<(), mc_proto::InvalidKey>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidKey::Empty`] or [`InvalidKey::TooLong`].
    pub fn raw(key: &'a [u8]) -> Result<Self, InvalidKey> {
        Self::raw_with_namespace(b"", key)
    }

    /// A raw key with the namespace in front of it, which may have any byte,
    /// too.
    ///
    /// # Errors
    /// As [`raw`](Self::raw).
    pub fn raw_with_namespace(namespace: &'a [u8], key: &'a [u8]) -> Result<Self, InvalidKey> {
        let measured = Self {
            namespace,
            bare: key,
            form: Form::Raw,
        };
        wrong_len(namespace, key).map_or(Ok(measured), Err)
    }

    /// A key of bytes that were a raw key before.
    pub(crate) fn known_raw(bare: &'a [u8]) -> Self {
        Self {
            namespace: b"",
            bare,
            form: Form::Raw,
        }
    }

    /// Whether it was made to hold any byte.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.form == Form::Raw
    }

    /// The same key, if every byte is printable ASCII (`0x21..=0x7e`).
    ///
    /// This is what libmemcached's `VERIFY_KEY` adds to the rules above.
    ///
    /// # Errors
    /// [`InvalidKey::NotPrintable`] with the first byte that is not.
    pub fn printable(self) -> Result<Self, InvalidKey> {
        match self.find(|byte| !byte.is_ascii_graphic()) {
            Some((at, byte)) => Err(InvalidKey::NotPrintable { at, byte }),
            None => Ok(self),
        }
    }

    /// The length on the wire in bytes, 1–250.
    #[expect(clippy::len_without_is_empty, reason = "a key is never empty")]
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.namespace.len().saturating_add(self.bare.len())
    }

    /// The key without its namespace.
    #[must_use]
    pub fn bare(&self) -> &'a [u8] {
        self.bare
    }

    /// What stands in front of the bare key; empty if there is none.
    #[must_use]
    pub fn namespace(&self) -> &'a [u8] {
        self.namespace
    }

    /// Appends the wire form.
    pub fn write_to(&self, out: &mut impl BufMut) {
        out.put_slice(self.namespace);
        out.put_slice(self.bare);
    }

    /// Appends the wire form to a line.
    #[inline]
    pub(crate) fn append_to(&self, line: &mut Vec<u8>) {
        if !self.namespace.is_empty() {
            line.extend_from_slice(self.namespace);
        }
        line.extend_from_slice(self.bare);
    }

    /// The wire form as bytes of its own.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        [self.namespace, self.bare].concat()
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        self.namespace.iter().chain(self.bare).copied()
    }

    fn find(&self, wrong: impl Fn(u8) -> bool) -> Option<(usize, u8)> {
        // Most keys have none. Without an early end the compiler looks at many bytes at once.
        let any = |part: &[u8]| part.iter().fold(false, |any, byte| any | wrong(*byte));
        if !any(self.namespace) && !any(self.bare) {
            return None;
        }
        self.bytes().enumerate().find(|&(_, byte)| wrong(byte))
    }
}

/// Whether the length and all bytes of a key are allowed.
#[inline]
fn is_well(namespace: &[u8], bare: &[u8]) -> bool {
    let len = namespace.len().saturating_add(bare.len());
    !bare.is_empty()
        && len <= MAX_KEY_LEN
        && (namespace.is_empty() || is_plain(namespace))
        && is_plain(bare)
}

/// What is wrong with a key that is not raw.
#[cold]
fn wrong(namespace: &[u8], bare: &[u8]) -> Option<InvalidKey> {
    wrong_len(namespace, bare).or_else(|| first_wrong(namespace, bare))
}

/// What is wrong with the length of a key.
#[inline]
fn wrong_len(namespace: &[u8], bare: &[u8]) -> Option<InvalidKey> {
    match namespace.len().saturating_add(bare.len()) {
        _ if bare.is_empty() => Some(InvalidKey::Empty),
        len if len > MAX_KEY_LEN => Some(InvalidKey::TooLong { len }),
        _ => None,
    }
}

/// What is wrong with the first byte that is not allowed.
fn first_wrong(namespace: &[u8], bare: &[u8]) -> Option<InvalidKey> {
    let mut bytes = namespace.iter().chain(bare).copied().enumerate();
    let (at, byte) = bytes.find(|&(_, byte)| !is_plain(&[byte]))?;
    Some(InvalidKey::Byte { at, byte })
}

/// Whether none of these bytes is a control byte, a space or DEL. Eight at a time; the last eight may be looked at
/// twice.
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else {
        return bytes.iter().all(|&byte| byte > b' ' && byte != 0x7f);
    };
    let (all, _) = bytes.as_chunks();
    all.iter().all(|eight| is_plain_word(*eight)) && is_plain_word(*last)
}

/// The same for eight bytes. The sums fit the byte that they are of, which ends up with its highest bit set if it had
/// that or is plain.
#[inline]
fn is_plain_word(bytes: [u8; 8]) -> bool {
    const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);
    const ABOVE_SPACE: u64 = u64::from_le_bytes([0x80 - (b' ' + 1); 8]);
    const FROM_DEL: u64 = u64::from_le_bytes([0x80 - 0x7f; 8]);
    let word = u64::from_le_bytes(bytes);
    let low = word & !HIGHEST;
    let plain = low.wrapping_add(ABOVE_SPACE) & !low.wrapping_add(FROM_DEL);
    (word | plain) & HIGHEST == HIGHEST
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.bytes().eq(other.bytes())
    }
}

impl Eq for Key<'_> {}

/// The wire form, with every byte that is not printable ASCII escaped.
impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            self.namespace.escape_ascii(),
            self.bare.escape_ascii()
        )
    }
}

impl fmt::Debug for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equal_if_the_wire_bytes_are(
            a in "[ab]{1,4}",
            b in "[ab]{1,4}",
            cuts in (0_usize..4, 0_usize..4),
        ) {
            let split = |text: &'_ str, cut: usize| {
                let (namespace, bare) = text.split_at(cut.min(text.len() - 1));
                (namespace.as_bytes().to_vec(), bare.as_bytes().to_vec())
            };
            let (first, second) = (split(&a, cuts.0), split(&b, cuts.1));
            let first = Key::with_namespace(&first.0, &first.1).unwrap();
            let second = Key::with_namespace(&second.0, &second.1).unwrap();
            assert_eq!(first == second, a == b);
            assert_eq!(first.to_vec(), a.as_bytes());
            assert_eq!(first.to_string(), a);
        }
    }

    /// Miri takes shorter keys.
    const LONGEST: usize = if cfg!(miri) { 4 } else { 39 };

    #[test]
    fn each_byte_is_plain_or_not_at_each_place() {
        for byte in 0..=u8::MAX {
            for (len, at) in (1..=LONGEST).flat_map(|len| (0..len).map(move |at| (len, at))) {
                let mut bytes = vec![b'a'; len];
                bytes[at] = byte;
                let bad = byte <= b' ' || byte == 0x7f;
                let expected = bad.then_some(InvalidKey::Byte { at, byte });
                assert_eq!(Key::new(&bytes).err(), expected);
            }
        }
    }

    #[test]
    fn raw_keys_hold_any_byte() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let key = Key::raw_with_namespace(&all[..100], &all[100..250]).unwrap();
        assert_eq!((key.to_vec(), key.is_raw()), (all[..250].to_vec(), true));
        assert_eq!(
            Key::raw(&all).unwrap_err(),
            InvalidKey::TooLong { len: 256 }
        );
        assert_eq!(
            Key::raw_with_namespace(b"ns", b"").unwrap_err(),
            InvalidKey::Empty
        );
        let plain = Key::new(b"a").unwrap();
        assert_eq!((plain, plain.is_raw()), (Key::raw(b"a").unwrap(), false));
    }

    #[test]
    fn parts() {
        let key = Key::with_namespace(b"ns:", b"k\xff").unwrap();
        assert_eq!(
            (key.namespace(), key.bare(), key.len()),
            (&b"ns:"[..], &b"k\xff"[..], 5)
        );
        assert_eq!(format!("{key:?}"), r"Key(ns:k\xff)");
        assert_eq!(
            key.printable(),
            Err(InvalidKey::NotPrintable { at: 4, byte: 0xff })
        );
        let plain = Key::new(b"!~").unwrap();
        assert_eq!(plain.printable(), Ok(plain));
    }
}
