//! Which stage of getting a client failed.

use std::fmt;

use deadpool::managed::{PoolError, TimeoutType};

/// Why no client could be lent.
#[derive(Debug, Clone)]
pub struct Error {
    stage: Stage,
    cause: Option<mc_client::Error>,
}

/// What was being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Waiting for a client to come back.
    Waiting,
    /// Making a new client and reaching its servers.
    Connecting,
    /// The pool is closed.
    Closed,
}

impl Error {
    /// What was being done when it failed.
    pub fn stage(&self) -> Stage {
        self.stage
    }
}

impl From<PoolError<mc_client::Error>> for Error {
    fn from(error: PoolError<mc_client::Error>) -> Self {
        let (stage, cause) = match error {
            PoolError::Timeout(TimeoutType::Wait) => (Stage::Waiting, None),
            PoolError::Backend(cause) => (Stage::Connecting, Some(cause)),
            PoolError::Closed => (Stage::Closed, None),
            PoolError::Timeout(_)
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => (Stage::Connecting, None),
        };
        Self { stage, cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.stage {
            Stage::Waiting => "no client of the pool came back in time",
            Stage::Connecting => "a new client of the pool could not reach its servers",
            Stage::Closed => "the pool is closed",
        })
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as _)
    }
}
