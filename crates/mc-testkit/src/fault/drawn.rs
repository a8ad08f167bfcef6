//! Values that a rule draws from a range, and the source that it draws from.

use std::ops::RangeInclusive;
use std::time::Duration;

use fastrand::Rng;

/// A value, or a range from which each use draws one, both ends included.
///
/// Methods that take one accept either: `.delay(MILLISECOND)` and `.delay(Duration::ZERO..=MILLISECOND)`.
/// A range whose end is before its start is refused when the proxy starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn<T> {
    from: T,
    to: T,
}

impl<T: Copy> From<T> for Drawn<T> {
    fn from(value: T) -> Self {
        Self {
            from: value,
            to: value,
        }
    }
}

impl<T: Copy> From<RangeInclusive<T>> for Drawn<T> {
    fn from(range: RangeInclusive<T>) -> Self {
        Self {
            from: *range.start(),
            to: *range.end(),
        }
    }
}

impl<T: Copy + PartialOrd> Drawn<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.from > self.to
    }

    /// The smallest that can be drawn.
    pub(super) fn least(&self) -> T {
        self.from
    }

    /// The largest that can be drawn.
    pub(super) fn most(&self) -> T {
        self.to
    }
}

impl Drawn<u64> {
    pub(super) fn draw(&self, rng: &mut Rng) -> u64 {
        rng.u64(self.from..=self.to)
    }
}

impl Drawn<usize> {
    pub(super) fn draw(&self, rng: &mut Rng) -> usize {
        rng.usize(self.from..=self.to)
    }
}

impl Drawn<u16> {
    pub(super) fn draw(&self, rng: &mut Rng) -> u16 {
        rng.u16(self.from..=self.to)
    }
}

impl Drawn<Duration> {
    pub(super) fn draw(&self, rng: &mut Rng) -> Duration {
        let spread = u64::try_from((self.to - self.from).as_nanos()).unwrap_or(u64::MAX);
        self.from + Duration::from_nanos(rng.u64(0..=spread))
    }
}

/// A source of its own for each combination of these numbers.
pub(super) fn source(numbers: &[u64]) -> Rng {
    let mut rng = Rng::with_seed(0);
    for number in numbers {
        // Seeds that differ in one bit give sources that have nothing in common only after a step.
        rng = Rng::with_seed(rng.u64(..) ^ number);
        rng.u64(..);
    }
    rng
}
