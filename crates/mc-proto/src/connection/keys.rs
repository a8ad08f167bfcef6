//! The keys of the gets that are under way, in one buffer.
//!
//! Each key is its length in one byte (it is at most 250) and its wire form.
//! They come in at the end and leave at the start, together with the requests
//! that named them, so that a key costs no allocation of its own.

use crate::{Key, meta};

/// Bytes in front of the first key are moved away only from here on.
const WORTH_MOVING: usize = 4 << 10;

/// A buffer that has grown beyond this is given back when it is empty.
const MAX_SPARE: usize = 64 << 10;

/// The keys of every pending get, in the order of the requests.
#[derive(Debug, Default)]
pub(crate) struct KeyQueue {
    bytes: Vec<u8>,
    /// Where the first pending key starts.
    head: usize,
}

/// The keys of one request, lent for the reading of its reply.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AskedKeys<'a>(&'a [u8]);

/// A place in [`AskedKeys`], in front of a key or behind the last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    /// How many keys come before.
    pub(crate) index: usize,
    /// How many bytes they take.
    at: usize,
}

impl KeyQueue {
    /// How many bytes are pending, a measure for what is pushed.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.head)
    }

    /// Appends a key.
    #[inline]
    pub(crate) fn push(&mut self, key: &Key<'_>) {
        self.bytes.push(len_byte(key.len()));
        key.append_to(&mut self.bytes);
    }

    /// Appends a mark, which is kept as a key is.
    pub(crate) fn push_mark(&mut self, mark: &meta::Opaque) {
        self.bytes.push(len_byte(mark.as_bytes().len()));
        self.bytes.extend_from_slice(mark.as_bytes());
    }

    /// The keys in the first `len` bytes.
    #[inline]
    pub(crate) fn front(&self, len: usize) -> AskedKeys<'_> {
        let end = self.head.saturating_add(len);
        AskedKeys(self.bytes.get(self.head..end).unwrap_or_default())
    }

    /// Forgets the keys in the first `len` bytes.
    #[inline]
    pub(crate) fn pop(&mut self, len: usize) {
        if len == 0 {
            return;
        }
        self.head = self.head.saturating_add(len);
        if self.head >= self.bytes.len() {
            self.clear();
        } else if self.head >= WORTH_MOVING.max(self.bytes.len() / 2) {
            self.bytes.drain(..self.head);
            self.head = 0;
        }
    }

    /// Takes the last `len` bytes.
    pub(crate) fn take_last(&mut self, len: usize) -> Self {
        let at = self.bytes.len().saturating_sub(len);
        Self {
            bytes: self.bytes.split_off(at.max(self.head)),
            head: 0,
        }
    }

    /// Moves the keys in the first `len` bytes to the end of another.
    pub(crate) fn pass(&mut self, len: usize, to: &mut Self) {
        to.bytes.extend_from_slice(self.front(len).0);
        self.skip(len);
    }

    /// Forgets the keys in the first `len` bytes, which keep their room.
    pub(crate) fn skip(&mut self, len: usize) {
        self.head = self.head.saturating_add(len);
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.head = 0;
        self.bytes.clear();
        self.bytes.shrink_to(MAX_SPARE);
    }
}

impl<'a> AskedKeys<'a> {
    /// The keys from a place on, each with its own place and the next.
    pub(crate) fn from(self, mut place: Place) -> impl Iterator<Item = (Place, &'a [u8], Place)> {
        let mut left = self.behind(place);
        std::iter::from_fn(move || {
            let (key, behind) = left.split_first()?;
            let next = self.place(behind, place.index.saturating_add(1));
            left = behind;
            Some((std::mem::replace(&mut place, next), key, next))
        })
    }

    /// The keys from a place on.
    #[inline]
    pub(crate) fn behind(self, place: Place) -> Self {
        Self(self.0.get(place.at..).unwrap_or_default())
    }

    /// The place where these begin, which are the last of them, behind so many others.
    #[inline]
    pub(crate) fn place(self, last: Self, index: usize) -> Place {
        let at = self.0.len().saturating_sub(last.0.len());
        Place { index, at }
    }

    /// The first of them, and those behind it.
    #[inline]
    pub(crate) fn split_first(self) -> Option<(&'a [u8], Self)> {
        let (&len, rest) = self.0.split_first()?;
        let (key, behind) = rest.split_at_checked(len.into())?;
        Some((key, Self(behind)))
    }
}

/// The byte in front of a key or a mark. Keys have up to 250 bytes, marks up to 31: no length is cut.
fn len_byte(len: usize) -> u8 {
    u8::try_from(len).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// Pushes a request with keys of these lengths, pops the first request,
    /// or removes one counted from the last.
    #[derive(Clone, Debug)]
    enum Step {
        Push(Vec<usize>),
        Pop,
        Remove(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => prop::collection::vec(1_usize..=250, 0..12).prop_map(Step::Push),
            2 => Just(Step::Pop),
            1 => (0_usize..4).prop_map(Step::Remove),
        ]
    }

    /// Each step looks at all keys: Miri takes fewer.
    const MOST_STEPS: usize = if cfg!(miri) { 10 } else { 100 };

    proptest! {
        #[test]
        fn as_a_list_of_lists(steps in prop::collection::vec(step(), 0..MOST_STEPS)) {
            let mut queue = KeyQueue::default();
            let mut naive: VecDeque<(Vec<Vec<u8>>, usize)> = VecDeque::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Push(lens) => {
                        let byte = b'!' + (number % 90) as u8;
                        let keys: Vec<_> = lens.iter().map(|&len| vec![byte; len]).collect();
                        let before = queue.len();
                        keys.iter().for_each(|key| queue.push(&Key::new(key).unwrap()));
                        naive.push_back((keys, queue.len() - before));
                    }
                    Step::Pop => {
                        let len = naive.pop_front().map_or(0, |(_, len)| len);
                        queue.pop(len);
                    }
                    Step::Remove(from_last) if from_last < naive.len() => {
                        let (_, len) = naive.remove(naive.len() - 1 - from_last).unwrap();
                        let behind: usize = naive.iter().rev().take(from_last).map(|(_, len)| len).sum();
                        let mut last = queue.take_last(len + behind);
                        last.skip(len);
                        last.pass(behind, &mut queue);
                    }
                    Step::Remove(_) => {}
                }
                let expected: Vec<&[u8]> = naive.iter().flat_map(|(keys, _)| keys).map(|key| &**key).collect();
                let asked = queue.front(queue.len());
                assert!(asked.from(Place::default()).map(|(_, key, _)| key).eq(expected));
                let front = naive.front().map_or(0, |(_, len)| *len);
                let keys = queue.front(front).from(Place::default()).count();
                assert_eq!(keys, naive.front().map_or(0, |(keys, _)| keys.len()));
            }
        }
    }
}
