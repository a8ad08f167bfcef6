//! Where the reference may do otherwise in a trace, and by which rule.

use std::time::Duration;

use super::ours::{Ours, Played};
use super::told::{Answer, Told, VICTIM};
use crate::vectors::Verdict;
use crate::vectors::deviations::{self, Deviation};

/// How far the reference has come.
pub(super) struct Reference<'o> {
    ours: &'o Ours,
    now: f64,
    /// What the last operation on the server said.
    last: Option<Answer>,
    /// When it was last marked dead.
    dead: Option<f64>,
    /// Time-outs so far.
    silences: u32,
    /// Operations on the server since it last served one, if it has.
    since_served: Option<u32>,
}

impl<'o> Reference<'o> {
    pub(super) fn new(ours: &'o Ours) -> Self {
        Self {
            ours,
            now: 0.0,
            last: None,
            dead: None,
            silences: 0,
            since_served: None,
        }
    }

    /// Takes note of the next operation.
    pub(super) fn heard(&mut self, told: &Told, now: f64) {
        self.now = now;
        if told.key != VICTIM {
            return;
        }
        self.since_served = match told.answer {
            Answer::Served(VICTIM) => Some(0),
            _ => self.since_served.map(|failures| failures + 1),
        };
        self.last = Some(told.answer);
        match told.answer {
            // Of many keys, none tells that it found the server dead.
            Answer::Dead | Answer::Untold if told.placement[VICTIM] != VICTIM => {
                self.dead = Some(now);
            }
            Answer::Silent => self.silences += 1,
            _ => {}
        }
    }

    /// What is to be said of what ours did, and of where it places keys then.
    pub(super) fn judge(&self, told: &Told, played: &Played, placed: &[usize]) -> Verdict {
        let answer = self.answer(told, played);
        let placement = self.placement(told, played, placed);
        match (answer, placement) {
            (Ok(None), Ok(None)) => Verdict::Holds,
            (Ok(Some(deviation)), Ok(_)) | (Ok(None), Ok(Some(deviation))) => {
                Verdict::Deviates(deviation)
            }
            (Err(()), _) | (_, Err(())) => {
                Verdict::Fails(format!("{played:?} {placed:?}, but {told:?}"))
            }
        }
    }

    fn answer(&self, told: &Told, played: &Played) -> Result<Option<&'static Deviation>, ()> {
        use Answer::{Dead, Down, Served, Silent, Untold};
        let is_back = told.placement[VICTIM] == VICTIM;
        let deviation = match (played.answer, told.answer) {
            (ours, theirs) if ours == theirs || theirs == Untold => return Ok(None),
            (Served(_) | Down, Silent | Served(VICTIM)) if self.has_timed_out() => {
                &deviations::TIME_OUTS_COUNT
            }
            (Served(_), _) if self.has_replicas() => &deviations::REPLICAS_STAND_IN,
            (Down, Dead) if !self.ours.has_ring() => &deviations::DEAD_IS_DOWN,
            (Served(_), Dead) if is_back && self.is_never_back() => &deviations::DEAD_FOR_EVER,
            (Served(VICTIM), Dead) => return Err(()),
            (Served(_), Dead) => &deviations::EJECTED_AT_ONCE,
            (Served(VICTIM), Served(_)) if self.is_late() => &deviations::EJECTED_AT_ONCE,
            (Served(VICTIM), _) => return Err(()),
            (Served(_), Down) if played.tried || self.is_tried_again() || self.is_just_lost() => {
                &deviations::EJECTED_AT_ONCE
            }
            _ => return Err(()),
        };
        Ok(Some(deviation))
    }

    fn placement(
        &self,
        told: &Told,
        played: &Played,
        placed: &[usize],
    ) -> Result<Option<&'static Deviation>, ()> {
        let differs = |key: &usize| placed[*key] != told.placement[*key];
        let deviation = match (0..placed.len()).find(differs) {
            None => return Ok(None),
            Some(VICTIM) if self.has_replicas() => &deviations::REPLICAS_STAND_IN,
            Some(VICTIM) if placed[VICTIM] == VICTIM => match self.is_late() {
                true => &deviations::EJECTED_AT_ONCE,
                false => return Err(()),
            },
            Some(VICTIM) if told.placement[VICTIM] != VICTIM => return Err(()),
            Some(VICTIM) if self.has_timed_out() => &deviations::TIME_OUTS_COUNT,
            Some(VICTIM) if self.dead.is_some() && self.is_never_back() => {
                &deviations::DEAD_FOR_EVER
            }
            Some(VICTIM) if self.is_tried_again() => &deviations::PROBED_ALONE,
            // It will find out when it is asked for the next of its keys.
            Some(VICTIM) if played.tried || self.last == Some(Answer::Down) => {
                &deviations::EJECTED_AT_ONCE
            }
            Some(_) => return Err(()),
        };
        Ok(Some(deviation))
    }

    /// Whether so many time-outs came that the server is left alone for them.
    fn has_timed_out(&self) -> bool {
        self.silences >= self.ours.settings.timeout_limit
    }

    /// Whether this is the second operation since it served one: the first found the connection broken, which the
    /// reference does not count.
    fn is_just_lost(&self) -> bool {
        self.since_served == Some(2)
    }

    fn has_replicas(&self) -> bool {
        self.ours.behaviors.num_replicas > 0
    }

    fn is_never_back(&self) -> bool {
        self.ours.behaviors.auto_eject && self.ours.behaviors.dead_timeout == Duration::ZERO
    }

    /// Whether its rest, which began when it was marked dead, may still last.
    fn is_late(&self) -> bool {
        self.dead
            .is_some_and(|dead| self.now < dead + self.longest())
    }

    /// Whether that may be over: then its keys go back to it, and whoever asks for one fails if it is still down.
    fn is_tried_again(&self) -> bool {
        let least = self.ours.behaviors.dead_timeout.as_secs_f64();
        self.dead
            .is_some_and(|dead| self.now > dead + least - super::TOLERANCE)
    }

    /// The longest that the reference leaves a dead server alone.
    fn longest(&self) -> f64 {
        self.ours.settings.dead_timeout.as_secs_f64() + super::TOLERANCE
    }
}
