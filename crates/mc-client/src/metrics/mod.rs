//! What the client has seen of each server: counters, and how long answers take.
//!
//! They are always kept, by a few atomic additions a request, and read with `client.metrics()`:
//!
//! ```no_run
//! # let client = mc_client::Client::builder().servers(["cache1"])?.build()?;
//! for server in client.metrics() {
//!     let hits = server.hit_ratio().unwrap_or(0.0) * 100.0;
//!     println!("{}: {} requests, {hits:.1} % hits, {} lost", server.name, server.requests, server.lost);
//!     println!("  mean {:?}, p99 {:?}", server.latency.mean(), server.latency.quantile(0.99));
//! }
//! # Ok::<(), mc_client::Error>(())
//! ```
#![cfg_attr(
    feature = "metrics",
    doc = "With the feature `metrics`, an [`Exporter`] passes them on to the `metrics` facade."
)]

#[cfg(feature = "metrics")]
mod export;
mod histogram;
mod meter;

#[cfg(feature = "metrics")]
pub use export::Exporter;
pub use histogram::Histogram;
pub(crate) use meter::Meter;
#[cfg(feature = "tokio")]
pub(crate) use meter::Tally;

use std::sync::Arc;

/// What the client has seen of one server since it was built. A copy: take another for newer numbers.
///
/// Counters only grow. They stay when the server's connections are made anew, and when its weight
/// or its address changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerMetrics {
    /// The server's name, without its weight.
    pub name: Arc<str>,
    /// Requests that were sent, or waited to be. Many keys in one get are one request, as are many changes
    /// in one batch.
    pub requests: u64,
    /// Answers, whatever they said.
    pub answers: u64,
    /// Keys that were found.
    pub hits: u64,
    /// Keys that were not.
    pub misses: u64,
    /// Requests, or parts of a batch, that the server refused: out of memory, too large, no number, and others.
    pub refused: u64,
    /// Requests whose deadline passed.
    pub timeouts: u64,
    /// Answers that came after their caller had gone, or after the deadline: thrown away.
    pub late: u64,
    /// Requests that were lost with their connection, or for which there was none.
    pub lost: u64,
    /// Connections that were made.
    pub connects: u64,
    /// Connections that could not be made.
    pub connect_failures: u64,
    /// Bytes that the sockets took.
    pub bytes_written: u64,
    /// Bytes that the sockets gave.
    pub bytes_read: u64,
    /// From the moment that a request is queued until its answer is read.
    pub latency: Histogram,
}

impl ServerMetrics {
    /// The share of the keys asked for that were found, from 0 to 1; `None` if none was asked for.
    pub fn hit_ratio(&self) -> Option<f64> {
        let asked = self.hits + self.misses;
        (asked > 0).then(|| self.hits as f64 / asked as f64)
    }
}
