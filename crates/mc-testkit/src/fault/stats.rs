//! What a proxy has counted.

use std::time::Instant;

/// What a [`FaultProxy`](crate::FaultProxy) has seen and done so far.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FaultStats {
    /// Connections accepted, those that were refused or are gone among them.
    pub accepted: usize,
    /// When each was accepted, in order.
    pub accepted_at: Vec<Instant>,
    /// Connections open now.
    pub live: usize,
    /// The most that were open at once.
    pub most_live: usize,
    /// Directions and connections that a `hold` or `stop_reading` keeps waiting now.
    pub held: usize,
    /// How often a rule has acted, whichever.
    pub faults: u64,
    /// How often each of the rules now in force has acted, in their order.
    pub by_rule: Vec<u64>,
    /// Bytes that clients sent and the proxy read.
    pub request_bytes: u64,
    /// Bytes that servers sent and the proxy read.
    pub reply_bytes: u64,
}
