//! Hsieh's SuperFastHash: 16 bits at a time, two of them in a round.
//!
//! By Paul Hsieh, 2004: <http://www.azillionmonkeys.com/qed/hash.html>.
//!
//! Kept quirk: of three bytes left over, the third enters sign-extended.
//!
//! Most builds of libmemcached leave this one out and refuse to select it, pylibmc's wheel and
//! Debian's among them. Here it is complete; a settings layer that wants to be refused where the
//! reference refuses has to do so itself, as `mc-behaviors` does.

use core::num::Wrapping;

use crate::bytes::{sign_extended, words};

/// libhashkit's `hsieh`, Paul Hsieh's SuperFastHash.
///
/// If the length is 3 more than a multiple of 4, a last byte from 0x80 up enters sign-extended.
/// An empty key gives 0. Many builds of libmemcached lack this hash.
///
/// ```
/// assert_eq!(mc_hash::hsieh(b"a"), 0x9364_2e87);
/// ```
pub fn hsieh(key: &[u8]) -> u32 {
    let (words, rest) = words(key);
    let hash = words.fold(Wrapping(0), |hash, word| {
        let (low, high) = (word & 0xffff, word >> 16);
        let hash = hash + Wrapping(low);
        let hash = (hash << 16) ^ Wrapping(high << 11) ^ hash;
        hash + (hash >> 11)
    });
    avalanche(add_rest(hash, rest)).0
}

/// The zero to three bytes behind the last whole word.
fn add_rest(mut hash: Wrapping<u32>, rest: &[u8]) -> Wrapping<u32> {
    match *rest {
        [a, b, c] => {
            hash += pair(a, b);
            hash ^= hash << 16;
            hash ^= Wrapping(sign_extended(c) << 18);
            hash + (hash >> 11)
        }
        [a, b] => {
            hash += pair(a, b);
            hash ^= hash << 11;
            hash + (hash >> 17)
        }
        [a] => {
            hash += Wrapping(u32::from(a));
            hash ^= hash << 10;
            hash + (hash >> 1)
        }
        _ => hash,
    }
}

fn pair(low: u8, high: u8) -> Wrapping<u32> {
    Wrapping(u16::from_le_bytes([low, high]).into())
}

/// Lets the last bits reach all others.
fn avalanche(mut hash: Wrapping<u32>) -> Wrapping<u32> {
    hash ^= hash << 3;
    hash += hash >> 5;
    hash ^= hash << 4;
    hash += hash >> 17;
    hash ^= hash << 25;
    hash + (hash >> 6)
}
