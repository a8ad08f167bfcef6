//! The one thing that can go wrong here: a name or a number that no algorithm has.

use core::error::Error;
use core::fmt;

use crate::Algorithm;

/// A name or a number that no [`Algorithm`] has; its text shows it and lists what is allowed.
///
/// ```
/// use mc_hash::Algorithm;
///
/// let unknown = Algorithm::try_from(11).unwrap_err();
/// assert_eq!(unknown.to_string(), "unknown hash number 11: use 0 to 10");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownAlgorithm(Given);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    Number(u32),
    /// The first bytes of the name, and how many it has in all.
    Name([u8; SHOWN], usize),
}

/// Bytes of a name that are kept to be shown: without allocation there is an end.
const SHOWN: usize = 32;

impl UnknownAlgorithm {
    pub(crate) fn number(number: u32) -> Self {
        Self(Given::Number(number))
    }

    pub(crate) fn name(name: &str) -> Self {
        let mut start = [0; SHOWN];
        let shown = name.len().min(SHOWN);
        start[..shown].copy_from_slice(&name.as_bytes()[..shown]);
        Self(Given::Name(start, name.len()))
    }
}

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Given::Number(number) => {
                let last = Algorithm::ALL.len() - 1;
                write!(f, "unknown hash number {number}: use 0 to {last}")
            }
            Given::Name(start, length) => {
                let shown = start[..SHOWN.min(*length)].escape_ascii();
                let cut = if *length > SHOWN { "…" } else { "" };
                write!(f, "unknown hash \"{shown}{cut}\": use ")?;
                write_names(f)
            }
        }
    }
}

/// `default, md5, …, jenkins or murmur3`.
fn write_names(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let [first, between @ .., last] = Algorithm::ALL;
    write!(f, "{first}")?;
    for algorithm in between {
        write!(f, ", {algorithm}")?;
    }
    write!(f, " or {last}")
}

impl Error for UnknownAlgorithm {}
