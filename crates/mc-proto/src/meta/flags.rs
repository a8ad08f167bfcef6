//! The flags of a request: a letter each, some with a word behind it.

use super::key::{BadKey, Key};
use super::token::{Hint, MAX_OPAQUE_LEN, Opaque};
use crate::line::{self, CRLF};
use crate::text::{Words, decode_exptime, encode_exptime};
use crate::{Exptime, Refusal, RefusalKind};

/// Writes flags behind what is on the line already.
pub(super) struct Flags<'o>(pub(super) &'o mut Vec<u8>);

impl Flags<'_> {
    #[inline]
    fn letter(&mut self, letter: u8) {
        self.0.extend_from_slice(&[b' ', letter]);
    }

    /// A flag that is there or not.
    pub(super) fn on(&mut self, letter: u8, is_on: bool) {
        if is_on {
            self.letter(letter);
        }
    }

    /// A flag with a number.
    #[inline]
    pub(super) fn number(&mut self, letter: u8, number: Option<u64>) {
        if let Some(number) = number {
            self.letter(letter);
            line::put_number(self.0, number);
        }
    }

    /// A flag with an end time.
    pub(super) fn exptime(&mut self, letter: u8, exptime: Option<Exptime>) {
        if let Some(exptime) = exptime {
            self.letter(letter);
            encode_exptime(exptime, self.0);
        }
    }

    /// A flag with a word.
    pub(super) fn word(&mut self, letter: u8, word: Option<&[u8]>) {
        if let Some(word) = word {
            self.letter(letter);
            self.0.extend_from_slice(word);
        }
    }

    /// What every command may have, and the end of the line.
    pub(super) fn end(
        &mut self,
        key: &Key<'_>,
        opaque: Option<&Opaque>,
        hints: [Option<Hint<'_>>; 2],
    ) {
        self.on(b'b', key.as_key().is_raw());
        self.word(b'O', opaque.map(Opaque::as_bytes));
        let [path, hint] = hints;
        self.word(b'P', path.as_ref().map(Hint::as_bytes));
        self.word(b'L', hint.as_ref().map(Hint::as_bytes));
        self.0.extend_from_slice(CRLF);
    }
}

/// The letters that memcached knows, up to 1.6.45.
const KNOWN: &[u8] = b"bcfhkstlquvxICDEFJLMNOPRT";

/// The flags of one request, read. Each letter may be there once, and the same
/// letter means the same in every command.
#[derive(Debug, Default)]
pub(super) struct Given<'a> {
    /// One bit for each letter that is there.
    seen: u128,
    pub(super) compare_cas: Option<u64>,
    pub(super) new_cas: Option<u64>,
    pub(super) client_flags: Option<u64>,
    pub(super) delta: Option<u64>,
    pub(super) initial: Option<u64>,
    pub(super) exptime: Option<Exptime>,
    pub(super) vivify: Option<Exptime>,
    pub(super) recache: Option<Exptime>,
    pub(super) mode: Option<u8>,
    pub(super) opaque: Option<Opaque>,
    pub(super) path: Option<Hint<'a>>,
    pub(super) hint: Option<Hint<'a>>,
}

impl<'a> Given<'a> {
    /// Reads the words that are left of a line.
    pub(super) fn decode(words: &mut Words<'a>) -> Result<Self, Refusal> {
        let mut given = Self::default();
        while let Some((&letter, word)) = words.next().and_then(<[u8]>::split_first) {
            if !KNOWN.contains(&letter) {
                return Err(refusal("invalid flag"));
            }
            if given.has(letter) {
                return Err(refusal("duplicate flag"));
            }
            given.seen |= bit(letter);
            given.read(letter, word)?;
        }
        Ok(given)
    }

    /// Whether this letter is there.
    pub(super) fn has(&self, letter: u8) -> bool {
        self.seen & bit(letter) != 0
    }

    /// The key, which comes before the flag that tells how to read it.
    pub(super) fn key(&self, word: &'a [u8]) -> Result<Key<'a>, Refusal> {
        Key::decode(word, self.has(b'b')).map_err(|bad| match bad {
            BadKey::NotBase64 => refusal("error decoding key"),
            BadKey::Invalid(_) => RefusalKind::Client.into(),
        })
    }

    fn read(&mut self, letter: u8, word: &'a [u8]) -> Result<(), Refusal> {
        let bad = || refusal("bad token in command line format");
        let number = |message| line::number(word).ok_or_else(|| refusal(message)).map(Some);
        let bad_number = "bad token in command line format";
        let exptime = || decode_exptime(word).ok_or_else(bad).map(Some);
        let hint = || Hint::new(word).map_err(|_| bad()).map(Some);
        match letter {
            b'C' => self.compare_cas = number(bad_number)?,
            b'E' => self.new_cas = number(bad_number)?,
            b'F' => self.client_flags = number(bad_number)?,
            b'D' => self.delta = number("invalid numeric delta value")?,
            b'J' => self.initial = number("invalid numeric initial value")?,
            b'T' => self.exptime = exptime()?,
            b'N' => self.vivify = exptime()?,
            b'R' => self.recache = exptime()?,
            b'M' => self.mode = Some(one(word)?),
            b'P' => self.path = hint()?,
            b'L' => self.hint = hint()?,
            b'O' if word.len() > MAX_OPAQUE_LEN => return Err(refusal("opaque token too long")),
            b'O' => self.opaque = Some(Opaque::new(word).map_err(|_| bad())?),
            _ => {}
        }
        Ok(())
    }
}

/// The one byte of a mode.
fn one(word: &[u8]) -> Result<u8, Refusal> {
    match word {
        [mode] => Ok(*mode),
        _ => Err(refusal("incorrect length for M token")),
    }
}

/// The bit of a letter, which is ASCII.
fn bit(letter: u8) -> u128 {
    1_u128.checked_shl(u32::from(letter)).unwrap_or_default()
}

/// memcached's words for what is wrong.
pub(super) fn refusal(message: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Client, message)
}
