//! Bob Jenkins's lookup3, `hashlittle`: twelve bytes at a time into three words that stir each other.
//!
//! By Bob Jenkins, 2006: <https://burtleburtle.net/bob/c/lookup3.c>.
//!
//! Kept quirks: the initial value is 13, and an empty key is not mixed at all.

use core::num::Wrapping;

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
    let Some(last) = key.len().checked_sub(1) else {
        return start.0;
    };
    let (blocks, rest) = key.split_at(last / 12 * 12);
    let (blocks, _) = blocks.as_chunks::<12>();

    let state = blocks
        .iter()
        .fold([start; 3], |state, block| mix(add(state, block)));
    finish(add(state, &padded(rest))).0
}

/// The last one to twelve bytes, zeros behind them.
fn padded(rest: &[u8]) -> [u8; 12] {
    let mut block = [0; 12];
    block[..rest.len()].copy_from_slice(rest);
    block
}

fn add([a, b, c]: [Word; 3], block: &[u8; 12]) -> [Word; 3] {
    let (words, _) = block.as_chunks::<4>();
    let word = |at: usize| Wrapping(u32::from_le_bytes(words[at]));
    [a + word(0), b + word(1), c + word(2)]
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
