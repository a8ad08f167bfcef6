//! MD5 (RFC 1321), of which a hash is the first word and a ring's points are all four.
//!
//! Ketama began with MD5, and clients in every language agree on it. It hides nothing from anybody:
//! here it only spreads keys. The digest is the md-5 crate's.

use md5::{Digest, Md5};

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
/// A weighted ketama ring takes four points from each digest. The first word is [`md5`].
///
/// ```
/// assert_eq!(mc_hash::md5_points(b"cache1-0")[0], mc_hash::md5(b"cache1-0"));
/// ```
pub fn md5_points(key: &[u8]) -> [u32; 4] {
    let digest = Md5::digest(key);
    let (words, _) = digest.as_chunks::<4>();
    core::array::from_fn(|word| u32::from_le_bytes(words[word]))
}
