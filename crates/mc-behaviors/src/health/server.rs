//! One server's health: how often it failed, since when it rests, and who probes it.
//!
//! Only what happened is kept. Whether the server is ejected and how long it rests follow from that and the settings,
//! so that changed settings hold at once.

use std::time::{Duration, Instant};

use super::{HealthSettings, Permit};

/// The longest rest: a span that can be added to any time that a clock shows.
const LONGEST_REST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The default is a server that is well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct ServerHealth {
    /// Failures since the last success.
    failures: u32,
    /// When the last failure made it rest.
    resting: Option<Instant>,
    /// When the probe that is out was handed out; it is only out while the server rests.
    probe: Option<Instant>,
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

    pub(super) fn failed(&mut self, settings: &HealthSettings, now: Instant) {
        if self.counts(settings, now) {
            self.failures = self.failures.saturating_add(1);
            self.rest_from(now);
        }
    }

    pub(super) fn timed_out(&mut self, settings: &HealthSettings, now: Instant) {
        if self.counts(settings, now) {
            self.failures = self.failures.saturating_add(1);
            if self.resting.is_some() || self.failures >= settings.timeout_limit.max(1) {
                self.rest_from(now);
            }
        }
    }

    pub(super) fn abandoned(&mut self) {
        self.probe = None;
    }

    /// Whether a failure now tells something new: not if it comes from before the rest that still lasts.
    fn counts(&self, settings: &HealthSettings, now: Instant) -> bool {
        self.probe.is_some() || self.rested(settings).is_none_or(|at| at <= now)
    }

    fn rest_from(&mut self, now: Instant) {
        self.resting = Some(now);
        self.probe = None;
    }

    /// The end of its rest; `None` if it does not rest.
    fn rested(&self, settings: &HealthSettings) -> Option<Instant> {
        let rest = match self.is_ejected(settings) && !settings.dead_timeout.is_zero() {
            true => settings.dead_timeout,
            false => settings.retry_timeout,
        };
        self.resting.map(|since| later(since, rest))
    }
}

/// `span` after `start`; never an overflow.
fn later(start: Instant, span: Duration) -> Instant {
    start.checked_add(span.min(LONGEST_REST)).unwrap_or(start)
}
