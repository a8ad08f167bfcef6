//! Requests that want no reply, between those that have one.
//!
//! Nothing is kept of each: a client may send them for ever and await nothing.
//! One run of them, up to the next request that is answered, is three numbers.

use super::expected::Written;

/// Requests that want no reply, one behind the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unawaited(Option<Written>);

/// The numbers of requests that want no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(super) first: u32,
    /// How many there are, those of withdrawn requests among them.
    pub(super) count: u32,
}

/// What has been dropped of the answers to requests that want none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    /// The answer to the request with this number.
    One(u32),
    /// Nothing yet: more bytes are needed.
    Partial,
    /// Nothing: what comes next is something else.
    Nothing,
}

impl Unawaited {
    /// Appends what was written behind these.
    pub(super) fn push(&mut self, written: Written) {
        self.0 = Some(match self.0 {
            Some(before) => before.followed_by(written),
            None => written,
        });
    }

    /// Appends those of another run.
    pub(super) fn append(&mut self, behind: Self) {
        behind.0.into_iter().for_each(|written| self.push(written));
    }

    /// The first of their numbers, if there are any.
    #[inline]
    pub(super) fn first(self) -> Option<u32> {
        self.0.map(|written| written.opaque)
    }

    /// How many bytes they have on the wire.
    #[inline]
    pub(super) fn len(self) -> usize {
        self.0.map_or(0, |written| written.len)
    }

    /// The number `opaque` has been answered, and what came before it was not.
    pub(super) fn answered(&mut self, opaque: u32) {
        if let Some(written) = &mut self.0 {
            written.opaque = opaque.wrapping_add(1);
        }
    }
}

impl Numbers {
    /// Whether it is one of them. They start again behind `u32::MAX`.
    pub(crate) fn contains(&self, number: u32) -> bool {
        number.wrapping_sub(self.first) < self.count
    }
}
