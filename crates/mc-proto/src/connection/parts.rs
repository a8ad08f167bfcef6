//! The requests of the batches that are under way.

use std::collections::VecDeque;

use crate::kind::Kind;

/// The requests of every pending batch, in order.
#[derive(Debug, Default)]
pub(super) struct PartQueue(VecDeque<Kind>);

/// The requests of one batch, lent for the reading of its replies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    queue: &'a VecDeque<Kind>,
    len: usize,
}

impl PartQueue {
    /// Appends requests.
    pub(super) fn extend(&mut self, kinds: impl Iterator<Item = Kind>) {
        self.0.extend(kinds);
    }

    /// The first `len` requests.
    #[inline]
    pub(super) fn front(&self, len: usize) -> Parts<'_> {
        let len = len.min(self.0.len());
        Parts {
            queue: &self.0,
            len,
        }
    }

    /// Forgets the first `len` requests.
    #[inline]
    pub(super) fn pop(&mut self, len: usize) {
        if len > 0 {
            self.0.drain(..len.min(self.0.len()));
        }
    }

    /// Takes the last `len` requests.
    pub(super) fn take_last(&mut self, len: usize) -> Self {
        Self(self.0.split_off(self.0.len().saturating_sub(len)))
    }

    /// Moves the first `len` requests to the end of another.
    pub(super) fn pass(&mut self, len: usize, to: &mut Self) {
        to.0.extend(self.0.drain(..len.min(self.0.len())));
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<'a> Parts<'a> {
    /// How many there are.
    pub(crate) fn len(self) -> usize {
        self.len
    }

    /// One of them.
    pub(crate) fn get(self, index: usize) -> Option<Kind> {
        self.queue.get(index).copied().filter(|_| index < self.len)
    }

    /// All of them.
    pub(crate) fn iter(self) -> impl Iterator<Item = Kind> + 'a {
        self.queue.iter().take(self.len).copied()
    }
}
