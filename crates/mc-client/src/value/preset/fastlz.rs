//! Reads FastLZ, which PHP compresses by unless it is told otherwise.
//!
//! A block is a list of instructions; the top three bits of each first byte tell which:
//!
//! ```text
//! 000LLLLL                        the next L + 1 bytes as they are
//! LLLOOOOO [more length] OOOOOOOO L + 2 bytes of what came out before, O + 1 bytes back
//! ```
//!
//! In the first byte of a block these bits tell its level instead, 1 or 2, as the first instruction is always
//! of the first kind. A length of 7 goes on in the byte behind it; in level 2 that goes on while the bytes are 255,
//! and the farthest distance goes on in two bytes more.
//!
//! # Source
//! FastLZ 0.1.0 `fastlz.c`, as php-memcached carries it.

use bytes::Bytes;

/// The longest distance of level 2 before it goes on.
const FAR: usize = 8191;

/// What a block was, if it is sound and that is at most `max_len` bytes.
pub(super) fn inflate(block: &[u8], max_len: usize) -> Option<Bytes> {
    let mut block = Block {
        rest: block,
        whole: Vec::new(),
        max_len,
    };
    let first = block.byte()?;
    let long = match first >> 5 {
        0 => false,
        1 => true,
        _ => return None,
    };
    block.literals(first & 0x1f)?;
    while !block.rest.is_empty() {
        let first = block.byte()?;
        match first >> 5 {
            0 => block.literals(first)?,
            _ => block.again(first, long)?,
        }
    }
    Some(block.whole.into())
}

struct Block<'a> {
    rest: &'a [u8],
    whole: Vec<u8>,
    max_len: usize,
}

impl Block<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn literals(&mut self, count: u8) -> Option<()> {
        let (literals, rest) = self.rest.split_at_checked(usize::from(count) + 1)?;
        self.rest = rest;
        self.room(literals.len())?;
        self.whole.extend_from_slice(literals);
        Some(())
    }

    /// Copies from what came out before; the copy may run into itself.
    fn again(&mut self, first: u8, long: bool) -> Option<()> {
        let mut len = usize::from(first >> 5) + 2;
        if len == 9 {
            len += self.length(long)?;
        }
        let high = usize::from(first & 0x1f) << 8;
        let low = self.byte()?;
        let mut back = high + usize::from(low);
        if long && back == FAR {
            back += usize::from(u16::from_be_bytes([self.byte()?, self.byte()?]));
        }
        self.room(len)?;
        let start = self.whole.len().checked_sub(back + 1)?;
        for at in start..start + len {
            self.whole.push(*self.whole.get(at)?);
        }
        Some(())
    }

    fn length(&mut self, long: bool) -> Option<usize> {
        let mut len = 0;
        loop {
            let byte = self.byte()?;
            len += usize::from(byte);
            if !long || byte != 255 {
                return Some(len);
            }
        }
    }

    /// Whether `more` bytes may come out.
    fn room(&self, more: usize) -> Option<()> {
        (more <= self.max_len.saturating_sub(self.whole.len())).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(block: &[u8], expected: Option<&[u8]>) {
        let whole = inflate(block, 1000);
        assert_eq!(whole.as_deref(), expected, "{}", block.escape_ascii());
    }

    #[test]
    fn instructions_by_hand() {
        check(b"\x02abc", Some(b"abc"));
        check(b"\x22abc", Some(b"abc"));
        // Three bytes, three back; and one back, into itself.
        check(b"\x02abc\x20\x02", Some(b"abcabc"));
        check(b"\x00a\x20\x00", Some(b"aaaa"));
        // Nine bytes and two more.
        check(b"\x00a\xe0\x02\x00", Some(b"aaaaaaaaaaaa"));
        // Level 2: nine bytes, 255 and one more.
        check(b"\x20a\xe0\xff\x01\x00", Some(&[b'a'; 266]));
        // Level 1 has no such length: the 1 is a distance, and goes back too far.
        check(b"\x00a\xe0\xff\x01\x00", None);
    }

    /// Level 2, the farthest there is without two bytes more, and with them.
    #[test]
    fn far_back() {
        let mut block = vec![0x3f];
        block.extend([b'x'; 32]);
        while block.len() < 8192 + 8192 / 32 + 33 {
            block.push(0x1f);
            block.extend([b'y'; 32]);
        }
        let written = block.len() / 33 * 32;
        for (end, back) in [
            (&b"\x3f\xfe"[..], 8191),
            (b"\x3f\xff\0\0", 8192),
            (b"\x3f\xff\0\x20", 8224),
        ] {
            let whole = inflate(&[&block[..], end].concat(), 20_000).unwrap();
            assert_eq!(
                whole[written..],
                whole[written - back..written - back + 3],
                "{back}"
            );
        }
        assert_eq!(written, 8224, "32 bytes x at the farthest");
    }

    #[test]
    fn what_is_not_sound_is_refused() {
        for block in [
            &b""[..],
            b"\x02ab",
            b"\x40a",
            b"\x00a\x20",
            b"\x00a\x20\x01",
            b"\x00a\xe0",
        ] {
            check(block, None);
        }
        assert_eq!(inflate(b"\x00a\x20\x00", 3), None);
        assert!(inflate(b"\x00a\x20\x00", 4).is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_are_inflated_or_refused(block: Vec<u8>, max_len in 0_usize..100) {
            if let Some(whole) = inflate(&block, max_len) {
                prop_assert!(whole.len() <= max_len);
            }
        }
    }
}
