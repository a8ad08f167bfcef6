//! What can go wrong with a server that is started for a test.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a server could not be started or spoken to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The program is not on `PATH`, nor where Debian has servers.
    #[error(
        "cannot find {program:?} on PATH or in /usr/sbin: install {package}, for example with \
         `apt-get install {package}`"
    )]
    NotInstalled {
        /// What was looked for.
        program: String,
        /// The package that brings it, as Debian names it.
        package: &'static str,
    },
    /// The program ended before it served, or failed; what it printed says why.
    #[error("{program} ended with {status}: {}", .output.trim().escape_debug())]
    Exited {
        /// Which program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to its standard error or its log.
        output: String,
    },
    /// The server runs and does not listen.
    #[error("{program} does not listen after {} s", .waited.as_secs())]
    NotListening {
        /// Which program.
        program: String,
        /// How long it was given.
        waited: Duration,
    },
    /// What was asked for cannot be.
    #[error("{0}")]
    Refused(String),
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
