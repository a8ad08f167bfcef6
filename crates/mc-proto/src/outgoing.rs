//! Bytes on their way out: small ones gathered, large ones passed on.

use std::collections::VecDeque;
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
#[derive(Debug, Default)]
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
