//! Reading a key the two ways the algorithms need: as C's signed `char`, and word by word.

/// A byte as C's signed `char` widened to 32 bits: 0x80 and above become 0xffffff80 and above.
///
/// libhashkit reads keys through `char`, which is signed on the platforms that matter; its FNVs and
/// one-at-a-time differ from the published ones for such bytes, and every client must agree.
pub(crate) fn sign_extended(byte: u8) -> u32 {
    i32::from(byte as i8) as u32
}

/// The key as little-endian words, and the bytes left over (fewer than four).
pub(crate) fn words(key: &[u8]) -> (impl Iterator<Item = u32>, &[u8]) {
    let (words, rest) = key.as_chunks::<4>();
    (words.iter().map(|word| u32::from_le_bytes(*word)), rest)
}

/// Fewer than four bytes as one little-endian word, zeros above them.
pub(crate) fn partial_word(rest: &[u8]) -> u32 {
    u32::from_le_bytes(match *rest {
        [a, b, c, ..] => [a, b, c, 0],
        [a, b] => [a, b, 0, 0],
        [a] => [a, 0, 0, 0],
        [] => [0; 4],
    })
}
