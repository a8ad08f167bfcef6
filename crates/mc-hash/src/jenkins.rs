//! Bob Jenkins's lookup3, `hashlittle`: twelve bytes at a time into three words that stir each other.
//!
//! By Bob Jenkins, 2006: <https://burtleburtle.net/bob/c/lookup3.c>.
//!
//! Kept quirks: the initial value is 13, and an empty key is not mixed at all.

use core::num::Wrapping;

use crate::bytes::partial_word;

type Word = Wrapping<u32>;

/// libhashkit's `jenkins`: lookup3's `hashlittle` with the initial value 13.
///
/// The same on every platform: words are read little-endian.
/// An empty key gives the unmixed start, 0xdeadbefc.
///
/// ```
/// assert_eq!(mc_hash::jenkins(b"a"), 0xe0a3_8690);
/// ```
pub fn jenkins(key: &[u8]) -> u32 {
    let start = Wrapping(0xdead_beef) + Wrapping(key.len() as u32) + Wrapping(13);
    if key.is_empty() {
        return start.0;
    }
    let (mut state, mut rest) = ([start; 3], key);
    // The last block, whole or not, is left to `finish`.
    while let Some((block, behind)) = rest.split_first_chunk::<12>()
        && !behind.is_empty()
    {
        state = mix(add(state, block));
        rest = behind;
    }
    finish(add(state, rest)).0
}

/// Adds up to twelve bytes, a word of them to each word of the state; absent bytes count as zeros.
fn add([a, b, c]: [Word; 3], block: &[u8]) -> [Word; 3] {
    let (words, rest) = block.as_chunks::<4>();
    let word = |bytes: [u8; 4]| Wrapping(u32::from_le_bytes(bytes));
    let rest = Wrapping(partial_word(rest));
    match *words {
        [] => [a + rest, b, c],
        [first] => [a + word(first), b + rest, c],
        [first, second] => [a + word(first), b + word(second), c + rest],
        [first, second, third, ..] => [a + word(first), b + word(second), c + word(third)],
    }
}

/// Stirs reversibly, so that no two states become one.
fn mix([mut a, mut b, mut c]: [Word; 3]) -> [Word; 3] {
    (a, c) = turn(a, b, c, 4);
    (b, a) = turn(b, c, a, 6);
    (c, b) = turn(c, a, b, 8);
    (a, c) = turn(a, b, c, 16);
    (b, a) = turn(b, c, a, 19);
    (c, b) = turn(c, a, b, 4);
    [a, b, c]
}

/// `x -= z; x ^= z rotated; z += y`: the new x and z.
fn turn(x: Word, y: Word, z: Word, by: u32) -> (Word, Word) {
    ((x - z) ^ rotated(z, by), z + y)
}

/// Stirs the last time, towards the third word.
fn finish([mut a, mut b, mut c]: [Word; 3]) -> Word {
    c = (c ^ b) - rotated(b, 14);
    a = (a ^ c) - rotated(c, 11);
    b = (b ^ a) - rotated(a, 25);
    c = (c ^ b) - rotated(b, 16);
    a = (a ^ c) - rotated(c, 4);
    b = (b ^ a) - rotated(a, 14);
    (c ^ b) - rotated(b, 24)
}

fn rotated(word: Word, by: u32) -> Word {
    Wrapping(word.0.rotate_left(by))
}
