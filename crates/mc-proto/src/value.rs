//! Values on their way in: copied if small, shared if large.

use bytes::{Buf, Bytes, BytesMut};

/// A received value of at least this many bytes shares the buffer that it was
/// read into; a smaller one is copied out.
///
/// Whoever keeps a shared value keeps the whole read buffer, typically 16 to
/// 64 KiB. A copy of up to a page costs less than the system call that
/// brought it, and lets the buffer be used again.
const SHARE_FROM: usize = 4 << 10;

/// Takes the value of `len` bytes off the start of the input, where it has
/// arrived. No byte of it is copied twice, and an empty one allocates nothing.
pub(crate) fn take(input: &mut BytesMut, len: usize) -> Bytes {
    let len = len.min(input.len());
    if len >= SHARE_FROM {
        return input.split_to(len).freeze();
    }
    let value = Bytes::copy_from_slice(input.get(..len).unwrap_or_default());
    input.advance(len);
    value
}
