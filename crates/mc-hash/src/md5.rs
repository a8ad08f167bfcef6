//! MD5 (RFC 1321), of which a hash is the first word and a ring's points are all four.
//!
//! Ketama began with MD5, and clients in every language agree on it. It hides nothing from anybody:
//! here it only spreads keys.
//!
//! The compression of a block is the md-5 crate's. Its hasher buffers what comes in pieces; a key
//! comes whole, so padding it here saves a fifth of the time of a usual key.

use core::array;

use md5::block_api::compress;

use crate::lanes::{self, LANES};

/// What the four words are before the first block.
pub(crate) const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// Bytes in a block, and how many of the last one hold the key's length.
const BLOCK: usize = 64;
const LENGTH: usize = size_of::<u64>();

/// libhashkit's `md5`: the first four bytes of the digest, little-endian.
///
/// ```
/// assert_eq!(mc_hash::md5(b""), 0xd98c_1dd4);
/// ```
pub fn md5(key: &[u8]) -> u32 {
    let [first, ..] = md5_points(key);
    first
}

/// The whole digest as four little-endian words: bytes 0 to 3, 4 to 7, 8 to 11, 12 to 15.
///
/// A weighted ketama ring takes four points from each digest. The first word is [`md5`](fn@md5).
///
/// ```
/// assert_eq!(mc_hash::md5_points(b"cache1-0")[0], mc_hash::md5(b"cache1-0"));
/// ```
pub fn md5_points(key: &[u8]) -> [u32; 4] {
    let mut words = START;
    let (blocks, rest) = key.as_chunks::<BLOCK>();
    compress(&mut words, blocks);

    // Behind the key a 1 bit, zeros, and at the end of that block or the next the length in bits.
    let mut ending = [0; 2 * BLOCK];
    ending[..rest.len()].copy_from_slice(rest);
    ending[rest.len()] = 0x80;
    let end = match rest.len() < BLOCK - LENGTH {
        true => BLOCK,
        false => 2 * BLOCK,
    };
    let bits = (key.len() as u64).wrapping_mul(8);
    ending[end - LENGTH..end].copy_from_slice(&bits.to_le_bytes());
    let (blocks, _) = ending[..end].as_chunks::<BLOCK>();
    compress(&mut words, blocks);
    words
}

/// Hands over the [`md5_points`] of each key, in the order of the keys, faster than one by one.
///
/// Three to twelve keys of up to 55 bytes take two or three times the time of one; a longer key takes
/// its usual time. Twelve keys are taken before the first digest is handed over.
///
/// ```
/// let names = ["cache1-0", "cache1-1", "cache1-2"];
/// let mut points = Vec::new();
/// mc_hash::md5_points_each(names, |digest| points.extend(digest));
///
/// let one_by_one = names.map(|name| mc_hash::md5_points(name.as_bytes()));
/// assert_eq!(points, one_by_one.as_flattened());
/// ```
pub fn md5_points_each<K: AsRef<[u8]>>(
    keys: impl IntoIterator<Item = K>,
    mut each: impl FnMut([u32; 4]),
) {
    let mut keys = keys.into_iter().fuse();
    loop {
        let taken: [Option<K>; LANES] = array::from_fn(|_| keys.next());
        let count = taken.iter().flatten().count();
        let bytes = taken
            .each_ref()
            .map(|key| key.as_ref().map_or(&[][..], K::as_ref));
        lanes::points(&bytes[..count])
            .into_iter()
            .take(count)
            .for_each(&mut each);
        if count < LANES {
            return;
        }
    }
}
