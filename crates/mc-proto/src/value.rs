//! Values on their way in: copied if small, shared if large.

use bytes::{Buf, Bytes, BytesMut};

/// A received value of at least this many bytes shares the buffer that it was
/// read into; a smaller one is copied out.
///
/// Whoever keeps a shared value keeps the whole read buffer, typically 16 to
/// 64 KiB. A copy of up to a page costs less than the system call that
/// brought it, and lets the buffer be used again.
const SHARE_FROM: usize = 4 << 10;

/// How large a [`Block`] is, unless less is enough. Whoever keeps one of its
/// values keeps all of it, so it is a page as well.
const BLOCK_LEN: usize = 4 << 10;

/// Room for the small values of one reply, which are copied into it one after
/// the other: an allocation for many of them.
#[derive(Debug, Default)]
pub(crate) struct Block(BytesMut);

impl Block {
    /// Takes a value as [`take_ended`] does, but copies a small one into the block.
    pub(crate) fn take_ended(&mut self, input: &mut BytesMut, len: usize, end: usize) -> Bytes {
        let value = input.get(..len).filter(|_| len < SHARE_FROM);
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return take_ended(input, len, end);
        };
        let value = self.copy(value, input.len());
        input.advance(len.saturating_add(end).min(input.len()));
        value
    }

    /// Copies a value, if it is a small one, and not empty. So many bytes have arrived: no more room is needed for now.
    pub(crate) fn copy_small(&mut self, value: &[u8], arrived: usize) -> Option<Bytes> {
        (1..SHARE_FROM)
            .contains(&value.len())
            .then(|| self.copy(value, arrived))
    }

    fn copy(&mut self, value: &[u8], arrived: usize) -> Bytes {
        if self.0.capacity() < value.len() {
            let room = arrived.min(BLOCK_LEN);
            self.0 = BytesMut::with_capacity(room.max(value.len()));
        }
        self.0.extend_from_slice(value);
        self.0.split().freeze()
    }

    /// Takes a value without an end.
    pub(crate) fn take(&mut self, input: &mut BytesMut, len: usize) -> Bytes {
        self.take_ended(input, len, 0)
    }
}

/// Copies a value, if it is a small one.
pub(crate) fn copy_small(value: &[u8]) -> Option<Bytes> {
    (value.len() < SHARE_FROM).then(|| Bytes::copy_from_slice(value))
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
        Some(value) if len < SHARE_FROM => (Bytes::copy_from_slice(value), behind),
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
        /// Whatever the lengths: the bytes, and where they lie.
        #[test]
        fn values_one_after_the_other(lens in prop::collection::vec(prop_oneof![8 => 0_usize..300, 1 => 4090_usize..4100], 1..60)) {
            let wire: Vec<u8> = (0..lens.iter().sum()).map(|at: usize| (at % 251) as u8).collect();
            let (mut input, mut block) = (BytesMut::from(&wire[..]), Block::default());
            let received = input.as_ptr_range();
            let mut rest = &wire[..];
            for len in lens {
                let value = block.take(&mut input, len);
                let (expected, behind) = rest.split_at(len);
                assert_eq!(value, expected);
                assert_eq!(received.contains(&value.as_ptr()), len >= SHARE_FROM);
                assert_eq!(input, behind);
                rest = behind;
            }
        }
    }

    #[test]
    fn small_values_of_one_reply_lie_side_by_side() {
        let mut input = BytesMut::from(&[b'v'; 300][..]);
        let mut block = Block::default();
        let values = [100, 0, 50, 150].map(|len| block.take(&mut input, len));
        let [first, _, second, third] = values.map(|value| value.as_ptr_range());
        assert_eq!((first.end, second.end), (second.start, third.start));
    }
}
