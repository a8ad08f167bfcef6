//! Inputs that are almost right: saved ones, changed in a few places.

use fastrand::Rng;

/// No input is longer.
pub const LONGEST: usize = 4096;

/// Bytes that mean something to one protocol or another.
const BYTES: &[u8] = b"\r\n \0\x01\x7f\x80\x81\xff09-:=,\"azVESO";

/// Words and numbers at the edges of what is allowed.
const WORDS: &[&[u8]] = &[
    b"\r\n",
    b" noreply",
    b"END\r\n",
    b"VALUE a 0 1\r\n",
    b"STAT a b\r\n",
    b"STORED\r\n",
    b"ERROR\r\n",
    b"SERVER_ERROR out of memory\r\n",
    b"HD O1\r\n",
    b"VA 1 f0 O1\r\n",
    b"EN\r\n",
    b"MN\r\n",
    b"mg a v f c O1\r\n",
    b"0",
    b"-1",
    b"250",
    b"2147483648",
    b"4294967296",
    b"18446744073709551615",
    b"18446744073709551616",
    b"1073741825",
    b"\x80\x00\x00\x01\x00\x00\x00\x00",
    b"\x81\x00\x00\x00\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
];

/// Makes inputs, each from the seed and its number alone.
#[derive(Debug)]
pub struct Mutator {
    saved: Vec<Vec<u8>>,
    seed: u64,
}

impl Mutator {
    /// Starts from saved inputs, and from nothing.
    #[must_use]
    pub fn new(saved: &[Vec<u8>], seed: u64) -> Self {
        let saved = saved.iter().cloned().chain([Vec::new()]).collect();
        Self { saved, seed }
    }

    /// The input of this number.
    #[must_use]
    pub fn input(&self, number: u64) -> Vec<u8> {
        let mut input = Vec::new();
        self.write(number, &mut input);
        input
    }

    /// Replaces what is in `input` by the input of this number.
    pub(crate) fn write(&self, number: u64, input: &mut Vec<u8>) {
        // An odd factor spreads the numbers, so that seeds that follow one another share none of their inputs.
        let mut rng = Rng::with_seed(self.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        input.clear();
        input.extend_from_slice(self.one(&mut rng));
        let changes = 1 + rng.u32(..).trailing_ones();
        for _ in 0..changes {
            self.change(input, &mut rng);
        }
        input.truncate(LONGEST);
    }

    fn one(&self, rng: &mut Rng) -> &[u8] {
        &self.saved[rng.usize(..self.saved.len())]
    }

    /// Changes one place.
    fn change(&self, input: &mut Vec<u8>, rng: &mut Rng) {
        let at = rng.usize(..=input.len());
        let to = (at + span(rng)).min(input.len());
        match rng.u8(..10) {
            0 => flip(input, at, rng),
            1 => replace(input, at, rng.u8(..)),
            2 => replace(input, at, BYTES[rng.usize(..BYTES.len())]),
            3 => drop(input.drain(at..to)),
            4 => input.extend_from_within(at..to),
            5 => insert(input, at, &[BYTES[rng.usize(..BYTES.len())]]),
            6 => insert(input, at, WORDS[rng.usize(..WORDS.len())]),
            7 => drop(input.splice(at..to, WORDS[rng.usize(..WORDS.len())].iter().copied())),
            8 => {
                let other = self.one(rng);
                let (from, end) = (rng.usize(..=other.len()), span(rng));
                insert(input, at, &other[from..(from + end).min(other.len())]);
            }
            _ => step(input, at, rng),
        }
    }
}

/// A length, most often a small one.
fn span(rng: &mut Rng) -> usize {
    1 << rng.u8(..=8) >> rng.u8(..=8)
}

fn flip(input: &mut [u8], at: usize, rng: &mut Rng) {
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << rng.u8(..8);
    }
}

fn replace(input: &mut [u8], at: usize, by: u8) {
    if let Some(byte) = input.get_mut(at) {
        *byte = by;
    }
}

/// One more or one less: lengths that are off by one.
fn step(input: &mut [u8], at: usize, rng: &mut Rng) {
    if let Some(byte) = input.get_mut(at) {
        *byte = byte.wrapping_add(if rng.bool() { 1 } else { u8::MAX });
    }
}

fn insert(input: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    input.splice(at..at, bytes.iter().copied());
}
