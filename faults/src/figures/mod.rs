//! The figures, one file each.

mod access;
mod awaits;
mod cancellation;
mod control;
mod datagrams;
mod deadlines;
mod deadlock;
mod lengths;
mod memory;
mod model;
mod outage;
mod outcome;
mod rules;
mod soak;
mod storm;
mod truth;

use crate::figure::Figure;

/// By their numbers.
pub(crate) const FIGURES: &[&Figure] = &[
    &cancellation::FIGURE,
    &control::FIGURE,
    &awaits::FIGURE,
    &outage::FIGURE,
    &storm::FIGURE,
    &memory::FIGURE,
    &lengths::FIGURE,
    &deadlock::FIGURE,
    &deadlines::FIGURE,
    &truth::FIGURE,
    &outcome::FIGURE,
    &soak::FIGURE,
    &access::FIGURE,
    &model::FIGURE,
    &rules::FIGURE,
    &datagrams::FIGURE,
];
