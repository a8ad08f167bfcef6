//! Each algorithm beside a naive one: byte by byte, in full width, as its author describes it.

use mc_hash::Algorithm;
use md5::{Digest, Md5};
use proptest::prelude::*;

/// What `algorithm` should say.
fn naive(algorithm: Algorithm, key: &[u8]) -> u32 {
    match algorithm {
        Algorithm::Default => one_at_a_time(key),
        Algorithm::Md5 => md5(key),
        Algorithm::Crc => crc(key),
        Algorithm::Fnv164 => fnv1(key, 0xcbf2_9ce4_8422_2325, 0x100_0000_01b3),
        Algorithm::Fnv1a64 => fnv1a(key, 0xcbf2_9ce4_8422_2325, 0x100_0000_01b3),
        Algorithm::Fnv132 => fnv1(key, 0x811c_9dc5, 0x0100_0193),
        Algorithm::Fnv1a32 => fnv1a(key, 0x811c_9dc5, 0x0100_0193),
        Algorithm::Hsieh => hsieh(key),
        Algorithm::Murmur => murmur(key),
        Algorithm::Jenkins => jenkins(key),
        Algorithm::Murmur3 => murmur3(key),
        other => panic!("{other} has no naive twin"),
    }
}

fn check(key: &[u8]) {
    for algorithm in Algorithm::ALL {
        let (ours, expected) = (algorithm.hash(key), naive(algorithm, key));
        assert_eq!(ours, expected, "{algorithm} of {}", key.escape_ascii());
    }
}

/// Every length to 300, so every rest modulo 4, 12 and 64, with all bytes low, high and mixed.
#[test]
fn every_length_agrees() {
    for length in 0..=300 {
        check(&vec![b'k'; length]);
        check(&vec![0xff; length]);
        let mixed: Vec<u8> = (0..length).map(|at| (at * 37) as u8).collect();
        check(&mixed);
    }
}

proptest! {
    #[test]
    fn any_bytes_agree(key in prop::collection::vec(any::<u8>(), 0..80)) {
        check(&key);
    }

    /// Where in memory a key begins changes nothing.
    #[test]
    fn alignment_is_nothing(key in prop::collection::vec(any::<u8>(), 0..80), offset in 1..8usize) {
        let shifted = [vec![0; offset], key.clone()].concat();
        for algorithm in Algorithm::ALL {
            prop_assert_eq!(algorithm.hash(&key), algorithm.hash(&shifted[offset..]));
        }
    }
}

/// The key's bytes as C's signed `char`, widened.
fn signed(key: &[u8]) -> impl Iterator<Item = u32> {
    key.iter().map(|byte| *byte as i8 as u32)
}

fn one_at_a_time(key: &[u8]) -> u32 {
    let mut hash: u32 = 0;
    for byte in signed(key) {
        hash = hash.wrapping_add(byte);
        hash = hash.wrapping_add(hash << 10);
        hash ^= hash >> 6;
    }
    hash = hash.wrapping_add(hash << 3);
    hash ^= hash >> 11;
    hash.wrapping_add(hash << 15)
}

/// The md-5 crate's streaming hasher, byte by byte.
fn md5(key: &[u8]) -> u32 {
    let mut hasher = Md5::new();
    key.iter().for_each(|byte| hasher.update([*byte]));
    let digest = hasher.finalize();
    u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]])
}

/// Bit by bit, with the reversed polynomial.
fn crc(key: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in key {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            let carry = crc & 1;
            crc = (crc >> 1) ^ (carry * 0xedb8_8320);
        }
    }
    (!crc >> 16) & 0x7fff
}

fn fnv1(key: &[u8], start: u64, prime: u64) -> u32 {
    let step = |hash: u64, byte| hash.wrapping_mul(prime) ^ u64::from(byte);
    signed(key).fold(start, step) as u32
}

fn fnv1a(key: &[u8], start: u64, prime: u64) -> u32 {
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(prime);
    signed(key).fold(start, step) as u32
}

fn hsieh(key: &[u8]) -> u32 {
    let byte = |at: usize| u32::from(key[at]);
    let pair = |at: usize| byte(at) | byte(at + 1) << 8;
    let (mut hash, mut at): (u32, usize) = (0, 0);
    while key.len() - at >= 4 {
        hash = hash.wrapping_add(pair(at));
        let other = (pair(at + 2) << 11) ^ hash;
        hash = (hash << 16) ^ other;
        hash = hash.wrapping_add(hash >> 11);
        at += 4;
    }
    if key.len() - at == 3 {
        hash = hash.wrapping_add(pair(at));
        hash ^= hash << 16;
        hash ^= (key[at + 2] as i8 as u32) << 18;
        hash = hash.wrapping_add(hash >> 11);
    } else if key.len() - at == 2 {
        hash = hash.wrapping_add(pair(at));
        hash ^= hash << 11;
        hash = hash.wrapping_add(hash >> 17);
    } else if key.len() - at == 1 {
        hash = hash.wrapping_add(byte(at));
        hash ^= hash << 10;
        hash = hash.wrapping_add(hash >> 1);
    }
    for (up, down) in [(3, 5), (4, 17), (25, 6)] {
        hash ^= hash << up;
        hash = hash.wrapping_add(hash >> down);
    }
    hash
}

/// The key as words of four bytes, the first byte lowest, and how many bytes each came from.
fn words(key: &[u8]) -> Vec<(u32, usize)> {
    let word = |bytes: &[u8]| {
        let shifted = bytes.iter().zip([0, 8, 16, 24]);
        shifted.map(|(byte, by)| u32::from(*byte) << by).sum()
    };
    let with_length = |bytes: &[u8]| (word(bytes), bytes.len());
    key.chunks(4).map(with_length).collect()
}

fn murmur(key: &[u8]) -> u32 {
    let multiply = |word: u32| word.wrapping_mul(0x5bd1_e995);
    let length = key.len() as u32;
    let mut hash = 0xdead_beef_u32.wrapping_mul(length) ^ length;
    for (word, bytes) in words(key) {
        if bytes == 4 {
            let word = multiply(word);
            hash = multiply(hash) ^ multiply(word ^ (word >> 24));
        } else {
            hash = multiply(hash ^ word);
        }
    }
    hash = multiply(hash ^ (hash >> 13));
    hash ^ (hash >> 15)
}

fn murmur3(key: &[u8]) -> u32 {
    let length = key.len() as u32;
    let mut hash = 0xdead_beef_u32.wrapping_mul(length);
    for (word, bytes) in words(key) {
        let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15);
        hash ^= word.wrapping_mul(0x1b87_3593);
        if bytes == 4 {
            hash = hash.rotate_left(13);
            hash = hash.wrapping_mul(5).wrapping_add(0xe654_6b64);
        }
    }
    hash ^= length;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

fn jenkins(key: &[u8]) -> u32 {
    let start = 0xdead_beef_u32
        .wrapping_add(key.len() as u32)
        .wrapping_add(13);
    let mut state = [start; 3];
    for (at, byte) in key.iter().enumerate() {
        if at > 0 && at % 12 == 0 {
            stir(&mut state);
        }
        let word = &mut state[at % 12 / 4];
        *word = word.wrapping_add(u32::from(*byte) << (at % 4 * 8));
    }
    if !key.is_empty() {
        settle(&mut state);
    }
    state[2]
}

/// lookup3's `mix`: in each step the word, the one before it and the one after it.
fn stir(state: &mut [u32; 3]) {
    for (step, by) in [4, 6, 8, 16, 19, 4].into_iter().enumerate() {
        let (word, before, after) = (step % 3, (step + 2) % 3, (step + 1) % 3);
        state[word] = state[word].wrapping_sub(state[before]);
        state[word] ^= state[before].rotate_left(by);
        state[before] = state[before].wrapping_add(state[after]);
    }
}

/// lookup3's `final`: in each step the word and the one before it.
fn settle(state: &mut [u32; 3]) {
    for (step, by) in [14, 11, 25, 16, 4, 14, 24].into_iter().enumerate() {
        let (word, before) = ((step + 2) % 3, (step + 1) % 3);
        state[word] ^= state[before];
        state[word] = state[word].wrapping_sub(state[before].rotate_left(by));
    }
}
