//! The figures, one file each.

mod lengths;

use crate::figure::Figure;

/// By their numbers.
pub(crate) const FIGURES: &[&Figure] = &[&lengths::FIGURE];
