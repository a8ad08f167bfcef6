//! What a pool has seen: how full it is, and how long one waits for a client.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Stage;

/// A pool's numbers. A copy: take another for newer ones.
///
/// The first four are as they are now; the others only grow. What the clients see of their servers is told by their own
/// `metrics()`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metrics {
    /// The pool's clients, idle and reserved.
    pub size: usize,
    /// Clients that nobody holds.
    pub idle: usize,
    /// Clients that somebody holds.
    pub reserved: usize,
    /// Callers that wait for a client.
    pub waiting: usize,
    /// Times that a client was reserved.
    pub reservations: u64,
    /// Callers that would not wait and got none, as all were reserved.
    pub empty: u64,
    /// Callers that waited and got none in time.
    pub timeouts: u64,
    /// Clients that could not be made, as no server answered them.
    pub failures: u64,
    /// Clients that were made.
    pub created: u64,
    /// Clients that were dropped: `created` without those that there are. One that is being made may count for a moment.
    pub discarded: u64,
    /// How long the reservations took, all together. That of making a client is in it.
    pub waited: Duration,
    /// How long the longest of them took.
    pub longest_wait: Duration,
}

impl Metrics {
    /// How long a reservation took on average; `None` if there was none.
    pub fn mean_wait(&self) -> Option<Duration> {
        let nanos = self.waited.as_nanos().checked_div(self.reservations.into());
        nanos.map(|nanos| Duration::from_nanos(nanos.try_into().unwrap_or(u64::MAX)))
    }
}

/// How full a pool is.
pub(crate) struct Fill {
    pub(crate) size: usize,
    pub(crate) idle: usize,
    pub(crate) waiting: usize,
}

/// The numbers as they grow. Nothing here is ordered with anything else: each is right by itself.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    reservations: AtomicU64,
    empty: AtomicU64,
    timeouts: AtomicU64,
    failures: AtomicU64,
    created: AtomicU64,
    waited_nanos: AtomicU64,
    longest_nanos: AtomicU64,
}

impl Meter {
    pub(crate) fn created(&self, clients: usize) {
        self.created.fetch_add(clients as u64, Ordering::Relaxed);
    }

    /// A client was reserved for somebody who has asked for it at `since`.
    pub(crate) fn reserved(&self, since: Instant) {
        let nanos = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.reservations.fetch_add(1, Ordering::Relaxed);
        self.waited_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.longest_nanos.fetch_max(nanos, Ordering::Relaxed);
    }

    /// Nobody got a client.
    pub(crate) fn refused(&self, stage: Stage) {
        let counter = match stage {
            Stage::Empty => &self.empty,
            Stage::Waiting => &self.timeouts,
            Stage::Connecting => &self.failures,
            Stage::Closed => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// The numbers as they are now.
    pub(crate) fn metrics(&self, fill: &Fill) -> Metrics {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let created = get(&self.created);
        Metrics {
            size: fill.size,
            idle: fill.idle,
            reserved: fill.size.saturating_sub(fill.idle),
            waiting: fill.waiting,
            reservations: get(&self.reservations),
            empty: get(&self.empty),
            timeouts: get(&self.timeouts),
            failures: get(&self.failures),
            created,
            discarded: created.saturating_sub(fill.size as u64),
            waited: Duration::from_nanos(get(&self.waited_nanos)),
            longest_wait: Duration::from_nanos(get(&self.longest_nanos)),
        }
    }
}
