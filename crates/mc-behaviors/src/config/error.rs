//! Why a configuration string is refused: where, what stands there, what is allowed.

use std::error::Error as StdError;
use std::fmt;

use crate::{Error, InvalidServerKind};

/// A configuration string that cannot be taken.
///
/// ```
/// use mc_behaviors::{ConfigString, InvalidConfigKind};
///
/// let error = "--SERVER=cache1  --NOREPLY".parse::<ConfigString>().unwrap_err();
/// assert_eq!(error.at(), 16);
/// assert_eq!(
///     error.to_string(),
///     "configuration string, byte 16: \" \" is not expected here: \
///      allowed is an option, or one of the words RESET and END",
/// );
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct InvalidConfig {
    at: usize,
    found: String,
    kind: InvalidConfigKind,
}

impl InvalidConfig {
    pub(super) fn new(at: usize, found: impl Into<String>, kind: InvalidConfigKind) -> Self {
        Self {
            at,
            found: found.into(),
            kind,
        }
    }

    /// The byte at which the trouble begins.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What stands there; empty at the end of the string.
    pub fn found(&self) -> &str {
        &self.found
    }

    /// What is wrong.
    pub fn kind(&self) -> &InvalidConfigKind {
        &self.kind
    }
}

/// What is wrong with a configuration string.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum InvalidConfigKind {
    /// Something else should stand there.
    Unexpected {
        /// What may.
        allowed: String,
    },
    /// A number out of range.
    OutOfRange {
        /// The largest one allowed.
        most: u32,
    },
    /// An option that may be given once.
    Repeated,
    /// A server that no client can reach.
    Server(InvalidServerKind),
    /// A namespace that cannot begin a key.
    Namespace(Error),
    /// `RESET` behind options of which one is refused after the others.
    Behavior(Error),
    /// A file to be read.
    File,
    /// `CSL_ERROR`, which asks to be refused.
    Raised,
}

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration string, byte {}: ", self.at)?;
        match self.found.char_indices().nth(SHOWN) {
            _ if self.found.is_empty() => f.write_str("the end")?,
            None => write!(f, "{:?}", self.found)?,
            Some((end, _)) => write!(f, "{:?}…", &self.found[..end])?,
        }
        match &self.kind {
            InvalidConfigKind::Unexpected { allowed } => {
                write!(f, " is not expected here: allowed is {allowed}")
            }
            InvalidConfigKind::OutOfRange { most } => {
                write!(f, " is out of range: allowed are 0 to {most}")
            }
            InvalidConfigKind::Repeated => {
                f.write_str(" stands there a second time: allowed is one")
            }
            InvalidConfigKind::Server(kind) => write!(f, " is no server: {kind}"),
            InvalidConfigKind::Namespace(_) => f.write_str(" is no namespace"),
            InvalidConfigKind::Behavior(_) => {
                f.write_str(" forgets options that contradict each other")
            }
            InvalidConfigKind::File => {
                f.write_str(" asks for a file to be read: allowed are the options themselves")
            }
            InvalidConfigKind::Raised => f.write_str(" asks for this error: allowed are options"),
        }
    }
}

/// Characters of the string that an error shows.
const SHOWN: usize = 80;

impl StdError for InvalidConfig {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.kind {
            InvalidConfigKind::Namespace(error) | InvalidConfigKind::Behavior(error) => Some(error),
            _ => None,
        }
    }
}
