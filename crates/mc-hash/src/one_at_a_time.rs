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
    let hash = key.iter().fold(0, |hash, byte| add(hash, *byte));
    let hash = hash.wrapping_add(hash << 3);
    let hash = hash ^ (hash >> 11);
    hash.wrapping_add(hash << 15)
}

/// One byte: `hash += byte; hash += hash << 10; hash ^= hash >> 6`.
///
/// The first two steps multiply the sum by 1025. Done to each summand by itself, the byte's share is
/// ready before the hash is, and one addition leaves the chain that sets the speed.
fn add(hash: u32, byte: u8) -> u32 {
    let byte = sign_extended(byte).wrapping_mul(1025);
    let hash = hash.wrapping_add(byte).wrapping_add(hash << 10);
    hash ^ (hash >> 6)
}
