//! The figures, one file each.

mod access;
mod cancellation;
mod lengths;
mod outage;

use crate::figure::Figure;

/// By their numbers.
pub(crate) const FIGURES: &[&Figure] = &[
    &cancellation::FIGURE,
    &outage::FIGURE,
    &lengths::FIGURE,
    &access::FIGURE,
];
