//! The settings that health obeys.

use std::time::Duration;

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
    /// How long a server rests after a failure. 2 s by default; 0 lets one caller after the other probe it at once.
    pub retry_timeout: Duration,
    /// How long an ejected server rests; 0, the default, means as long as `retry_timeout`.
    pub dead_timeout: Duration,
    /// Failures in a row that eject a server. 5 by default; 0 means 1.
    pub failure_limit: u32,
    /// Failures in a row, the last a time-out, that make a server rest. 5 by default; 0 means 1.
    /// A failed connection makes it rest at once.
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
            failure_limit: 5,
            timeout_limit: 5,
            auto_eject: false,
            probe_timeout: Duration::from_secs(10),
        }
    }
}

/// As the client's behaviors have it. `server_timeout_limit` 0 is `failure_limit` here: there it means that time-outs
/// never count. A probe may take as long as a connect and one wait for the socket.
impl From<&Behaviors> for HealthSettings {
    fn from(behaviors: &Behaviors) -> Self {
        let failure_limit = behaviors.failure_limit.get();
        let wait = behaviors.poll_timeout.max(behaviors.receive_timeout);
        Self {
            retry_timeout: behaviors.retry_timeout,
            dead_timeout: behaviors.dead_timeout,
            failure_limit,
            timeout_limit: match behaviors.server_timeout_limit {
                0 => failure_limit,
                limit => limit,
            },
            auto_eject: behaviors.auto_eject,
            probe_timeout: behaviors.connect_timeout.saturating_add(wait),
        }
    }
}
