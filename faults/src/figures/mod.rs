//! The figures, one file each.

mod access;
mod cancellation;
mod control;
mod lengths;
mod outage;
mod outcome;
mod soak;
mod storm;

use crate::figure::Figure;

/// By their numbers.
pub(crate) const FIGURES: &[&Figure] = &[
    &cancellation::FIGURE,
    &control::FIGURE,
    &outage::FIGURE,
    &storm::FIGURE,
    &lengths::FIGURE,
    &outcome::FIGURE,
    &soak::FIGURE,
    &access::FIGURE,
];
