//! MD5 of twelve short keys at once, each in a lane of its own.
//!
//! A digest is a chain of 64 steps, each of which waits for the one before it, so that one key keeps
//! a processor hardly busy. Here the outer loop goes over lanes, and what it does for a lane is
//! straight code without a loop or a branch:
//!
//! ```text
//! blocks[0]     bytes 0 to 3 of key 0 │ of key 1 │ of key 2 │ …
//! blocks[1]     bytes 4 to 7 of key 0 │ …
//! …
//! turn 0        the digests of keys 0, 4 and 8
//! turn 1        the digests of keys 1, 5 and 9
//! …
//! ```
//!
//! Compilers make all four turns one, in vectors of four words, as every x86-64 and 64-bit ARM has
//! them. That a turn takes three lanes makes it three vectors, of which one is worked on while the
//! others wait. Two lanes a turn take a third longer for a key, one takes three times as long, and
//! four gain nothing: there are no registers for more than three.

use core::array::from_fn;
use core::num::Wrapping;

use crate::bytes::{partial_word, words};
use crate::md5::{START, md5_points};

/// Keys that are hashed together.
pub(crate) const LANES: usize = 12;

/// Keys of one block for which that is quicker than one by one.
const FEWEST: usize = 3;

/// Bytes of the longest key that fits a block together with its end mark and its length.
const LONGEST: usize = 55;

/// Lanes that a turn of the loop takes.
const CHAINS: usize = 3;

/// Turns of the loop; lanes of the same turn are so far apart.
const TURNS: usize = LANES / CHAINS;

/// The word where the length in bits is; the one behind is for lengths that no short key has.
const LENGTH: usize = 14;

/// One word of each of the lanes that a turn takes.
type Words = [u32; CHAINS];

/// [`md5_points`] of up to [`LANES`] keys, in their order; what is behind is of no use.
pub(crate) fn points(keys: &[&[u8]]) -> [[u32; 4]; LANES] {
    let enough = keys.iter().filter(|key| is_short(key)).count() >= FEWEST;
    let digests = enough.then(|| side_by_side(keys));
    from_fn(|lane| match (keys.get(lane), &digests) {
        (Some(key), Some(digests)) if is_short(key) => digests.map(|words| words[lane]),
        (Some(key), _) => md5_points(key),
        (None, _) => START,
    })
}

fn is_short(key: &[u8]) -> bool {
    key.len() <= LONGEST
}

/// The digests of the short ones, word by word.
fn side_by_side(keys: &[&[u8]]) -> [[u32; LANES]; 4] {
    let mut blocks = [[0; LANES]; 16];
    for (lane, key) in keys.iter().enumerate() {
        if is_short(key) {
            pad(&mut blocks, lane, key);
        }
    }
    compress(&blocks)
}

/// Puts a short key into its lane: behind it a 1 bit, zeros, and its length in bits.
fn pad(blocks: &mut [[u32; LANES]; 16], lane: usize, key: &[u8]) {
    let (whole, rest) = words(key);
    for (block, word) in blocks.iter_mut().zip(whole) {
        block[lane] = word;
    }
    blocks[key.len() / 4][lane] = partial_word(rest) | 0x80 << (8 * rest.len());
    blocks[LENGTH][lane] = 8 * key.len() as u32;
}

/// The digests of one block in each lane, word by word.
///
/// All that the loop calls is inlined, whatever the settings of a build: one call that is left in it, and it is no
/// longer made vectors of.
fn compress(blocks: &[[u32; LANES]; 16]) -> [[u32; LANES]; 4] {
    let mut digests = [[0; LANES]; 4];
    for number in 0..TURNS {
        let turn = Turn { blocks, number };
        let state = START.map(|word| [word; CHAINS]);
        let state = turn.round(&ROUNDS[0], f, state);
        let state = turn.round(&ROUNDS[1], g, state);
        let state = turn.round(&ROUNDS[2], h, state);
        let state = turn.round(&ROUNDS[3], i, state);
        for (word, digest) in digests.iter_mut().enumerate() {
            for chain in 0..CHAINS {
                digest[number + chain * TURNS] = state[word][chain].wrapping_add(START[word]);
            }
        }
    }
    digests
}

/// One turn of the loop over lanes.
struct Turn<'b> {
    blocks: &'b [[u32; LANES]; 16],
    number: usize,
}

impl Turn<'_> {
    /// All steps, written out so that no loop is within the loop over lanes.
    #[inline(always)]
    fn round(&self, round: &Round, mix: impl Mix, state: [Words; 4]) -> [Words; 4] {
        let state = self.four_steps(round, mix, 0, state);
        let state = self.four_steps(round, mix, 4, state);
        let state = self.four_steps(round, mix, 8, state);
        self.four_steps(round, mix, 12, state)
    }

    #[inline(always)]
    fn four_steps(&self, round: &Round, mix: impl Mix, at: usize, state: [Words; 4]) -> [Words; 4] {
        let state = self.step(round, mix, at, state);
        let state = self.step(round, mix, at + 1, state);
        let state = self.step(round, mix, at + 2, state);
        self.step(round, mix, at + 3, state)
    }

    /// In each chain a new word from all four, in the place of the oldest one.
    #[inline(always)]
    fn step(&self, round: &Round, mix: impl Mix, at: usize, state: [Words; 4]) -> [Words; 4] {
        let new = [
            self.new_word(round, mix, at, 0, &state),
            self.new_word(round, mix, at, 1, &state),
            self.new_word(round, mix, at, 2, &state),
        ];
        let [_, b, c, d] = state;
        [d, new, b, c]
    }

    #[inline(always)]
    fn new_word(
        &self,
        round: &Round,
        mix: impl Mix,
        at: usize,
        chain: usize,
        [a, b, c, d]: &[Words; 4],
    ) -> u32 {
        let block = &self.blocks[(round.first + round.stride * at) % 16];
        let word = block[self.number + chain * TURNS];
        // Apart, as it waits for no step before this one.
        let known = Wrapping(a[chain]) + Wrapping(word) + Wrapping(round.sines[at]);
        let sum = Wrapping(mix(b[chain], c[chain], d[chain])) + known;
        let turned = sum.0.rotate_left(round.rotations[at % 4]);
        turned.wrapping_add(b[chain])
    }
}

/// A word from the three newest: F, G, H and I in RFC 1321.
trait Mix: Fn(u32, u32, u32) -> u32 + Copy {}

impl<M: Fn(u32, u32, u32) -> u32 + Copy> Mix for M {}

#[inline(always)]
fn f(x: u32, y: u32, z: u32) -> u32 {
    z ^ (x & (y ^ z))
}

#[inline(always)]
fn g(x: u32, y: u32, z: u32) -> u32 {
    (x & z) | (y & !z)
}

#[inline(always)]
fn h(x: u32, y: u32, z: u32) -> u32 {
    x ^ (y ^ z)
}

#[inline(always)]
fn i(x: u32, y: u32, z: u32) -> u32 {
    y ^ (x | !z)
}

/// Sixteen steps of one kind.
struct Round {
    /// The word of the block that the first step adds, and how far on the next one's is.
    first: usize,
    stride: usize,
    /// By how many bits each step of four rotates.
    rotations: [u32; 4],
    /// What each step adds besides: the sines of 1 to 64, without their sign, times 2³².
    sines: [u32; 16],
}

/// As in RFC 1321.
#[rustfmt::skip]
const ROUNDS: [Round; 4] = [
    Round {
        first: 0,
        stride: 1,
        rotations: [7, 12, 17, 22],
        sines: [
            0xd76a_a478, 0xe8c7_b756, 0x2420_70db, 0xc1bd_ceee,
            0xf57c_0faf, 0x4787_c62a, 0xa830_4613, 0xfd46_9501,
            0x6980_98d8, 0x8b44_f7af, 0xffff_5bb1, 0x895c_d7be,
            0x6b90_1122, 0xfd98_7193, 0xa679_438e, 0x49b4_0821,
        ],
    },
    Round {
        first: 1,
        stride: 5,
        rotations: [5, 9, 14, 20],
        sines: [
            0xf61e_2562, 0xc040_b340, 0x265e_5a51, 0xe9b6_c7aa,
            0xd62f_105d, 0x0244_1453, 0xd8a1_e681, 0xe7d3_fbc8,
            0x21e1_cde6, 0xc337_07d6, 0xf4d5_0d87, 0x455a_14ed,
            0xa9e3_e905, 0xfcef_a3f8, 0x676f_02d9, 0x8d2a_4c8a,
        ],
    },
    Round {
        first: 5,
        stride: 3,
        rotations: [4, 11, 16, 23],
        sines: [
            0xfffa_3942, 0x8771_f681, 0x6d9d_6122, 0xfde5_380c,
            0xa4be_ea44, 0x4bde_cfa9, 0xf6bb_4b60, 0xbebf_bc70,
            0x289b_7ec6, 0xeaa1_27fa, 0xd4ef_3085, 0x0488_1d05,
            0xd9d4_d039, 0xe6db_99e5, 0x1fa2_7cf8, 0xc4ac_5665,
        ],
    },
    Round {
        first: 0,
        stride: 7,
        rotations: [6, 10, 15, 21],
        sines: [
            0xf429_2244, 0x432a_ff97, 0xab94_23a7, 0xfc93_a039,
            0x655b_59c3, 0x8f0c_cc92, 0xffef_f47d, 0x8584_5dd1,
            0x6fa8_7e4f, 0xfe2c_e6e0, 0xa301_4314, 0x4e08_11a1,
            0xf753_7e82, 0xbd3a_f235, 0x2ad7_d2bb, 0xeb86_d391,
        ],
    },
];
