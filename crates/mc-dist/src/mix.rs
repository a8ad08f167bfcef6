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

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of SplitMix64 with the seed 1234567, as published beside its code.
    #[test]
    fn known_answers() {
        let mut state = 1_234_567_u64;
        for expected in [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ] {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            assert_eq!(mix(state), expected);
        }
    }
}
