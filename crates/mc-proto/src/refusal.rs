//! The texts behind each [`RefusalKind`], read and written.

use std::fmt;

use bytes::Bytes;

use crate::reply::{Refusal, RefusalKind};

impl RefusalKind {
    /// The first word of the line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnknownCommand => "ERROR",
            Self::Client | Self::NotNumeric | Self::Unauthenticated => "CLIENT_ERROR",
            Self::Server | Self::OutOfMemory | Self::TooLarge => "SERVER_ERROR",
            Self::Busy => "BUSY",
            Self::BadClass => "BADCLASS",
            Self::NoSparePage => "NOSPARE",
            Self::SameClass => "SAME",
            Self::NotStarted => "NOTSTARTED",
            Self::MemoryLimitTooSmall => "MEMLIMIT_TOO_SMALL",
            Self::MemoryLimitFailed => "MEMLIMIT_ADJUST_FAILED",
            Self::TooManyWatchers => "WATCHER_TOO_MANY",
            Self::WatcherFailed => "WATCHER_FAILED",
        }
    }

    /// What memcached 1.6 says behind that word.
    const fn message(self) -> &'static str {
        match self {
            Self::UnknownCommand => "",
            Self::Client => "bad command line format",
            Self::NotNumeric => "cannot increment or decrement non-numeric value",
            Self::Unauthenticated => "unauthenticated",
            Self::Server => "internal error",
            Self::OutOfMemory => "out of memory storing object",
            Self::TooLarge => "object too large for cache",
            Self::Busy => "currently processing crawler request",
            Self::BadClass => "invalid class id",
            Self::NoSparePage => "source class has no spare pages",
            Self::SameClass => "src and dst class are identical",
            Self::NotStarted => "no items to crawl",
            Self::MemoryLimitTooSmall => "cannot set maxbytes to less than 8m",
            Self::MemoryLimitFailed => "out of bounds or unable to adjust",
            Self::TooManyWatchers => "log watcher limit reached",
            Self::WatcherFailed => "failed to add log watcher",
        }
    }

    /// The kind of a refusal with this first word and message.
    pub(crate) fn of(word: &[u8], message: &[u8]) -> Option<Self> {
        let starts = |text: &str| {
            let start = message.get(..text.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
        };
        // A colon comes from a server that was asked to shut down.
        Some(match word.strip_suffix(b":").unwrap_or(word) {
            b"ERROR" => Self::UnknownCommand,
            b"CLIENT_ERROR" if starts("cannot increment or decrement") => Self::NotNumeric,
            b"CLIENT_ERROR" if starts("unauthenticated") => Self::Unauthenticated,
            b"CLIENT_ERROR" if starts("authentication failure") => Self::Unauthenticated,
            b"CLIENT_ERROR" if starts("bad authentication token") => Self::Unauthenticated,
            b"CLIENT_ERROR" => Self::Client,
            b"SERVER_ERROR" if starts("out of memory") => Self::OutOfMemory,
            b"SERVER_ERROR" if starts("object too large") => Self::TooLarge,
            b"SERVER_ERROR" => Self::Server,
            b"BUSY" => Self::Busy,
            b"BADCLASS" => Self::BadClass,
            b"NOSPARE" => Self::NoSparePage,
            b"SAME" => Self::SameClass,
            b"NOTSTARTED" => Self::NotStarted,
            b"MEMLIMIT_TOO_SMALL" => Self::MemoryLimitTooSmall,
            b"MEMLIMIT_ADJUST_FAILED" => Self::MemoryLimitFailed,
            b"WATCHER_TOO_MANY" => Self::TooManyWatchers,
            b"WATCHER_FAILED" => Self::WatcherFailed,
            _ => return None,
        })
    }
}

impl Refusal {
    /// A refusal in words of one's own, which a reader may take for a more
    /// general kind; `RefusalKind::into` has memcached's.
    #[must_use]
    pub fn new(kind: RefusalKind, message: &'static str) -> Self {
        Self {
            kind,
            message: Bytes::from_static(message.as_bytes()),
        }
    }
}

impl From<RefusalKind> for Refusal {
    fn from(kind: RefusalKind) -> Self {
        Self::new(kind, kind.message())
    }
}

/// The line as the server wrote it, escaped.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.word())?;
        if !self.message.is_empty() {
            write!(f, " {}", self.message.escape_ascii())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, message: &str, expected: Option<RefusalKind>) {
        let kind = RefusalKind::of(word.as_bytes(), message.as_bytes());
        assert_eq!(kind, expected, "{word} {message}");
    }

    #[test]
    fn kinds_by_their_texts() {
        use RefusalKind::*;
        check("ERROR", "", Some(UnknownCommand));
        check("ERROR", "out of memory", Some(UnknownCommand));
        check("CLIENT_ERROR", "", Some(Client));
        check("CLIENT_ERROR", "bad data chunk", Some(Client));
        check("CLIENT_ERROR", "out of memory", Some(Client));
        check("CLIENT_ERROR", "unauthenticated", Some(Unauthenticated));
        for message in ["authentication failure", "bad authentication token format"] {
            check("CLIENT_ERROR", message, Some(Unauthenticated));
        }
        check(
            "CLIENT_ERROR",
            "cannot increment or decrement non-numeric value",
            Some(NotNumeric),
        );
        check("SERVER_ERROR", "", Some(Server));
        check("SERVER_ERROR", "out of memor", Some(Server));
        check("SERVER_ERROR", "object too large for cache", Some(TooLarge));
        check(
            "SERVER_ERROR",
            "out of memory storing object",
            Some(OutOfMemory),
        );
        check(
            "SERVER_ERROR",
            "Out of memory during read",
            Some(OutOfMemory),
        );
        check("ERROR:", "shutdown not enabled", Some(UnknownCommand));
        check("SERVER_ERROR:", "shutdown not enabled", Some(Server));
        check("BUSY", "currently processing reassign request", Some(Busy));
        check("END", "", None);
        check("error", "", None);
    }
}
