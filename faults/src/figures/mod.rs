//! The figures, one file each.

mod access;
mod lengths;
mod outage;

use crate::figure::Figure;

/// By their numbers.
pub(crate) const FIGURES: &[&Figure] = &[&outage::FIGURE, &lengths::FIGURE, &access::FIGURE];
