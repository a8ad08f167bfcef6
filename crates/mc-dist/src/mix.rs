//! Mixing: a number into one that looks random.

/// Spreads 64 bits over 64 bits, one to one: the output function of SplitMix64 (Steele, Lea and
/// Flood, 2014, with Stafford's constants "mix13").
///
/// Part of the definition of jump, rendezvous and random placement: it must never change.
pub(crate) const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
