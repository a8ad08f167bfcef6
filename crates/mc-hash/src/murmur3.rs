//! MurmurHash3, the 32-bit variant for x86: multiply, rotate, multiply.
//!
//! By Austin Appleby, 2011: <https://github.com/aappleby/smhasher>, `MurmurHash3.cpp`.
//!
//! Kept quirk: the seed is 0xdeadbeef times the length, so that an empty key gives 0.
//! pylibmc has no name for it.

use crate::bytes::{partial_word, words};

/// libhashkit's `murmur3`: `MurmurHash3_x86_32` with the seed `0xdeadbeef * length`.
///
/// The same on every platform: words are read little-endian. An empty key gives 0.
///
/// ```
/// assert_eq!(mc_hash::murmur3(b"a"), 0x8872_dbc8);
/// ```
pub fn murmur3(key: &[u8]) -> u32 {
    let length = key.len() as u32;
    let seed = 0xdead_beef_u32.wrapping_mul(length);

    let (words, rest) = words(key);
    let hash = words.fold(seed, |hash, word| {
        (hash ^ spread(word))
            .rotate_left(13)
            .wrapping_mul(5)
            .wrapping_add(0xe654_6b64)
    });
    // With no byte left over this adds `spread(0)`, which is 0.
    avalanche(hash ^ spread(partial_word(rest)) ^ length)
}

fn spread(word: u32) -> u32 {
    word.wrapping_mul(0xcc9e_2d51)
        .rotate_left(15)
        .wrapping_mul(0x1b87_3593)
}

/// Lets every bit reach all others.
fn avalanche(hash: u32) -> u32 {
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}
