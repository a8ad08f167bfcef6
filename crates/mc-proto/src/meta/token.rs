//! Words that a request carries and the server does not look into.

use std::fmt;

use thiserror::Error;

use crate::line;

/// The most bytes of an [`Opaque`]. The server counts the `O` in front of it,
/// and allows 32 for both.
pub const MAX_OPAQUE_LEN: usize = 31;

/// The most bytes of a [`Hint`].
pub const MAX_HINT_LEN: usize = 250;

/// A mark that comes back with the reply (`O`), to tell replies apart.
///
/// It is 1–31 bytes, none of them a control byte, a space or DEL. A number
/// becomes its decimal digits.
///
/// ```
/// use mc_proto::meta::Opaque;
///
/// assert_eq!(Opaque::from(17), Opaque::new(b"17")?);
/// let refused = Opaque::new(b"two words").unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "a token has the byte ' ' at position 3; spaces, control bytes and DEL are not allowed",
/// );
/// # Ok::<(), mc_proto::meta::InvalidToken>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Opaque {
    bytes: [u8; MAX_OPAQUE_LEN],
    len: u8,
}

/// A word for a proxy on the way (`P` or `L`), which memcached ignores.
///
/// It is at most 250 bytes, none of them a control byte, a space or DEL.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hint<'a>(&'a [u8]);

/// Why bytes are no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// There is no byte, where one is needed.
    #[error("a token is empty; it needs 1 to {max} bytes")]
    Empty {
        /// The most that are allowed.
        max: usize,
    },
    /// There are too many bytes.
    #[error("a token of {len} bytes is too long; at most {max} are allowed")]
    TooLong {
        /// How many there are.
        len: usize,
        /// The most that are allowed.
        max: usize,
    },
    /// A byte that would end the token or the line.
    #[error(
        "a token has the byte '{}' at position {at}; spaces, control bytes and DEL are not allowed",
        .byte.escape_ascii()
    )]
    Byte {
        /// Where it is, counted from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
}

fn check(bytes: &[u8], max: usize) -> Result<(), InvalidToken> {
    let len = bytes.len();
    if len > max {
        return Err(InvalidToken::TooLong { len, max });
    }
    let mut numbered = bytes.iter().copied().enumerate();
    match numbered.find(|&(_, byte)| byte <= b' ' || byte == 0x7f) {
        Some((at, byte)) => Err(InvalidToken::Byte { at, byte }),
        None => Ok(()),
    }
}

impl Opaque {
    /// Checks a mark.
    ///
    /// # Errors
    /// [`InvalidToken`], with the first thing that is wrong.
    pub fn new(bytes: &[u8]) -> Result<Self, InvalidToken> {
        let max = MAX_OPAQUE_LEN;
        check(bytes, max)?;
        if bytes.is_empty() {
            return Err(InvalidToken::Empty { max });
        }
        let mut room = [0; MAX_OPAQUE_LEN];
        let len = bytes
            .iter()
            .zip(&mut room)
            .map(|(byte, slot)| *slot = *byte);
        // No mark is longer than 31 bytes.
        let len = u8::try_from(len.count()).unwrap_or(u8::MAX);
        Ok(Self { bytes: room, len })
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl From<u32> for Opaque {
    fn from(number: u32) -> Self {
        let mut bytes = [0; MAX_OPAQUE_LEN];
        let digits = number
            .checked_ilog10()
            .map_or(1, |log| log.saturating_add(1));
        let mut left = u64::from(number);
        for slot in bytes.iter_mut().take(digits as usize).rev() {
            *slot = line::last_digit(left);
            left /= 10;
        }
        // A number of 32 bits has at most 10 digits.
        let len = u8::try_from(digits).unwrap_or(u8::MAX);
        Self { bytes, len }
    }
}

impl<'a> Hint<'a> {
    /// Checks a word.
    ///
    /// # Errors
    /// [`InvalidToken`], with the first thing that is wrong.
    pub fn new(bytes: &'a [u8]) -> Result<Self, InvalidToken> {
        check(bytes, MAX_HINT_LEN)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opaque({})", self.as_bytes().escape_ascii())
    }
}

impl fmt::Debug for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hint({})", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shown_escaped() {
        let opaque = Opaque::new(b"a\xff").unwrap();
        assert_eq!(format!("{opaque:?}"), r"Opaque(a\xff)");
        assert_eq!(format!("{:?}", Hint::new(b"/p").unwrap()), "Hint(/p)");
    }

    proptest! {
        #[test]
        fn numbers_are_their_digits(number in prop_oneof![any::<u32>(), 0_u32..200]) {
            let opaque = Opaque::from(number);
            assert_eq!(opaque.as_bytes(), number.to_string().as_bytes());
            assert_eq!(opaque, Opaque::new(opaque.as_bytes()).unwrap());
        }
    }
}
