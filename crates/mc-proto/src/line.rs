//! Line ends, words and numbers: the only code that looks at single bytes.

use memchr::memchr;

use crate::{Excerpt, ProtocolError};

/// What ends a line and a value.
pub(crate) const CRLF: &[u8] = b"\r\n";

/// How the line of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its reply is awaited.
    Plain,
    /// It asks for none.
    Noreply,
}

impl Ending {
    /// The end on the wire, with the space in front of its word.
    pub(crate) const fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Plain => CRLF,
            Self::Noreply => b" noreply\r\n",
        }
    }
}

/// The number that these bytes spell: decimal digits only, no sign, no space.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &byte| {
        let digit = byte.checked_sub(b'0').filter(|&digit| digit <= 9)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// The number that these bytes begin with, and what stands behind its digits,
/// which must be something.
#[inline]
pub(crate) fn leading_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (mut number, mut rest) = (0_u64, bytes);
    while let Some((&byte, behind)) = rest.split_first() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return (rest.len() < bytes.len()).then_some((number, rest));
        }
        number = number.checked_mul(10)?.checked_add(u64::from(digit))?;
        rest = behind;
    }
    None
}

/// What stands behind this key at the start of the bytes. A call of `memcmp` would cost more than a short key.
#[inline(always)]
pub(crate) fn strip_key<'b>(bytes: &'b [u8], key: &[u8]) -> Option<&'b [u8]> {
    let (front, rest) = bytes.split_at_checked(key.len())?;
    let ends = |key: &[u8]| {
        let (first, last) = (key.first_chunk()?, key.last_chunk()?);
        (key.len() <= 16).then(|| (u64::from_ne_bytes(*first), u64::from_ne_bytes(*last)))
    };
    let is_same = match (ends(front), ends(key)) {
        (Some(front), Some(key)) => front == key,
        _ => front == key,
    };
    is_same.then_some(rest)
}

/// The number of a field that a server sent.
///
/// # Errors
/// [`ProtocolError::BadNumber`] if it is none, or more than `max` or than its type can hold.
#[inline]
pub(crate) fn field<N: TryFrom<u64>>(
    field: &'static str,
    digits: &[u8],
    max: u64,
) -> Result<N, ProtocolError> {
    number(digits)
        .filter(|&number| number <= max)
        .and_then(|number| N::try_from(number).ok())
        .ok_or_else(|| bad_number(field, digits, max))
}

#[cold]
fn bad_number(field: &'static str, digits: &[u8], max: u64) -> ProtocolError {
    let found = Excerpt::new(digits);
    ProtocolError::BadNumber { field, found, max }
}

/// The most digits of a number.
pub(crate) const DIGITS: usize = 20;

/// Appends a number in decimal digits.
#[inline]
pub(crate) fn put_number(out: &mut Vec<u8>, number: u64) {
    if number < 10 {
        return out.push(last_digit(number));
    }
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Appends a number behind a space. A short one is put together in place: there are some in each row of a batch.
#[inline(always)]
pub(crate) fn put_number_word(out: &mut Vec<u8>, number: u64) {
    let units = || last_digit(number);
    let tens = || last_digit(number / 10);
    let hundreds = || last_digit(number / 100);
    match number {
        0..10 => out.extend_from_slice(&[b' ', units()]),
        10..100 => out.extend_from_slice(&[b' ', tens(), units()]),
        100..1_000 => out.extend_from_slice(&[b' ', hundreds(), tens(), units()]),
        _ => {
            out.push(b' ');
            put_number(out, number);
        }
    }
}

/// The last decimal digit of a number. `0` is 0x30, so that a digit only fills in the low bits.
#[inline]
pub(crate) fn last_digit(number: u64) -> u8 {
    b'0' | (number % 10) as u8
}

/// The bytes before the first space, and those behind it if there is one.
pub(crate) fn split_word(line: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = line.iter().position(|&byte| byte == b' ');
    match end.and_then(|end| line.split_at_checked(end)) {
        Some((word, rest)) => (word, rest.split_first().map(|(_, rest)| rest)),
        None => (line, None),
    }
}

/// The line without the spaces at its end.
pub(crate) fn trim_end(mut line: &[u8]) -> &[u8] {
    while let Some(shorter) = line.strip_suffix(b" ") {
        line = shorter;
    }
    line
}

/// Finds the end of a line that arrives in pieces, looking at each byte once.
#[derive(Debug, Default)]
pub(crate) struct LineEnd {
    /// How many bytes of the input have no line end in them.
    seen: usize,
}

/// A line at the start of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its length without its end.
    pub(crate) len: usize,
    /// Its length with its end.
    pub(crate) taken: usize,
}

impl LineEnd {
    /// Whether no part of a line has been looked at.
    pub(crate) fn is_at_start(&self) -> bool {
        self.seen == 0
    }

    /// The line at the start of the input; `None` if its end has not arrived.
    ///
    /// # Errors
    /// [`ProtocolError::LineTooLong`] as soon as that is certain, and
    /// [`ProtocolError::BadTerminator`] if the line ends without a carriage
    /// return.
    pub(crate) fn find(&mut self, input: &[u8], max: usize) -> Result<Option<Line>, ProtocolError> {
        match self.find_any(input, max)? {
            Some(line) if line.taken.saturating_sub(line.len) < CRLF.len() => {
                let found = Excerpt::new(input.get(..line.taken).unwrap_or_default());
                Err(ProtocolError::BadTerminator { found })
            }
            line => Ok(line),
        }
    }

    /// The same, where the line may end without a carriage return.
    pub(crate) fn find_any(
        &mut self,
        input: &[u8],
        max: usize,
    ) -> Result<Option<Line>, ProtocolError> {
        let fresh = input.get(self.seen..).unwrap_or_default();
        let at = memchr(b'\n', fresh);
        let end = self.seen.saturating_add(at.unwrap_or(fresh.len()));
        // One byte more than the line may be its carriage return.
        if end > max.saturating_add(1) {
            return Err(ProtocolError::LineTooLong { max });
        }
        if at.is_none() {
            self.seen = end;
            return Ok(None);
        }
        self.seen = 0;
        let line = input.get(..end).unwrap_or_default();
        let len = line.strip_suffix(b"\r").unwrap_or(line).len();
        if len > max {
            return Err(ProtocolError::LineTooLong { max });
        }
        let taken = end.saturating_add(1);
        Ok(Some(Line { len, taken }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The standard library also takes a plus sign, which is no digit.
    fn naive(text: &str) -> Option<u64> {
        text.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| text.parse().ok())?
    }

    proptest! {
        #[test]
        fn numbers_read(text in "[0-9]{0,22}|[0-9+_ -]{0,5}|1844674407370955161[0-9]|.{0,3}") {
            assert_eq!(number(text.as_bytes()), naive(&text));
        }

        #[test]
        fn numbers_at_the_start(text in "[0-9]{0,22}[a-z0-9+ ]{0,3}") {
            let digits = text.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, rest) = text.split_at(digits);
            let expected = naive(digits).filter(|_| !rest.is_empty());
            let expected = expected.map(|number| (number, rest.as_bytes()));
            assert_eq!(leading_number(text.as_bytes()), expected);
        }

        #[test]
        fn keys_at_the_start(key in "[ab]{1,20}", at in 0_usize..40, text in "[ab]{0,40}") {
            let text = [&key[..at.min(key.len())], &text].concat();
            let expected = text.strip_prefix(&key).map(str::as_bytes);
            assert_eq!(strip_key(text.as_bytes(), key.as_bytes()), expected);
        }

        #[test]
        fn numbers_written(number in prop_oneof![any::<u64>(), 0_u64..1000, Just(u64::MAX)]) {
            let mut out = Vec::new();
            put_number(&mut out, number);
            put_number_word(&mut out, number);
            assert_eq!(out, format!("{number} {number}").into_bytes());
        }

        #[test]
        fn line_ends_in_pieces(text in "[a\r\n]{0,8}", max in 0_usize..6, cut in 0_usize..8) {
            let input = text.as_bytes();
            let mut pieces = LineEnd::default();
            let found = match pieces.find(&input[..cut.min(input.len())], max) {
                Ok(None) => pieces.find(input, max),
                found => found,
            };
            assert_eq!(found, LineEnd::default().find(input, max));
            if let Ok(Some(Line { len, .. })) = found {
                assert!(len <= max && text[len..].starts_with("\r\n"));
                assert!(!text[..len].contains('\n'));
            }
        }
    }
}
