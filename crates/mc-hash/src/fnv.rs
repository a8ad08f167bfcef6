//! FNV: a multiplication by a prime and an exclusive or for every byte.
//!
//! By Glenn Fowler, Landon Curt Noll and Kiem-Phong Vo. In FNV-1 the multiplication comes first, in
//! FNV-1a the byte. The `32` and `64` in the names choose the start and the prime.
//!
//! Kept quirks:
//! - Bytes from 0x80 up enter sign-extended.
//! - The 64-bit ones give the low half of the published hash. Nothing above bit 31 ever reaches the
//!   low half, so 32-bit arithmetic with the cut start and the cut prime is enough.

use crate::bytes::sign_extended;

/// Where a hash starts, and what it is multiplied by.
struct Parameters {
    start: u32,
    prime: u32,
}

const FNV_32: Parameters = Parameters {
    start: 0x811c_9dc5,
    prime: 0x0100_0193,
};

/// The low halves of 0xcbf29ce484222325 and 0x100000001b3.
const FNV_64: Parameters = Parameters {
    start: 0x8422_2325,
    prime: 0x0000_01b3,
};

/// libhashkit's `fnv1_32`: 32-bit FNV-1.
///
/// Bytes from 0x80 up enter sign-extended, unlike the published function.
/// An empty key gives the start, 0x811c9dc5.
///
/// ```
/// assert_eq!(mc_hash::fnv1_32(b"foobar"), 0x31f0_b262);
/// ```
pub fn fnv1_32(key: &[u8]) -> u32 {
    fnv1(&FNV_32, key)
}

/// libhashkit's `fnv1a_32`: 32-bit FNV-1a.
///
/// Bytes from 0x80 up enter sign-extended, unlike the published function.
/// An empty key gives the start, 0x811c9dc5.
///
/// ```
/// assert_eq!(mc_hash::fnv1a_32(b"foobar"), 0xbf9c_f968);
/// ```
pub fn fnv1a_32(key: &[u8]) -> u32 {
    fnv1a(&FNV_32, key)
}

/// libhashkit's `fnv1_64`: the low half of 64-bit FNV-1.
///
/// Bytes from 0x80 up enter sign-extended, unlike the published function.
/// An empty key gives the start, 0x84222325.
///
/// ```
/// assert_eq!(mc_hash::fnv1_64(b"foobar"), 0x340d_8765_a4dd_a9c2_u64 as u32);
/// ```
pub fn fnv1_64(key: &[u8]) -> u32 {
    fnv1(&FNV_64, key)
}

/// libhashkit's `fnv1a_64`: the low half of 64-bit FNV-1a.
///
/// Bytes from 0x80 up enter sign-extended, unlike the published function.
/// An empty key gives the start, 0x84222325.
///
/// ```
/// assert_eq!(mc_hash::fnv1a_64(b"foobar"), 0x8594_4171_f739_67e8_u64 as u32);
/// ```
pub fn fnv1a_64(key: &[u8]) -> u32 {
    fnv1a(&FNV_64, key)
}

fn fnv1(fnv: &Parameters, key: &[u8]) -> u32 {
    key.iter().fold(fnv.start, |hash, byte| {
        hash.wrapping_mul(fnv.prime) ^ sign_extended(*byte)
    })
}

fn fnv1a(fnv: &Parameters, key: &[u8]) -> u32 {
    key.iter().fold(fnv.start, |hash, byte| {
        (hash ^ sign_extended(*byte)).wrapping_mul(fnv.prime)
    })
}
