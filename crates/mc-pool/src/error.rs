//! Why there is no client, and at which stage.

use std::fmt;
use std::time::Duration;

use mc_client::ErrorKind;

/// Why no client could be reserved.
#[derive(Debug, Clone)]
pub struct Error {
    why: Why,
}

#[derive(Debug, Clone)]
enum Why {
    Empty { size: usize },
    Late { size: usize, limit: Duration },
    Unreachable(mc_client::Error),
    Slow { limit: Duration },
    Closed,
}

/// What was being done when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Looking for an idle client, without waiting for one.
    Empty,
    /// Waiting for a client to come back.
    Waiting,
    /// Making a new client and reaching its servers.
    Connecting,
    /// Asking at all: the pool is closed.
    Closed,
}

impl Error {
    /// What was being done when it failed.
    pub fn stage(&self) -> Stage {
        match self.why {
            Why::Empty { .. } => Stage::Empty,
            Why::Late { .. } => Stage::Waiting,
            Why::Unreachable(_) | Why::Slow { .. } => Stage::Connecting,
            Why::Closed => Stage::Closed,
        }
    }

    /// All of the pool's `size` clients are reserved, and the caller would not wait.
    pub(crate) fn empty(size: usize) -> Self {
        let why = Why::Empty { size };
        Self { why }
    }

    /// None of the pool's `size` clients came back within `limit`.
    pub(crate) fn late(size: usize, limit: Duration) -> Self {
        let why = Why::Late { size, limit };
        Self { why }
    }

    pub(crate) fn unreachable(cause: mc_client::Error) -> Self {
        let why = Why::Unreachable(cause);
        Self { why }
    }

    /// The servers of a new client did not answer within `limit`.
    pub(crate) fn slow(limit: Duration) -> Self {
        let why = Why::Slow { limit };
        Self { why }
    }

    pub(crate) fn closed() -> Self {
        Self { why: Why::Closed }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Empty { size: 0 } => f.write_str("the pool is empty: it has no client yet"),
            Why::Empty { size } => {
                write!(
                    f,
                    "the pool is empty: all its clients ({size}) are reserved"
                )
            }
            Why::Late { size: 0, limit } => {
                write!(f, "the pool has no client yet, after {limit:?}")
            }
            Why::Late { size, limit } => {
                let late = "no client of the pool came back within";
                write!(f, "{late} {limit:?}: all its clients ({size}) are reserved")
            }
            Why::Unreachable(cause) if cause.kind() == ErrorKind::NoServers => {
                f.write_str("a new client of the pool could not be made")
            }
            Why::Unreachable(_) => {
                f.write_str("a new client of the pool could not reach its servers")
            }
            Why::Slow { limit } => {
                let slow = "a new client of the pool could not reach its servers within";
                write!(f, "{slow} {limit:?}")
            }
            Why::Closed => f.write_str("the pool is closed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Unreachable(cause) => Some(cause),
            _ => None,
        }
    }
}
