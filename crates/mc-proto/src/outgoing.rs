//! Bytes on their way out: small ones gathered, large ones passed on.

use std::collections::VecDeque;
use std::fmt;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

use crate::{Key, Payload, line};

/// A shared value of at least this many bytes is queued without a copy.
///
/// A piece of its own costs a place in a vectored write and an atomic count;
/// below some 16 KiB a copy into the buffer that is written anyway is cheaper.
const SHARE_FROM: usize = 16 << 10;

/// A buffer that has grown beyond this is not kept for the next round.
const MAX_SPARE: usize = 256 << 10;

/// What is to be written to a socket, in order.
///
/// It is a [`Buf`]: write its chunks, best several at once with
/// [`chunks_vectored`](Buf::chunks_vectored), and
/// [`advance`](Buf::advance) by as much as was written. Small requests and
/// replies lie in one buffer; a large shared value is a chunk of its own.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Limits, Outgoing, Request, text};
///
/// let mut out = Outgoing::default();
/// text::encode_request(&Request::Version, &Limits::default(), &mut out)?;
/// assert_eq!(out.chunk(), b"version\r\n");
/// out.advance(9);
/// assert!(!out.has_remaining());
/// # Ok::<(), mc_proto::SendError>(())
/// ```
#[derive(Default)]
pub struct Outgoing {
    /// Everything but the large values.
    small: Vec<u8>,
    /// How much of `small` was consumed.
    read: usize,
    /// The large values that are left, none of them empty.
    large: VecDeque<Large>,
    /// How many bytes those have together.
    large_len: usize,
}

/// A value that is a chunk of its own.
#[derive(Debug)]
struct Large {
    /// How many of the small bytes come before it.
    at: usize,
    value: Bytes,
}

/// A place between two requests, as a count of what lies before it; or the
/// room between two such places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) small: usize,
    pub(crate) large: usize,
}

impl Mark {
    /// Both rooms together.
    pub(crate) fn and(self, room: Self) -> Self {
        Self {
            small: self.small.saturating_add(room.small),
            large: self.large.saturating_add(room.large),
        }
    }

    /// The place so much further to the front.
    pub(crate) fn back(self, room: Self) -> Self {
        Self {
            small: self.small.saturating_sub(room.small),
            large: self.large.saturating_sub(room.large),
        }
    }
}

impl Outgoing {
    /// Appends bytes by copying them.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.small.extend_from_slice(bytes);
    }

    /// Appends a number in decimal digits.
    pub(crate) fn put_number(&mut self, number: u64) {
        line::put_number(&mut self.small, number);
    }

    /// Appends a value, by reference if it is shared and large.
    pub(crate) fn put_payload(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::Shared(value) if value.len() >= SHARE_FROM => {
                let (at, value) = (self.small.len(), value.clone());
                self.large_len = self.large_len.saturating_add(value.len());
                self.large.push_back(Large { at, value });
            }
            _ => self.put(payload.as_slice()),
        }
    }

    /// Appends a key in wire form.
    pub(crate) fn put_key(&mut self, key: &Key<'_>) {
        key.write_to(&mut self.small);
    }

    /// Where the next bytes will be put.
    pub(crate) fn end(&self) -> Mark {
        Mark {
            small: self.small.len(),
            large: self.large.len(),
        }
    }

    /// Takes out what lies between two marks. Nothing may have been consumed.
    pub(crate) fn remove(&mut self, from: Mark, to: Mark) {
        debug_assert_eq!(self.read, 0, "only what was not taken can be removed");
        self.small.drain(from.small..to.small);
        for removed in self.large.drain(from.large..to.large) {
            self.large_len = self.large_len.saturating_sub(removed.value.len());
        }
        let removed = to.small.saturating_sub(from.small);
        for later in self.large.iter_mut().skip(from.large) {
            later.at = later.at.saturating_sub(removed);
        }
    }

    /// Takes out what was put since a mark. Nothing may have been consumed
    /// since.
    pub(crate) fn cut(&mut self, from: Mark) {
        self.small.truncate(from.small);
        while self.large.len() > from.large {
            let cut = self.large.pop_back().map_or(0, |large| large.value.len());
            self.large_len = self.large_len.saturating_sub(cut);
        }
    }

    /// Empties it, and keeps its buffer if that is of an ordinary size.
    pub(crate) fn reset(&mut self) {
        self.read = 0;
        self.large_len = 0;
        self.large.clear();
        self.small.clear();
        self.small.shrink_to(MAX_SPARE);
    }

    /// The chunks that are left, in order, none of them empty.
    fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = self.read;
        let mut large = self.large.iter();
        let mut value: Option<&[u8]> = None;
        std::iter::from_fn(move || {
            if let Some(value) = value.take() {
                return Some(value);
            }
            let next = large.next();
            let to = next.map_or(self.small.len(), |next| next.at);
            let small = self.small.get(from..to).filter(|small| !small.is_empty());
            from = to;
            value = next.map(|next| &*next.value);
            small.or_else(|| value.take())
        })
    }
}

/// How much is left. The bytes are not shown: a password may be among them.
impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("remaining", &self.remaining())
            .finish_non_exhaustive()
    }
}

impl Buf for Outgoing {
    fn remaining(&self) -> usize {
        let small = self.small.len().saturating_sub(self.read);
        small.saturating_add(self.large_len)
    }

    fn chunk(&self) -> &[u8] {
        self.chunks().next().unwrap_or_default()
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let pairs = slices.iter_mut().zip(self.chunks());
        pairs
            .map(|(slice, chunk)| *slice = IoSlice::new(chunk))
            .count()
    }

    fn advance(&mut self, mut count: usize) {
        while count > 0 && self.has_remaining() {
            let step = count.min(self.chunk().len());
            match self.large.front_mut() {
                Some(front) if front.at == self.read => {
                    front.value.advance(step);
                    self.large_len = self.large_len.saturating_sub(step);
                }
                _ => self.read = self.read.saturating_add(step),
            }
            if self
                .large
                .front()
                .is_some_and(|front| front.value.is_empty())
            {
                self.large.pop_front();
            }
            count = count.saturating_sub(step);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A request of a short text, and of a shared value if a length is given.
    type Part = (String, Option<usize>);

    fn parts() -> impl Strategy<Value = Vec<Part>> {
        let len = prop_oneof![0_usize..4, SHARE_FROM - 2..SHARE_FROM + 2];
        prop::collection::vec(("[a-z]{0,5}", prop::option::of(len)), 0..8)
    }

    fn put(out: &mut Outgoing, naive: &mut Vec<u8>, (text, len): &Part) {
        out.put(text.as_bytes());
        naive.extend(text.as_bytes());
        if let Some(len) = *len {
            let value = vec![b'0' + (naive.len() % 10) as u8; len];
            naive.extend(&value);
            out.put_payload(&Payload::Shared(value.into()));
        }
    }

    proptest! {
        #[test]
        fn as_one_buffer(parts in parts(), removed in any::<prop::sample::Index>(), steps in prop::collection::vec(0_usize..20_000, 0..9)) {
            let (mut out, mut naive) = (Outgoing::default(), Vec::new());
            let mut places = vec![(out.end(), 0)];
            for part in &parts {
                put(&mut out, &mut naive, part);
                places.push((out.end(), naive.len()));
            }
            if !parts.is_empty() {
                let index = removed.index(parts.len());
                let (from, to) = (places[index], places[index + 1]);
                out.remove(from.0, to.0);
                naive.drain(from.1..to.1);
            }
            let mut naive = &naive[..];
            for step in steps {
                assert_eq!(out.chunks().collect::<Vec<_>>().concat(), naive);
                assert_eq!(out.remaining(), naive.len());
                let step = step.min(naive.len());
                out.advance(step);
                naive = &naive[step..];
            }
            out.reset();
            assert_eq!((out.remaining(), out.chunk()), (0, &[][..]));
        }
    }

    #[test]
    fn a_large_shared_value_is_not_copied() {
        let value = Bytes::from(vec![b'v'; SHARE_FROM]);
        let mut out = Outgoing::default();
        out.put(b"a");
        out.put_payload(&value.clone().into());
        out.put(b"b");
        out.put_payload(&Payload::Borrowed(&value));
        let chunks: Vec<_> = out.chunks().collect();
        assert_eq!(
            chunks.iter().map(|chunk| chunk.len()).collect::<Vec<_>>(),
            [1, SHARE_FROM, SHARE_FROM + 1]
        );
        assert_eq!(chunks[1].as_ptr(), value.as_ptr());
    }

    #[test]
    fn a_buffer_that_has_grown_is_not_kept() {
        let mut out = Outgoing::default();
        out.put(&vec![0; 2 * MAX_SPARE]);
        out.reset();
        assert!(out.small.capacity() <= MAX_SPARE);
        out.put(b"again");
        let kept = out.small.as_ptr();
        out.reset();
        out.put(b"and again");
        assert_eq!(out.small.as_ptr(), kept);
    }
}
