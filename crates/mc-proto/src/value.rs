//! Values on their way in: copied if small, shared if large.

use bytes::{Buf, Bytes, BytesMut};

/// A received value of at least this many bytes shares the buffer that it was
/// read into; a smaller one is copied out.
///
/// Whoever keeps a shared value keeps the whole read buffer, typically 16 to
/// 64 KiB. A copy of up to a page costs less than the system call that
/// brought it, and lets the buffer be used again.
const SHARE_FROM: usize = 4 << 10;

/// How much of the input is copied at once. Whoever keeps a value keeps all of that: a page, with the words of the
/// allocator.
const PAGE: usize = (4 << 10) - 64;

/// A value of at least so many bytes is copied by itself: of a page, little is left over.
const ALONE_FROM: usize = PAGE / 4;

/// A copy of the next page of the input, which small values are cut out of: one copy and one allocation for many.
pub(crate) struct Page {
    /// What is left of it.
    bytes: Bytes,
    /// How much of the input was left where that begins.
    left: usize,
    /// How many rows may come, those that did included.
    rows: usize,
}

impl Page {
    /// For a reply of which so many rows may still come.
    pub(crate) fn for_rows(rows: usize) -> Self {
        Self {
            bytes: Bytes::new(),
            left: 0,
            rows,
        }
    }

    /// The value at the start of what is left of the input, which is an end of what was left before, in a row of so
    /// many bytes.
    #[inline(always)]
    pub(crate) fn cut(&mut self, left: &[u8], value: &[u8], row: impl FnOnce() -> usize) -> Bytes {
        if self.reach(left, value) || self.turn(left, value, row()) {
            self.bytes.slice(..value.len())
        } else {
            Bytes::copy_from_slice(value)
        }
    }

    /// Begins the next page with this value, unless it is to be copied by itself.
    #[inline(never)]
    fn turn(&mut self, left: &[u8], value: &[u8], row: usize) -> bool {
        if value.len() >= ALONE_FROM {
            return false;
        }
        // To copy more than the reply is likely to have would be for nothing.
        let likely = row.saturating_mul(self.rows).min(PAGE).max(value.len());
        let next = left.get(..likely).unwrap_or(left);
        self.bytes = Bytes::copy_from_slice(next);
        self.left = left.len();
        value.len() <= self.bytes.len()
    }

    /// Goes on to this value, if the page holds it.
    #[inline]
    fn reach(&mut self, left: &[u8], value: &[u8]) -> bool {
        let gap = self.left.saturating_sub(left.len());
        let holds = gap.saturating_add(value.len()) <= self.bytes.len();
        if holds {
            self.bytes.advance(gap);
            self.left = left.len();
        }
        holds
    }
}

/// Whether a value is copied.
pub(crate) fn is_small(value: &[u8]) -> bool {
    value.len() < SHARE_FROM
}

/// Takes the value of `len` bytes off the start of the input, and as many as
/// `end` behind it, where all have arrived. No byte of it is copied twice, and an empty one allocates nothing.
pub(crate) fn take_ended(input: &mut BytesMut, len: usize, end: usize) -> Bytes {
    take_framed(input, 0, len, end)
}

/// The same, with as many bytes as `front` in front of the value.
pub(crate) fn take_framed(input: &mut BytesMut, front: usize, len: usize, end: usize) -> Bytes {
    let behind = front.saturating_add(len);
    let (value, taken) = match input.get(front..behind) {
        Some([]) => (Bytes::new(), behind),
        Some(value) if is_small(value) => (Bytes::copy_from_slice(value), behind),
        _ => {
            input.advance(front.min(input.len()));
            (input.split_to(len.min(input.len())).freeze(), 0)
        }
    };
    input.advance(taken.saturating_add(end).min(input.len()));
    value
}

/// Takes a value without an end.
pub(crate) fn take(input: &mut BytesMut, len: usize) -> Bytes {
    take_ended(input, len, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the lengths, and whatever is between the values.
        #[test]
        fn values_one_after_the_other(lens in prop::collection::vec((prop_oneof![8 => 0_usize..300, 1 => 1000..1020_usize, 1 => 4090_usize..4100], 0_usize..30), 1..60), rows in 0_usize..99) {
            let total = lens.iter().map(|(len, between)| len + between).sum();
            let input: Vec<u8> = (0..total).map(|at: usize| (at % 251) as u8).collect();
            let (mut left, mut page) = (&input[..], Page::for_rows(rows));
            for (len, between) in lens {
                let value = page.cut(left, &left[..len], || len + between);
                assert_eq!(value, left[..len]);
                assert!(page.bytes.len() <= PAGE);
                left = &left[len + between..];
            }
        }
    }

    #[test]
    fn small_values_of_one_reply_lie_in_one_page() {
        let input = [b'v'; 300];
        let mut page = Page::for_rows(4);
        let mut cut = |at: usize| page.cut(&input[at..], &input[at..at + 50], || 60);
        let values = [0, 100, 150].map(&mut cut);
        let first = values[0].as_ptr() as usize;
        assert_eq!(
            values.map(|value| value.as_ptr() as usize - first),
            [0, 100, 150]
        );
        assert_eq!(page.bytes.len(), 240 - 150);
    }

    #[test]
    fn an_empty_value_needs_no_page() {
        let mut page = Page::for_rows(1);
        assert_eq!(page.cut(b"", b"", || 2), Bytes::new());
        assert_eq!(page.bytes.len(), 0);
    }
}
