//! The reply to gets of one key that share a line, each of which has an answer
//! of its own.

use crate::{Item, Reply};

/// A slot for each get, and how far they have been answered.
#[derive(Debug)]
pub(super) struct Joined {
    slots: Vec<Option<Item>>,
    /// How many have been answered.
    answered: usize,
    /// Once the server has ended its reply: what it says to those without a
    /// row.
    end: Option<Reply>,
}

impl Joined {
    /// For so many gets, in the slots of another reply.
    pub(super) fn new(gets: usize, mut slots: Vec<Option<Item>>) -> Self {
        slots.clear();
        slots.resize_with(gets, || None);
        Self {
            slots,
            answered: 0,
            end: None,
        }
    }

    /// All slots, those of answered gets among them.
    pub(super) fn slots(&mut self) -> &mut [Option<Item>] {
        &mut self.slots
    }

    /// How many gets have been answered.
    pub(super) fn answered(&self) -> usize {
        self.answered
    }

    /// Whether this get has neither an answer nor a row.
    pub(super) fn is_free(&self, index: usize) -> bool {
        index >= self.answered && self.slots.get(index).is_some_and(Option::is_none)
    }

    /// The server has ended its reply.
    pub(super) fn end(&mut self, with: Reply) {
        self.end = Some(with);
    }

    /// Whether the get whose turn it is has an answer. The last waits for the
    /// end of the reply, which is its own; a miss as well, for a proxy may
    /// change the order of the rows.
    #[inline]
    pub(super) fn has_answer(&self) -> bool {
        let has_row = self.slots.get(self.answered).is_some_and(Option::is_some);
        let is_last = self.answered.saturating_add(1) == self.slots.len();
        self.end.is_some() || (has_row && !is_last)
    }

    /// The answer to the get whose turn it is.
    #[inline]
    pub(super) fn answer(&mut self) -> Option<Reply> {
        if !self.has_answer() {
            return None;
        }
        let item = self.slots.get_mut(self.answered).and_then(Option::take);
        self.answered = self.answered.saturating_add(1);
        match item {
            Some(item) => Some(Reply::Value(Some(item))),
            None => self.end.clone(),
        }
    }

    /// The slots, once all gets have been answered.
    pub(super) fn spent(&mut self) -> Option<Vec<Option<Item>>> {
        let is_over = self.answered >= self.slots.len();
        is_over.then(|| std::mem::take(&mut self.slots))
    }
}
