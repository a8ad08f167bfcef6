//! When an item ends, as memcached counts it.
//!
//! One number carries four meanings: 0 is never, a negative one is at once,
//! up to thirty days it counts seconds from now, and beyond that it is a Unix
//! time. A span of thirty-one days sent as it is would therefore name a day
//! in 1970. Here the number is made in one place, from what was meant.

use std::time::Duration;

use thiserror::Error;

/// The longest span that is sent as a span; a longer one is sent as a time.
///
/// memcached's `REALTIME_MAXDELTA`: 30 days.
const MAX_RELATIVE: i32 = 60 * 60 * 24 * 30;

/// When an item ends: never, at once, after some seconds, or at a Unix time.
///
/// The number on the wire fits 32 bits with a sign: servers keep only so many
/// and cut longer ones silently, so none is made here. The last time that can
/// be named is 2147483647, in January 2038.
///
/// ```
/// use std::time::Duration;
/// use mc_proto::Exptime;
///
/// let now = 1_700_000_000;
/// assert_eq!(Exptime::from_duration(Duration::from_millis(1500), now)?.seconds(), 2);
///
/// let days = Duration::from_secs(31 * 24 * 60 * 60);
/// assert_eq!(Exptime::from_duration(days, now)?.seconds(), 1_702_678_400);
///
/// assert!(Exptime::unix(4_000_000_000).is_err());
/// # Ok::<(), mc_proto::InvalidExptime>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Exptime(i32);

/// A time that memcached cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "an item cannot end at the Unix time {at}; \
     times from {} (after 30 days) to {} (January 2038) are allowed",
    MAX_RELATIVE.saturating_add(1),
    i32::MAX
)]
pub struct InvalidExptime {
    /// The time in seconds since 1970.
    pub at: u64,
}

impl Exptime {
    /// The item stays until the server needs its room.
    pub const NEVER: Self = Self(0);

    /// The item has ended already.
    pub const AT_ONCE: Self = Self(-1);

    /// A time in seconds since 1970.
    ///
    /// # Errors
    /// [`InvalidExptime`] for a time that would be read as a span (in January
    /// 1970), or that needs more than 31 bits.
    pub fn unix(at: u64) -> Result<Self, InvalidExptime> {
        match i32::try_from(at) {
            Ok(seconds) if seconds > MAX_RELATIVE => Ok(Self(seconds)),
            _ => Err(InvalidExptime { at }),
        }
    }

    /// A span from now on, rounded up to whole seconds.
    ///
    /// A span of zero ends at once: not [`NEVER`](Self::NEVER), which has the
    /// number 0, nor [`AT_ONCE`](Self::AT_ONCE), as twemproxy hangs up on
    /// negative numbers, but the first Unix time that can be named. A span of
    /// more than 30 days becomes a Unix time, too, which is what `now_unix`,
    /// the present in seconds since 1970, is for.
    ///
    /// # Errors
    /// [`InvalidExptime`] if that Unix time needs more than 31 bits.
    pub fn from_duration(span: Duration, now_unix: u64) -> Result<Self, InvalidExptime> {
        let seconds = span
            .as_secs()
            .saturating_add(u64::from(span.subsec_nanos() > 0));
        match i32::try_from(seconds) {
            Ok(0) => Ok(Self(MAX_RELATIVE + 1)),
            Ok(relative) if relative <= MAX_RELATIVE => Ok(Self(relative)),
            _ => Self::unix(now_unix.saturating_add(seconds)),
        }
    }

    /// Any number as a server may read it from a request.
    #[must_use]
    pub const fn from_wire(seconds: i32) -> Self {
        Self(seconds)
    }

    /// The number on the wire.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0 as i64
    }

    /// The Unix time from which on the item is gone, seen from `now_unix`;
    /// `None` if it stays. What a server needs to know.
    ///
    /// ```
    /// use mc_proto::Exptime;
    ///
    /// assert_eq!(Exptime::from_wire(60).ends_at(1_700_000_000), Some(1_700_000_060));
    /// assert_eq!(Exptime::AT_ONCE.ends_at(1_700_000_000), Some(0));
    /// assert_eq!(Exptime::NEVER.ends_at(1_700_000_000), None);
    /// ```
    #[must_use]
    pub fn ends_at(self, now_unix: u64) -> Option<u64> {
        match u64::try_from(self.0) {
            Ok(0) => None,
            Ok(span) if self.0 <= MAX_RELATIVE => Some(now_unix.saturating_add(span)),
            Ok(time) => Some(time),
            Err(_) => Some(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;
    const DAYS: u64 = 24 * 60 * 60;

    fn check(span: Duration, seconds: Result<i64, u64>) {
        let found = Exptime::from_duration(span, NOW);
        assert_eq!(
            found.map(Exptime::seconds).map_err(|error| error.at),
            seconds,
            "{span:?}"
        );
    }

    #[test]
    fn spans() {
        check(Duration::ZERO, Ok(2_592_001));
        check(Duration::from_nanos(1), Ok(1));
        check(Duration::from_secs(1), Ok(1));
        check(Duration::new(1, 1), Ok(2));
        check(Duration::from_secs(30 * DAYS), Ok(2_592_000));
        check(Duration::new(30 * DAYS, 1), Ok(1_702_592_001));
        check(Duration::from_secs(447_483_647), Ok(2_147_483_647));
        check(Duration::from_secs(447_483_648), Err(2_147_483_648));
        check(Duration::MAX, Err(u64::MAX));
    }

    #[test]
    fn times() {
        assert_eq!(Exptime::unix(2_592_001).unwrap().seconds(), 2_592_001);
        for at in [0, 60, 2_592_000, 2_147_483_648, u64::MAX] {
            assert_eq!(Exptime::unix(at), Err(InvalidExptime { at }));
        }
        assert_eq!(
            InvalidExptime { at: 60 }.to_string(),
            "an item cannot end at the Unix time 60; \
             times from 2592001 (after 30 days) to 2147483647 (January 2038) are allowed",
        );
    }

    #[test]
    fn as_a_server_reads_them() {
        let ends = |seconds| Exptime::from_wire(seconds).ends_at(NOW);
        assert_eq!(ends(0), None);
        assert_eq!(ends(-1), Some(0));
        assert_eq!(ends(i32::MIN), Some(0));
        assert_eq!(ends(1), Some(NOW + 1));
        assert_eq!(ends(2_592_000), Some(NOW + 30 * DAYS));
        assert_eq!(ends(2_592_001), Some(2_592_001));
    }
}
