//! What is left of the bytes out when requests are withdrawn.

use bytes::Buf;

use super::expected::{Line, Pending, Written};
use crate::Outgoing;
use crate::line::CRLF;

/// The bytes out, on their way from one buffer to the other.
pub(super) struct Sweep<'a> {
    old: Outgoing,
    new: &'a mut Outgoing,
    /// How many at the start of the old one are kept.
    kept: usize,
}

/// A line on its way: of gets, each of which has its key there behind a space,
/// or of one request of another kind. Its other words stay with any get.
#[derive(Default)]
pub(super) struct SweptLine {
    /// How many bytes it has around its keys; nothing if it goes as a whole.
    around: Option<usize>,
    /// How many requests of it were taken over.
    taken: usize,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(out: &'a mut Outgoing) -> Self {
        let mut old = std::mem::take(out);
        out.take_room(&mut old);
        Self {
            old,
            new: out,
            kept: 0,
        }
    }

    /// All that comes before the last `len` bytes stays.
    pub(super) fn keep_all_but(&mut self, len: usize) {
        self.keep(self.old.remaining().saturating_sub(len));
    }

    /// So many of the next bytes stay.
    pub(super) fn keep(&mut self, len: usize) {
        self.kept = self.kept.saturating_add(len);
    }

    /// So many of the next bytes go.
    pub(super) fn skip(&mut self, len: usize) {
        self.finish();
        self.old.skip(len, self.new);
    }

    /// Takes over what stays.
    pub(super) fn finish(&mut self) {
        self.old.pass(std::mem::take(&mut self.kept), self.new);
    }
}

impl SweptLine {
    /// The line that begins with this request.
    pub(super) fn of<T>(head: &Pending<T>) -> Self {
        let around = head.written.len.saturating_sub(head.keys_len);
        Self {
            around: (head.line.left > 0).then_some(around),
            taken: 0,
        }
    }

    /// How much stays in front of the keys.
    pub(super) fn front(&self) -> usize {
        let around = self.around.unwrap_or_default();
        around.saturating_sub(self.end())
    }

    /// How much stays behind them.
    pub(super) fn end(&self) -> usize {
        CRLF.len().min(self.around.unwrap_or_default())
    }

    /// How many bytes stay or go with this request alone.
    pub(super) fn own<T>(&self, pending: &Pending<T>) -> usize {
        match self.around {
            Some(_) => pending.keys_len,
            None => pending.written.len,
        }
    }

    /// A request that stays, in its new place.
    pub(super) fn take<T>(&mut self, pending: Pending<T>) -> Pending<T> {
        let joined = self.taken;
        self.taken = joined.saturating_add(1);
        let around = match joined {
            0 => self.around.unwrap_or_default(),
            _ => 0,
        };
        let keys_len = pending.keys_len;
        Pending {
            joined,
            line: Line { left: 1, keys_len },
            written: Written {
                len: around.saturating_add(keys_len),
                ..pending.written
            },
            ..pending
        }
    }
}
