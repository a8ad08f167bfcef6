//! What can go wrong with a server that is started for a test.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a server could not be started or spoken to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program is not on `PATH`.
    #[error(
        "cannot find {program:?} on PATH: install memcached, for example with \
         `apt-get install memcached` or `brew install memcached`"
    )]
    NotInstalled {
        /// What was looked for.
        program: String,
    },
    /// memcached ended before it served; what it printed says why.
    #[error("memcached ended at once with {status}: {}", .output.trim().escape_debug())]
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to its standard error.
        output: String,
    },
    /// memcached runs and does not listen.
    #[error("memcached does not listen after {} s", .waited.as_secs())]
    NotListening {
        /// How long it was given.
        waited: Duration,
    },
    /// The server was killed and not started again.
    #[error("memcached is not running")]
    NotRunning,
    /// Something answered `version` with another line than memcached's.
    #[error("not memcached's answer to `version`: \"{}\"", .answer.escape_debug())]
    NotMemcached {
        /// The line that came.
        answer: String,
    },
    /// The system refused.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: an I/O error that says what was tried.
    pub(crate) fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
