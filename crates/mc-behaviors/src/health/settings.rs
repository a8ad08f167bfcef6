//! The settings that health obeys.

use std::time::Duration;

use mc_dist::Compat;

use crate::Behaviors;

/// When a server that fails is left alone, for how long, and whether its keys move meanwhile.
///
/// Plain data, made from [`Behaviors`]. The defaults are libmemcached's: 2 s of rest, a limit of 5, keys do not move.
///
/// ```
/// use std::time::Duration;
///
/// use mc_behaviors::{Behaviors, HealthSettings};
///
/// let mut behaviors = Behaviors::default();
/// behaviors.update([("auto_eject", 1), ("dead_timeout", 30)])?;
/// let settings = HealthSettings::from(&behaviors);
/// assert!(settings.auto_eject);
/// assert_eq!(settings.dead_timeout, Duration::from_secs(30));
/// # Ok::<_, mc_behaviors::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthSettings {
    /// How long a server rests after a failure. 2 s by default; 0 is 100 ms.
    pub retry_timeout: Duration,
    /// How long an ejected server rests; 0, the default, means as long as `retry_timeout`.
    pub dead_timeout: Duration,
    /// Failures in a row that eject a server. 5 by default; 0 means 1.
    pub failure_limit: u32,
    /// How much longer than that a rest may last, in percent of it. 50 by default, 0 for times that are exact.
    /// The part of it is drawn anew for each rest, so that clients that lost a server together come back one by one.
    pub jitter_percent: u32,
    /// Failures in a row, the last a failed connection, that make a server rest. 1, the default, and 0 mean at once.
    pub connect_limit: u32,
    /// Failures in a row, the last a time-out, that make a server rest. 5 by default; 0 means 1.
    pub timeout_limit: u32,
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
            jitter_percent: 50,
            failure_limit: 5,
            connect_limit: 1,
            timeout_limit: 5,
            auto_eject: false,
            probe_timeout: Duration::from_secs(10),
        }
    }
}

/// As the client's behaviors have it; a probe may take as long as a connect and one wait for the socket.
///
/// | | failed connections until a rest | time-outs until a rest |
/// |---|---|---|
/// | `server_timeout_limit` 0, the default | 1 | `failure_limit` |
/// | `server_timeout_limit` N | N | N |
/// | [`Compat::V1_0`], which has no such setting | 1 | 1 |
///
/// libmemcached 1.1 counts failed connections only, so that a server that accepts and never answers is asked for ever.
/// 1.0 lets a server rest for every connection that it gives up.
impl From<&Behaviors> for HealthSettings {
    fn from(behaviors: &Behaviors) -> Self {
        let failure_limit = behaviors.failure_limit.get();
        let (connect_limit, timeout_limit) =
            match (behaviors.compat, behaviors.server_timeout_limit) {
                (Compat::V1_0, _) => (1, 1),
                (_, 0) => (1, failure_limit),
                (_, limit) => (limit, limit),
            };
        let wait = behaviors.poll_timeout.max(behaviors.receive_timeout);
        Self {
            retry_timeout: behaviors.retry_timeout,
            dead_timeout: behaviors.dead_timeout,
            failure_limit,
            connect_limit,
            timeout_limit,
            auto_eject: behaviors.auto_eject,
            probe_timeout: behaviors.connect_timeout.saturating_add(wait),
            ..Self::default()
        }
    }
}
