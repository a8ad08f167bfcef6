//! Every operation has exactly one outcome: they are counted as they begin and as they end.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What became of the operations of one run; shared by all who run them.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) begun: Count,
    /// Answered with what was asked for.
    pub(crate) ok: Count,
    pub(crate) miss: Count,
    pub(crate) error: Count,
    /// Dropped by the caller before the end.
    pub(crate) cancelled: Count,
    /// Answered with what was not asked for.
    pub(crate) wrong: Count,
    /// Not ended within the watchdog's time.
    pub(crate) hung: Count,
}

/// A number that many count up.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn one(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Tally {
    /// Whether each operation ended once, none hung, and none was answered with what it did not ask.
    pub(crate) fn holds(&self) -> bool {
        let ended = [
            &self.ok,
            &self.miss,
            &self.error,
            &self.cancelled,
            &self.wrong,
            &self.hung,
        ];
        let ended: u64 = ended.into_iter().map(Count::get).sum();
        self.begun.get() == ended && self.wrong.get() == 0 && self.hung.get() == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} wrong, {} hung of {}: {} ok, {} misses, {} errors, {} cancelled",
            self.wrong.get(),
            self.hung.get(),
            self.begun.get(),
            self.ok.get(),
            self.miss.get(),
            self.error.get(),
            self.cancelled.get()
        )
    }
}
