//! The counters as they grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use mc_proto::Reply;

use super::ServerMetrics;
use super::histogram::{Recorder, Run};
use crate::error::Error;
use crate::trace;

/// What a server's links count, and tell as events.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The server's.
    name: Arc<str>,
    counts: Counts,
}

/// Nothing here is ordered with anything else: each number is right by itself.
#[derive(Debug, Default)]
struct Counts {
    requests: Counter,
    hits: Counter,
    misses: Counter,
    refused: Counter,
    timeouts: Counter,
    late: Counter,
    lost: Counter,
    connects: Counter,
    connect_failures: Counter,
    bytes_written: Counter,
    bytes_read: Counter,
    /// Of each answer.
    latency: Recorder,
}

impl Meter {
    pub(crate) fn new(name: &Arc<str>) -> Self {
        Self {
            name: Arc::clone(name),
            counts: Counts::default(),
        }
    }

    /// The server's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A request is queued.
    pub(crate) fn asked(&self) {
        self.counts.requests.add(1);
    }

    /// The reply to a request that was queued at `since` has been read.
    pub(crate) fn answered(&self, reply: &Reply, since: Instant, now: Instant) {
        self.tally().answered(reply, since, now);
    }

    /// For the replies that are read together.
    pub(crate) fn tally(&self) -> Tally<'_> {
        Tally {
            counts: &self.counts,
            latency: Run::default(),
            hits: 0,
            misses: 0,
            refused: 0,
        }
    }

    /// A reply has been read that nobody waited for any more.
    #[cfg(feature = "tokio")]
    pub(crate) fn came_late(&self) {
        self.counts.late.add(1);
    }

    /// A deadline has passed.
    #[cfg(feature = "tokio")]
    pub(crate) fn timed_out(&self) {
        self.counts.timeouts.add(1);
    }

    /// A connection is gone, or could not be made, and so many requests with it.
    pub(crate) fn lost(&self, requests: usize, error: &Error) {
        self.counts.lost.add(requests);
        trace::lost(&self.name, requests, error);
    }

    /// So many requests have no answer: their deadline has passed, or their connection is gone.
    pub(crate) fn unanswered(&self, requests: usize, error: &Error) {
        if error.is_timeout() {
            self.counts.timeouts.add(requests);
        } else {
            self.lost(requests, error);
        }
    }

    /// A connection was made.
    pub(crate) fn connected(&self) {
        self.counts.connects.add(1);
        trace::connected(&self.name);
    }

    /// A connection could not be made.
    pub(crate) fn unreachable(&self, error: &Error) {
        self.counts.connect_failures.add(1);
        trace::unreachable(&self.name, error);
    }

    pub(crate) fn wrote(&self, bytes: usize) {
        self.counts.bytes_written.add(bytes);
    }

    pub(crate) fn read(&self, bytes: usize) {
        self.counts.bytes_read.add(bytes);
    }

    /// The numbers as they are now.
    pub(crate) fn metrics(&self) -> ServerMetrics {
        let Self { name, counts } = self;
        let latency = counts.latency.read();
        ServerMetrics {
            name: Arc::clone(name),
            requests: counts.requests.get(),
            answers: latency.count(),
            hits: counts.hits.get(),
            misses: counts.misses.get(),
            refused: counts.refused.get(),
            timeouts: counts.timeouts.get(),
            late: counts.late.get(),
            lost: counts.lost.get(),
            connects: counts.connects.get(),
            connect_failures: counts.connect_failures.get(),
            bytes_written: counts.bytes_written.get(),
            bytes_read: counts.bytes_read.get(),
            latency,
        }
    }
}

/// What the replies add up to that are read together: counted when it is dropped, as each addition to a counter that
/// others add to costs as much as some twenty to one's own.
pub(crate) struct Tally<'m> {
    counts: &'m Counts,
    latency: Run,
    hits: usize,
    misses: usize,
    refused: usize,
}

impl Tally<'_> {
    /// The reply to a request that was queued at `since` has been read.
    #[inline]
    pub(crate) fn answered(&mut self, reply: &Reply, since: Instant, now: Instant) {
        let took = now.saturating_duration_since(since);
        self.counts.latency.record(took, &mut self.latency);
        match reply {
            Reply::Value(Some(_)) => self.hits += 1,
            Reply::Value(None) => self.misses += 1,
            Reply::Values(items) => {
                let hits = items.iter().flatten().count();
                self.hits += hits;
                self.misses += items.len() - hits;
            }
            Reply::Refused(_) => self.refused += 1,
            Reply::Batch(replies) => {
                let refused = |reply: &&Reply| matches!(reply, Reply::Refused(_));
                self.refused += replies.iter().filter(refused).count();
            }
            _ => {}
        }
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        self.counts.latency.add(&mut self.latency);
        self.counts.hits.add(self.hits);
        self.counts.misses.add(self.misses);
        self.counts.refused.add(self.refused);
    }
}

#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Counter {
    fn add(&self, number: usize) {
        if number == 0 {
            return;
        }
        self.0.fetch_add(number as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
