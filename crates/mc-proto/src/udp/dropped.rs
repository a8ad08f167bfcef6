//! Datagrams that were not used, counted by reason.

/// How many datagrams were dropped, and why. None of them had any effect.
///
/// Over UDP this is no fault by itself: a network repeats and delays. What
/// grows steadily is worth a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dropped {
    /// No [`Header`](super::Header), or nothing behind it.
    pub malformed: u64,
    /// The id is not awaited: the request was answered or given up, or the
    /// datagram is meant for somebody else.
    pub unknown: u64,
    /// This part of the reply was there already.
    pub duplicate: u64,
    /// It counts the reply's datagrams otherwise than the first one did.
    pub inconsistent: u64,
    /// There is no room for it within the [`Limits`](super::Limits).
    pub over_limit: u64,
}

/// Why a datagram is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Malformed,
    Unknown,
    Duplicate,
    Inconsistent,
    OverLimit,
}

impl Dropped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        [
            self.malformed,
            self.unknown,
            self.duplicate,
            self.inconsistent,
            self.over_limit,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    pub(super) fn count(&mut self, reason: Reason) {
        let count = match reason {
            Reason::Malformed => &mut self.malformed,
            Reason::Unknown => &mut self.unknown,
            Reason::Duplicate => &mut self.duplicate,
            Reason::Inconsistent => &mut self.inconsistent,
            Reason::OverLimit => &mut self.over_limit,
        };
        *count = count.saturating_add(1);
    }
}
