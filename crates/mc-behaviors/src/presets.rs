//! Settings for the two usual situations, each choice with its reason.

use std::num::NonZeroU32;
use std::time::Duration;

use mc_dist::Distribution;
use mc_hash::Algorithm;

use crate::Behaviors;

impl Behaviors {
    /// Settings for a cluster under load, whose servers may die.
    ///
    /// | Setting | Why |
    /// |---|---|
    /// | `consistent weighted`, md5 | a server that comes or goes moves its own share of the keys only; what pylibmc's `ketama_weighted` places, so that both find each other's data |
    /// | `tcp_nodelay` | requests are small and are waited for |
    /// | `tcp_keepalive` | a connection that a firewall has dropped is noticed before it is used |
    /// | `connect_timeout` 500 ms | several round trips within a data centre, and one lost SYN is still not waited for |
    /// | `send_timeout`, `receive_timeout`, `_poll_timeout` 750 ms | a cache that takes longer is of no use; above one retransmission (some 200 ms) |
    /// | `auto_eject`, `failure_limit` 3 | a dead server's keys go to the others, a single refused connect does not suffice |
    /// | `retry_timeout` 1 s | three failures are seen within seconds |
    /// | `dead_timeout` 30 s | an ejected server is tried twice a minute: its keys do not move back and forth |
    ///
    /// ```
    /// use mc_behaviors::Behaviors;
    ///
    /// let production = Behaviors::production();
    /// let mut by_name = Behaviors::default();
    /// by_name.update([
    ///     ("ketama_weighted", 1), ("tcp_nodelay", 1), ("tcp_keepalive", 1), ("connect_timeout", 500),
    ///     ("send_timeout", 750), ("receive_timeout", 750), ("_poll_timeout", 750),
    ///     ("auto_eject", 1), ("failure_limit", 3), ("retry_timeout", 1), ("dead_timeout", 30),
    /// ])?;
    /// assert_eq!(production, by_name);
    /// # Ok::<_, mc_behaviors::Error>(())
    /// ```
    pub fn production() -> Self {
        Self {
            tcp_nodelay: true,
            tcp_keepalive: true,
            connect_timeout: Duration::from_millis(500),
            send_timeout: Duration::from_millis(750),
            receive_timeout: Duration::from_millis(750),
            poll_timeout: Duration::from_millis(750),
            auto_eject: true,
            failure_limit: EJECT_AFTER,
            retry_timeout: Duration::from_secs(1),
            dead_timeout: Duration::from_secs(30),
            ..Self::weighted()
        }
    }

    /// Settings for one's own machine: strict, patient, and without surprises.
    ///
    /// | Setting | Why |
    /// |---|---|
    /// | `consistent weighted`, md5 | placement as in production |
    /// | `verify_keys` | a key that some other client could not spell shows early |
    /// | `tcp_nodelay` | as in production |
    /// | `connect_timeout` 1 s | the server is near: a typing error in its name shows soon |
    /// | `send_timeout`, `receive_timeout`, `_poll_timeout` 10 s | a server halted in a debugger is no failure |
    /// | `retry_timeout` 0 | a server that was restarted is used at once |
    /// | no ejection | keys stay where they are: a stopped server is an error and nothing moves |
    ///
    /// ```
    /// use mc_behaviors::Behaviors;
    ///
    /// let development = Behaviors::development();
    /// assert_eq!(development.distribution, Behaviors::production().distribution);
    /// assert!(!development.auto_eject && development.verify_keys);
    /// ```
    pub fn development() -> Self {
        Self {
            verify_keys: true,
            tcp_nodelay: true,
            connect_timeout: Duration::from_secs(1),
            send_timeout: Duration::from_secs(10),
            receive_timeout: Duration::from_secs(10),
            poll_timeout: Duration::from_secs(10),
            retry_timeout: Duration::ZERO,
            ..Self::weighted()
        }
    }

    /// The default with pylibmc's `ketama_weighted` on.
    fn weighted() -> Self {
        Self {
            hash: Algorithm::Md5,
            ketama_hash: Algorithm::Md5,
            distribution: Distribution::Weighted,
            ketama_weighted: true,
            ..Self::default()
        }
    }
}

/// Failures in a row until production ejects a server.
const EJECT_AFTER: NonZeroU32 = NonZeroU32::new(3).expect("3 is not 0");
