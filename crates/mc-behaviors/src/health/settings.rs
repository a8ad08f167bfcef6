//! The settings that health obeys.

use std::time::Duration;

/// When a server that fails is left alone, for how long, and whether its keys move meanwhile.
///
/// Plain data. The defaults are libmemcached's: 2 s of rest, a limit of 5, keys do not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthSettings {
    /// How long a server rests after a failure. 2 s by default; 0 lets one caller after the other probe it at once.
    pub retry_timeout: Duration,
    /// How long an ejected server rests; 0, the default, means as long as `retry_timeout`.
    pub dead_timeout: Duration,
    /// Failures in a row that eject a server, and time-outs in a row that make it rest. 5 by default; 0 means 1.
    pub failure_limit: u32,
    /// Whether the keys of a server at its limit move to the others. Off by default: moving keys and moving them back
    /// lets old values reappear.
    pub auto_eject: bool,
    /// How long a probe may take before it is taken for lost: longer than any request of the client. 10 s by default.
    pub probe_timeout: Duration,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            retry_timeout: Duration::from_secs(2),
            dead_timeout: Duration::ZERO,
            failure_limit: 5,
            auto_eject: false,
            probe_timeout: Duration::from_secs(10),
        }
    }
}
