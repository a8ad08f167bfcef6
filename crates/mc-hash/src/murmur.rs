//! MurmurHash2, 32 bits: multiply, shift, multiply.
//!
//! By Austin Appleby, 2008: <https://github.com/aappleby/smhasher>, `MurmurHash2.cpp`.
//!
//! Kept quirk: the seed is 0xdeadbeef times the length, so that an empty key gives 0.

use crate::bytes::{partial_word, words};

const MULTIPLIER: u32 = 0x5bd1_e995;

/// libhashkit's `murmur`: 32-bit MurmurHash2 with the seed `0xdeadbeef * length`.
///
/// The same on every platform: words are read little-endian. An empty key gives 0.
///
/// ```
/// assert_eq!(mc_hash::murmur(b"a"), 0x4b41_757c);
/// ```
pub fn murmur(key: &[u8]) -> u32 {
    let length = key.len() as u32;
    let start = 0xdead_beef_u32.wrapping_mul(length) ^ length;

    let (words, rest) = words(key);
    let mut hash = words.fold(start, |hash, word| {
        let word = word.wrapping_mul(MULTIPLIER);
        let word = (word ^ (word >> 24)).wrapping_mul(MULTIPLIER);
        hash.wrapping_mul(MULTIPLIER) ^ word
    });
    if !rest.is_empty() {
        hash = (hash ^ partial_word(rest)).wrapping_mul(MULTIPLIER);
    }

    hash = (hash ^ (hash >> 13)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 15)
}
