//! When an item expires, as the caller says it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mc_proto::Exptime;

use crate::error::{Error, ErrorKind};

/// When an item expires.
///
/// Servers count whole seconds; a fraction is rounded up, so that nothing expires early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Expire {
    /// Never: only when the server needs its memory.
    #[default]
    Never,
    /// So long after it is sent. Zero expires at once.
    After(Duration),
    /// At a time of day, by the server's clock.
    At(SystemTime),
}

impl From<Duration> for Expire {
    fn from(after: Duration) -> Self {
        Self::After(after)
    }
}

impl From<SystemTime> for Expire {
    fn from(at: SystemTime) -> Self {
        Self::At(at)
    }
}

impl Expire {
    /// The number on the wire, counted from now.
    pub(super) fn exptime(self) -> Result<Exptime, Error> {
        match self {
            Self::Never => Ok(Exptime::NEVER),
            Self::After(after) => Exptime::from_duration(after, unix_seconds(SystemTime::now())),
            Self::At(at) => Exptime::unix(unix_seconds(at)),
        }
        .map_err(|cause| Error::caller(ErrorKind::InvalidArgument, cause.to_string()))
    }
}

/// Whole seconds since 1970, rounded up; a time before counts as the start.
fn unix_seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() + u64::from(since.subsec_nanos() > 0)
}
