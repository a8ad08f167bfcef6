//! One server's health: how often it failed, since when it rests, and who probes it.
//!
//! Only what happened is kept. Whether the server is ejected and how long it rests follow from that and the settings,
//! so that changed settings hold at once.

use std::time::{Duration, Instant};

use fastrand::Rng;

use super::{HealthSettings, Permit};

/// The longest rest: a span that can be added to any time that a clock shows.
const LONGEST_REST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What a rest of 0 is: so short that nobody waits for it, and long enough that a server that is down is not
/// connected to as fast as it refuses.
const NO_REST: Duration = Duration::from_millis(100);

/// The default is a server that is well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ServerHealth {
    /// Failures since the last success.
    failures: u32,
    /// The rest that the last failure began.
    resting: Option<Rest>,
    /// When the probe that is out was handed out; it is only out while the server rests.
    probe: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rest {
    since: Instant,
    /// How much of the jitter it lasts longer, as a part of [`u32::MAX`].
    late: u32,
}

impl ServerHealth {
    pub(super) fn may_use(&mut self, settings: &HealthSettings, now: Instant) -> Permit {
        match self.skipped_until(settings) {
            None => Permit::Use,
            Some(until) if now < until => Permit::SkipUntil(until),
            Some(_) => {
                self.probe = Some(now);
                Permit::Probe
            }
        }
    }

    /// The end of its rest, or of its probe's time; `None` if it does not rest.
    pub(super) fn skipped_until(&self, settings: &HealthSettings) -> Option<Instant> {
        match self.probe {
            Some(handed_out) => Some(later(handed_out, settings.probe_timeout)),
            None => self.rested(settings),
        }
    }

    pub(super) fn is_ejected(&self, settings: &HealthSettings) -> bool {
        let is_at_limit = self.failures >= settings.failure_limit.max(1);
        settings.auto_eject && is_at_limit && self.resting.is_some()
    }

    /// A failure; the rest begins when there are `limit` in a row, or if it was being probed.
    pub(super) fn failed(
        &mut self,
        limit: u32,
        settings: &HealthSettings,
        now: Instant,
        random: &mut Rng,
    ) {
        if !self.counts(settings, now) {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.resting.is_some() || self.failures >= limit {
            let late = random.u32(..);
            self.resting = Some(Rest { since: now, late });
            self.probe = None;
        }
    }

    pub(super) fn abandoned(&mut self) {
        self.probe = None;
    }

    /// Whether a failure now tells something new: not if it comes from before the rest that still lasts.
    fn counts(&self, settings: &HealthSettings, now: Instant) -> bool {
        self.probe.is_some() || self.rested(settings).is_none_or(|at| at <= now)
    }

    /// The end of its rest; `None` if it does not rest.
    fn rested(&self, settings: &HealthSettings) -> Option<Instant> {
        let rest = self.resting?;
        let span = match self.is_ejected(settings) && !settings.dead_timeout.is_zero() {
            true => settings.dead_timeout,
            false if settings.retry_timeout.is_zero() => NO_REST,
            false => settings.retry_timeout,
        };
        let jitter = f64::from(settings.jitter_percent) / 100.0;
        let late = jitter * f64::from(rest.late) / f64::from(u32::MAX);
        let span = span.min(LONGEST_REST);
        Some(later(rest.since, span + span.mul_f64(late)))
    }
}

/// `span` after `start`; never an overflow.
fn later(start: Instant, span: Duration) -> Instant {
    start.checked_add(span.min(LONGEST_REST)).unwrap_or(start)
}
