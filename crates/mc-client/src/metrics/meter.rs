//! The counters as they grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use mc_proto::Reply;

use super::ServerMetrics;
use super::histogram::Recorder;

/// What a server's links count. Nothing here is ordered with anything else: each number is right by itself.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    requests: Counter,
    answers: Counter,
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
    latency: Recorder,
}

impl Meter {
    /// A request is queued.
    pub(crate) fn asked(&self) {
        self.requests.add(1);
    }

    /// The reply to a request that was queued at `since` has been read.
    pub(crate) fn answered(&self, reply: &Reply, since: Instant, now: Instant) {
        self.answers.add(1);
        self.latency.record(now.saturating_duration_since(since));
        let (hits, asked) = match reply {
            Reply::Value(item) => (usize::from(item.is_some()), 1),
            Reply::Values(items) => (items.iter().flatten().count(), items.len()),
            Reply::Refused(_) => return self.refused.add(1),
            _ => return,
        };
        self.hits.add(hits);
        self.misses.add(asked - hits);
    }

    /// A reply has been read that nobody waited for any more.
    pub(crate) fn came_late(&self) {
        self.late.add(1);
    }

    /// A deadline has passed.
    pub(crate) fn timed_out(&self) {
        self.timeouts.add(1);
    }

    /// Requests have gone with their connection.
    pub(crate) fn lost(&self, requests: usize) {
        self.lost.add(requests);
    }

    /// A connection was made.
    pub(crate) fn connected(&self) {
        self.connects.add(1);
    }

    /// A connection could not be made.
    pub(crate) fn unreachable(&self) {
        self.connect_failures.add(1);
    }

    pub(crate) fn wrote(&self, bytes: usize) {
        self.bytes_written.add(bytes);
    }

    pub(crate) fn read(&self, bytes: usize) {
        self.bytes_read.add(bytes);
    }

    /// The numbers as they are now.
    pub(crate) fn metrics(&self, name: &Arc<str>) -> ServerMetrics {
        ServerMetrics {
            name: Arc::clone(name),
            requests: self.requests.get(),
            answers: self.answers.get(),
            hits: self.hits.get(),
            misses: self.misses.get(),
            refused: self.refused.get(),
            timeouts: self.timeouts.get(),
            late: self.late.get(),
            lost: self.lost.get(),
            connects: self.connects.get(),
            connect_failures: self.connect_failures.get(),
            bytes_written: self.bytes_written.get(),
            bytes_read: self.bytes_read.get(),
            latency: self.latency.read(),
        }
    }
}

#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Counter {
    fn add(&self, number: usize) {
        self.0.fetch_add(number as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
