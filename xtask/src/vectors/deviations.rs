//! Where we differ from the reference on purpose: the one table.
//!
//! A row of the vectors may fall under a deviation only by a rule that a checker states, never by its number.

/// A behaviour of the reference that we refuse to copy.
pub(super) struct Deviation {
    /// A few words, as printed beside the count.
    pub(super) name: &'static str,
    /// Why ours is better.
    #[expect(dead_code, reason = "read by people, in this table")]
    pub(super) reason: &'static str,
}
