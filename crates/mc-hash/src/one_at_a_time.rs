//! One-at-a-time: each byte is added, then spread by a shift up and a shift down.
//!
//! By Bob Jenkins, in "Algorithm Alley", Dr. Dobb's Journal, September 1997.
//! libhashkit's `default`, and so the hash of every client that never chose one.
//!
//! Kept quirk: bytes from 0x80 up enter sign-extended.

use crate::bytes::sign_extended;

/// libhashkit's `default`, Bob Jenkins's one-at-a-time: any bytes in, 32 bits out.
///
/// Bytes from 0x80 up enter sign-extended, unlike the published function. An empty key gives 0.
///
/// ```
/// assert_eq!(mc_hash::one_at_a_time(b"a"), 0xca2e_9442);
/// ```
pub fn one_at_a_time(key: &[u8]) -> u32 {
    let hash = key.iter().fold(0_u32, |hash, byte| {
        let hash = hash.wrapping_add(sign_extended(*byte));
        let hash = hash.wrapping_add(hash << 10);
        hash ^ (hash >> 6)
    });
    let hash = hash.wrapping_add(hash << 3);
    let hash = hash ^ (hash >> 11);
    hash.wrapping_add(hash << 15)
}
