//! How large a pool is and how long one waits for it.

use std::time::Duration;

/// The size and patience of a [`Pool`](crate::Pool).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The most clients at a time, each with a connection of its own to each server. 1 to 65,536, a number beyond is the
    /// nearest of these; by default twice the number of processors.
    pub max_size: usize,
    /// How long to wait for a client while all are lent. `None`, the default, waits without end; 0 does not wait.
    pub wait: Option<Duration>,
    /// How long it may take until one of a new client's servers answers; 5 s by default.
    pub connect: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            max_size: 2 * processors,
            wait: None,
            connect: Duration::from_secs(5),
        }
    }
}
