//! Ratios within a turn, and what turns and rounds have in common.

use std::fmt;

use serde::Serialize;

/// How many clean pairs it takes to do without the others.
const ENOUGH: usize = 3;

/// What one turn gave, or one round.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    /// In whatever unit.
    pub value: f64,
    /// Whether the machine was quiet beside it.
    pub is_clean: bool,
}

/// The median of some values, and the least and the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The one in the middle, or between the two that are.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

impl Spread {
    /// Of these; none of none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (lower, upper) = (values.len().checked_sub(1)? / 2, values.len() / 2);
        Some(Self {
            median: f64::midpoint(*values.get(lower)?, *values.get(upper)?),
            least: *values.first()?,
            greatest: *values.last()?,
        })
    }

    /// Of the ratios of each turn's two figures: of clean pairs alone, if there are enough.
    pub fn of_ratios(pairs: impl IntoIterator<Item = (Figure, Figure)>) -> Option<Self> {
        let ratios = pairs.into_iter().map(|(own, floor)| Figure {
            value: own.value / floor.value,
            is_clean: own.is_clean && floor.is_clean,
        });
        Self::of_clean(ratios)
    }

    /// Of the clean ones alone, if there are enough.
    pub fn of_clean(figures: impl IntoIterator<Item = Figure>) -> Option<Self> {
        let figures: Vec<_> = figures.into_iter().collect();
        let clean = figures.iter().filter(|figure| figure.is_clean).count();
        let counts = |figure: &&Figure| figure.is_clean || clean < ENOUGH;
        let values = figures.iter().filter(counts);
        Self::of(values.map(|figure| figure.value))
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            least,
            greatest,
        } = self;
        f.pad(&format!("{median:.2} ({least:.2}–{greatest:.2})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(median: f64, least: f64, greatest: f64) -> Option<Spread> {
        Some(Spread {
            median,
            least,
            greatest,
        })
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Spread::of([3.0, 1.0, 2.5]), spread(2.5, 1.0, 3.0));
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]), spread(2.5, 1.0, 4.0));
        assert_eq!(Spread::of([7.0]), spread(7.0, 7.0, 7.0));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn disturbed_turns_count_only_where_too_few_are_clean() {
        let pair = |own, is_clean| {
            let floor = Figure {
                value: 2.0,
                is_clean: true,
            };
            let value = own;
            (Figure { value, is_clean }, floor)
        };
        let mut pairs = vec![pair(2.0, true), pair(4.0, true), pair(100.0, false)];
        assert_eq!(Spread::of_ratios(pairs.clone()), spread(2.0, 1.0, 50.0));
        pairs.push(pair(6.0, true));
        assert_eq!(Spread::of_ratios(pairs), spread(2.0, 1.0, 3.0));
    }

    #[test]
    fn it_is_shown_with_two_digits() {
        let shown = Spread::of([0.5, 1.0, 1.2345]).unwrap().to_string();
        assert_eq!(shown, "1.00 (0.50–1.23)");
    }
}
