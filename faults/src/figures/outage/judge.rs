//! What operations tell of the outages that fell into their time.

use std::ops::Range;
use std::time::{Duration, Instant};

/// One operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) server: usize,
    pub(super) begun: Instant,
    pub(super) took: Duration,
    pub(super) end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// A miss is an answer, too.
    Answered,
    /// Refused, as the server rests.
    Down,
    Failed,
}

/// One server's outage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    pub(super) victim: usize,
    /// The moment before it goes.
    pub(super) from: Instant,
    /// The moment before it is told to come back: a process that starts takes time from the others.
    pub(super) until: Instant,
    /// It is up again.
    pub(super) to: Instant,
}

/// What came of all outages together; times that `None` is found for did not happen.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Operations on servers that were well, before, during and after.
    pub(super) asked_elsewhere: usize,
    pub(super) errors_elsewhere: usize,
    /// Of operations on the others, the median of all outages: while the server is away, and for as long before that.
    /// (Other load on the machine comes in bursts, which one outage sees and the next does not.)
    pub(super) p99_before: Option<Duration>,
    pub(super) p99_during: Option<Duration>,
    /// From an outage until the first operation on its server had failed: the longest.
    pub(super) first_error: Option<Duration>,
    /// Of operations on the server that failed and were under way during its outage.
    pub(super) p999_failing: Option<Duration>,
    pub(super) longest_failing: Option<Duration>,
    /// From an outage until the first operation was refused because its server rested: the longest.
    pub(super) rests: Option<Duration>,
    /// Operations that were refused because the server rested.
    pub(super) down: usize,
    pub(super) p99_down: Option<Duration>,
    /// Of each outage: from its end until an operation on its server had been answered.
    pub(super) back: Vec<Option<Duration>>,
}

impl Sample {
    fn ended(&self) -> Instant {
        self.begun + self.took
    }

    fn is_answered(&self) -> bool {
        self.end == End::Answered
    }
}

impl Found {
    pub(super) fn new(outages: &[Outage], samples: &[Sample]) -> Self {
        let mut found = Self::default();
        let (mut before, mut during, mut failing, mut down) = (vec![], vec![], vec![], vec![]);
        for outage in outages {
            let Outage {
                victim,
                from,
                until,
                to,
            } = *outage;
            let (its, others): (Vec<_>, Vec<_>) =
                samples.iter().partition(|it| it.server == victim);
            let begun = |times: Range<Instant>| move |it: &Sample| times.contains(&it.begun);
            let p99 = |times| quantile(&mut took(&others, begun(times)), 0.99);
            before.extend(p99(from - (until - from)..from));
            during.extend(p99(from..until));

            let fails = |it: &Sample| !it.is_answered() && it.ended() >= from && it.begun < to;
            let refused = |it: &Sample| fails(it) && it.end == End::Down;
            failing.extend(took(&its, fails));
            down.extend(took(&its, refused));

            let first_error = its.iter().filter(|it| fails(it));
            let first_error = first_error.map(|it| it.ended() - from).min();
            let rests = its.iter().filter(|it| refused(it));
            let rests = rests.map(|it| it.ended() - from).min();
            found.first_error = found.first_error.max(first_error);
            found.rests = found.rests.max(rests);
            found.back.push(back(&its, to));
        }
        let elsewhere = samples.iter().filter(|it| !found.excuses(outages, it));
        let errors = elsewhere.clone().filter(|it| !it.is_answered()).count();
        (found.asked_elsewhere, found.errors_elsewhere) = (elsewhere.count(), errors);
        found.p99_before = quantile(&mut before, 0.5);
        found.p99_during = quantile(&mut during, 0.5);
        found.p999_failing = quantile(&mut failing, 0.999);
        found.longest_failing = failing.last().copied();
        found.down = down.len();
        found.p99_down = quantile(&mut down, 0.99);
        found
    }

    /// Whether the operation's own server was away while it was under way, or not back yet.
    fn excuses(&self, outages: &[Outage], sample: &Sample) -> bool {
        outages.iter().zip(&self.back).any(|(outage, back)| {
            let to = back.map_or(sample.begun, |back| outage.to + back);
            sample.server == outage.victim && sample.ended() >= outage.from && sample.begun <= to
        })
    }
}

/// How long these took.
fn took(samples: &[&Sample], which: impl Fn(&Sample) -> bool) -> Vec<Duration> {
    let chosen = samples.iter().filter(|it| which(it));
    chosen.map(|it| it.took).collect()
}

/// How long after the end of an outage one of the server's operations had been answered.
fn back(its: &[&Sample], to: Instant) -> Option<Duration> {
    let answered = its.iter().filter(|it| it.is_answered() && it.ended() >= to);
    answered.map(|it| it.ended() - to).min()
}

/// What this share of them did not exceed; sorts them.
fn quantile(times: &mut [Duration], share: f64) -> Option<Duration> {
    times.sort_unstable();
    let at = (times.len() as f64 * share).ceil() as usize;
    times.get(at.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A server's operation, begun at a millisecond and taking so many.
    fn sample(start: Instant, server: usize, begun: u32, took: u32, end: End) -> Sample {
        Sample {
            server,
            begun: start + begun * MS,
            took: took * MS,
            end,
        }
    }

    #[test]
    fn an_outage_as_operations_see_it() {
        let start = Instant::now();
        let outage = Outage {
            victim: 1,
            from: start + 100 * MS,
            until: start + 190 * MS,
            to: start + 200 * MS,
        };
        let rows = [
            (0, 50, 3, End::Answered),
            (1, 99, 5, End::Failed),
            (0, 110, 4, End::Answered),
            (0, 120, 1, End::Failed),
            (0, 195, 30, End::Answered),
            (1, 120, 20, End::Failed),
            (1, 150, 1, End::Down),
            (1, 230, 2, End::Answered),
            (1, 240, 2, End::Failed),
            (0, 250, 9, End::Answered),
        ];
        let samples =
            rows.map(|(server, begun, took, end)| sample(start, server, begun, took, end));
        let found = Found::new(&[outage], &samples);
        assert_eq!((found.asked_elsewhere, found.errors_elsewhere), (6, 2));
        assert_eq!(found.p99_before, Some(3 * MS));
        assert_eq!(found.p99_during, Some(4 * MS));
        assert_eq!(found.first_error, Some(4 * MS));
        assert_eq!(found.longest_failing, Some(20 * MS));
        assert_eq!((found.rests, found.down), (Some(51 * MS), 1));
        assert_eq!(found.back, [Some(32 * MS)]);
    }

    #[test]
    fn a_server_that_never_fails_or_never_returns_shows() {
        let start = Instant::now();
        let outage = Outage {
            victim: 0,
            from: start + MS,
            until: start + 8 * MS,
            to: start + 9 * MS,
        };
        let samples = [sample(start, 0, 2, 1, End::Answered)];
        let found = Found::new(&[outage], &samples);
        assert_eq!((found.first_error, found.p99_down), (None, None));
        assert_eq!(found.back, [None]);
    }

    #[test]
    fn quantiles() {
        let mut times: Vec<_> = (1..=1000).rev().map(|ms| ms * MS).collect();
        assert_eq!(quantile(&mut times, 0.99), Some(990 * MS));
        assert_eq!(quantile(&mut times, 1.0), Some(1000 * MS));
        assert_eq!(quantile(&mut [], 0.99), None);
    }
}
