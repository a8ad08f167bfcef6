//! How long answers take: counts by length of time, kept without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The resolution, in nanoseconds.
const UNIT: u64 = 250;
/// Each doubling is cut into 4 buckets, which are at most a quarter wider than they start.
const PARTS: usize = 4;
/// Up to 2^28 units, which is 67 s; the last bucket takes everything above as well.
const BUCKETS: usize = 27 * PARTS;

/// Counts of durations up to 67 s, in buckets of 250 ns to 1 µs, and of a quarter of each doubling from there on.
///
/// A copy that does not change any more, see [`ServerMetrics::latency`](super::ServerMetrics::latency).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    total: Duration,
}

impl Histogram {
    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their mean; `None` of none.
    pub fn mean(&self) -> Option<Duration> {
        let count = self.count();
        let nanos = self.total.as_nanos().checked_div(count.into())?;
        Some(Duration::from_nanos(nanos.try_into().unwrap_or(u64::MAX)))
    }

    /// What this share of them did not exceed, from 0 to 1: `0.99` for the 99th percentile. `None` of none.
    ///
    /// It is the end of a bucket: up to a quarter above the true value from 1 µs on, and at most 67 s.
    ///
    /// ```no_run
    /// # let client = mc_client::Client::builder().servers(["cache1"])?.build()?;
    /// for server in client.metrics() {
    ///     println!("{}: p99 {:?}", server.name, server.latency.quantile(0.99));
    /// }
    /// # Ok::<(), mc_client::Error>(())
    /// ```
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = (self.count() as f64 * share.clamp(0.0, 1.0))
            .ceil()
            .max(1.0) as u64;
        let mut seen = 0;
        self.buckets()
            .find(|(_, count)| {
                seen += count;
                seen >= wanted
            })
            .map(|(end, _)| end)
    }

    /// The buckets that hold something: the end of each, and how many durations are in it.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let counts = self.counts.iter().copied().enumerate();
        let filled = counts.filter(|(_, count)| *count > 0);
        filled.map(|(at, count)| (end(at), count))
    }

    /// What was counted since `before`, an earlier copy of the same server's.
    pub fn since(&self, before: &Self) -> Self {
        let counts = self.counts.iter().zip(&before.counts);
        Self {
            counts: counts
                .map(|(now, before)| now.saturating_sub(*before))
                .collect(),
            total: self.total.saturating_sub(before.total),
        }
    }
}

/// The counts as they grow.
#[derive(Debug)]
pub(super) struct Recorder {
    counts: [AtomicU64; BUCKETS],
    nanos: AtomicU64,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; BUCKETS],
            nanos: AtomicU64::new(0),
        }
    }
}

/// Durations of one bucket that are not counted yet: what is answered together took about as long.
#[derive(Debug, Default)]
pub(super) struct Run {
    bucket: usize,
    count: u64,
    nanos: u64,
}

impl Recorder {
    /// Counts a duration with those in `run`, or begins another run.
    #[inline]
    pub(super) fn record(&self, took: Duration, run: &mut Run) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = bucket(nanos);
        if bucket != run.bucket {
            self.add(run);
            run.bucket = bucket;
        }
        run.count += 1;
        run.nanos = run.nanos.saturating_add(nanos);
    }

    /// Counts those in `run`, which is empty then.
    pub(super) fn add(&self, run: &mut Run) {
        let Run {
            bucket,
            count,
            nanos,
        } = std::mem::take(run);
        if count > 0 {
            self.counts[bucket].fetch_add(count, Ordering::Relaxed);
            self.nanos.fetch_add(nanos, Ordering::Relaxed);
        }
    }

    pub(super) fn read(&self) -> Histogram {
        let counts = self.counts.iter();
        Histogram {
            counts: counts.map(|count| count.load(Ordering::Relaxed)).collect(),
            total: Duration::from_nanos(self.nanos.load(Ordering::Relaxed)),
        }
    }
}

/// The bucket of a duration.
fn bucket(nanos: u64) -> usize {
    let units = nanos / UNIT;
    if units < PARTS as u64 {
        return units as usize;
    }
    let doubling = units.ilog2() as usize;
    let part = (units >> (doubling - 2)) as usize % PARTS;
    ((doubling - 1) * PARTS + part).min(BUCKETS - 1)
}

/// Where a bucket ends, and the next begins.
fn end(bucket: usize) -> Duration {
    let units = match (bucket / PARTS, (bucket % PARTS + 1) as u64) {
        (0, part) => part,
        (doubling, part) => (PARTS as u64 + part) << (doubling - 1),
    };
    Duration::from_nanos(units * UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_takes_what_is_before_its_end() {
        let mut last = 0;
        for at in 0..BUCKETS {
            let end = end(at).as_nanos() as u64;
            assert_eq!((bucket(last), bucket(end - 1)), (at, at), "{last} to {end}");
            assert!(at < PARTS || end - last <= last / 4, "{last} to {end}");
            last = end;
        }
        assert_eq!(bucket(last), BUCKETS - 1);
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert_eq!(Duration::from_nanos(last).as_secs(), 67);
    }

    #[test]
    fn quantiles_and_mean() {
        let recorder = Recorder::default();
        assert_eq!(recorder.read().quantile(0.5), None);
        assert_eq!(recorder.read().mean(), None);
        let mut run = Run::default();
        for micros in 1..=1000 {
            recorder.record(Duration::from_micros(micros), &mut run);
        }
        recorder.add(&mut run);
        let histogram = recorder.read();
        assert_eq!(histogram.count(), 1000);
        assert_eq!(histogram.mean(), Some(Duration::from_nanos(500_500)));
        for (share, micros) in [
            (0.0, 1.0),
            (0.5, 500.0),
            (0.99, 990.0),
            (1.0, 1000.0),
            (2.0, 1000.0),
        ] {
            let found = histogram.quantile(share).unwrap().as_secs_f64() * 1e6;
            assert!(
                (micros..=micros * 1.25 + 0.25).contains(&found),
                "{share}: {found}"
            );
        }
    }

    #[test]
    fn what_was_counted_since() {
        let recorder = Recorder::default();
        let record = |millis| {
            let mut run = Run::default();
            recorder.record(Duration::from_millis(millis), &mut run);
            recorder.add(&mut run);
        };
        record(1);
        let before = recorder.read();
        record(9);
        let since = recorder.read().since(&before);
        assert_eq!(
            (since.count(), since.mean()),
            (1, Some(Duration::from_millis(9)))
        );
    }
}
