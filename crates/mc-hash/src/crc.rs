//! CRC-32 as zlib has it, of which 15 bits are kept.
//!
//! The cut is from the first memcached clients in Perl and PHP, and libhashkit keeps it.
//! The sum itself is crc32fast's.
//!
//! Kept quirk: hashes lie between 0 and 32767. A modula over them is sound. A ring whose points are
//! full 32-bit hashes (weighted ketama) is not: practically every key goes to the lowest point.

/// libhashkit's `crc`: bits 16 to 30 of zlib's CRC-32, so 0 to 32767.
///
/// An empty key gives 0.
/// Not for a weighted ring: nearly all keys would go to the owner of its lowest point.
///
/// ```
/// assert_eq!(mc_hash::crc(b"123456789"), 0xcbf4_3926 >> 16 & 0x7fff);
/// ```
pub fn crc(key: &[u8]) -> u32 {
    (crc32fast::hash(key) >> 16) & 0x7fff
}
