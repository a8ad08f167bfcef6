//! What rules change in the bytes that pass: some are flipped, dropped or sent twice.

use std::mem;

use super::rule::Extent;

/// What is still to be done to the bytes that follow.
#[derive(Default)]
pub(super) struct Edits {
    /// The bits to be flipped in the next byte.
    flip: u8,
    drops: Vec<Extent>,
    copies: Vec<Copied>,
}

/// What is sent once more when all of it has come.
struct Copied {
    lacks: Extent,
    bytes: Vec<u8>,
}

impl Edits {
    pub(super) fn flip(&mut self, bits: u8) {
        self.flip ^= bits;
    }

    pub(super) fn drop(&mut self, extent: Extent) {
        self.drops.push(extent);
    }

    pub(super) fn duplicate(&mut self, extent: Extent) {
        let bytes = Vec::new();
        self.copies.push(Copied {
            lacks: extent,
            bytes,
        });
    }

    /// Puts what is left of `bytes`, which come next, behind `out`.
    pub(super) fn apply(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let dropped = self.drops.iter_mut().map(|drop| drop.take(bytes.len()));
        let mut rest = &bytes[dropped.max().unwrap_or(0)..];
        self.drops.retain(|drop| *drop != Extent::Bytes(0));
        while !rest.is_empty() {
            let first_copy = self
                .copies
                .iter()
                .map(|copy| copy.lacks.of(rest.len()))
                .min();
            let (now, later) = rest.split_at(first_copy.unwrap_or(rest.len()));
            let start = out.len();
            out.extend_from_slice(now);
            out[start] ^= mem::take(&mut self.flip);
            for copy in &mut self.copies {
                copy.lacks.take(now.len());
                copy.bytes.extend_from_slice(&out[start..]);
            }
            self.repeat(&Extent::Bytes(0), out);
            rest = later;
        }
    }

    /// Finishes what goes to the end of a message, which is here.
    pub(super) fn end_message(&mut self, out: &mut Vec<u8>) {
        self.drops.retain(|drop| *drop != Extent::Message);
        self.repeat(&Extent::Message, out);
    }

    /// Sends the copies again that lack this and nothing else.
    fn repeat(&mut self, lacks: &Extent, out: &mut Vec<u8>) {
        self.copies.retain(|copy| {
            let is_whole = copy.lacks == *lacks;
            if is_whole {
                out.extend_from_slice(&copy.bytes);
            }
            !is_whole
        });
    }
}

impl Extent {
    /// How many of the next `len` bytes are in it.
    fn of(&self, len: usize) -> usize {
        match self {
            Self::Bytes(left) => len.min(*left),
            Self::Message => len,
        }
    }

    /// Goes past the next `len` bytes, and tells how many of them are in it.
    fn take(&mut self, len: usize) -> usize {
        let taken = self.of(len);
        if let Self::Bytes(left) = self {
            *left -= taken;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of `abcdef` in pieces of any size, where the message ends behind `d`.
    fn check(begin: impl Fn(&mut Edits), expected: &str) {
        for size in 1..=6 {
            let (mut edits, mut out) = (Edits::default(), Vec::new());
            begin(&mut edits);
            for message in [b"abcd".as_slice(), b"ef"] {
                for piece in message.chunks(size) {
                    edits.apply(piece, &mut out);
                }
                edits.end_message(&mut out);
            }
            assert_eq!(String::from_utf8(out).unwrap(), expected, "by {size}");
        }
    }

    #[test]
    fn each_does_its_work_however_bytes_come() {
        use Extent::{Bytes, Message};

        check(|_| {}, "abcdef");
        check(|it| it.flip(2), "cbcdef");
        check(|it| it.drop(Bytes(1)), "bcdef");
        check(|it| it.drop(Bytes(5)), "f");
        check(|it| it.drop(Message), "ef");
        check(|it| it.duplicate(Bytes(1)), "aabcdef");
        check(|it| it.duplicate(Bytes(5)), "abcdeabcdef");
        check(|it| it.duplicate(Message), "abcdabcdef");
    }

    #[test]
    fn they_go_together() {
        use Extent::{Bytes, Message};

        check(
            |it| {
                it.drop(Bytes(1));
                it.drop(Bytes(3));
            },
            "def",
        );
        check(
            |it| {
                it.drop(Bytes(1));
                it.flip(1);
            },
            "ccdef",
        );
        check(
            |it| {
                it.flip(2);
                it.duplicate(Bytes(2));
            },
            "cbcbcdef",
        );
        check(
            |it| {
                it.duplicate(Bytes(1));
                it.duplicate(Bytes(2));
            },
            "aababcdef",
        );
        check(
            |it| {
                it.duplicate(Bytes(2));
                it.duplicate(Message);
            },
            "ababcdabcdef",
        );
        check(
            |it| {
                it.drop(Bytes(2));
                it.duplicate(Message);
            },
            "cdcdef",
        );
    }
}
