//! The figures, one file each.

mod lengths;
mod outage;

use crate::figure::Figure;

/// By their numbers.
pub(crate) const FIGURES: &[&Figure] = &[&outage::FIGURE, &lengths::FIGURE];
