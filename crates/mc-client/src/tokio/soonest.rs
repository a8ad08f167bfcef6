//! Deadlines, the soonest first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A queue whose first is its least, for what mostly comes in order: then it costs no more than a queue. What comes out
/// of order is sorted by a heap.
#[derive(Debug)]
pub(super) struct Soonest<T> {
    in_order: VecDeque<T>,
    others: BinaryHeap<Reverse<T>>,
}

impl<T: Ord + Copy> Soonest<T> {
    pub(super) fn push(&mut self, item: T) {
        match self.in_order.back() {
            Some(last) if item < *last => self.others.push(Reverse(item)),
            _ => self.in_order.push_back(item),
        }
    }

    /// The first that is to be kept; those before it are taken out.
    pub(super) fn first(&mut self, keep: impl Fn(&T) -> bool) -> Option<T> {
        while self.in_order.front().is_some_and(|item| !keep(item)) {
            self.in_order.pop_front();
        }
        while self.others.peek().is_some_and(|item| !keep(&item.0)) {
            self.others.pop();
        }
        let in_order = self.in_order.front().copied();
        match self.others.peek() {
            Some(Reverse(other)) => Some(in_order.map_or(*other, |item| item.min(*other))),
            None => in_order,
        }
    }

    /// Takes out the first.
    pub(super) fn pop(&mut self) {
        let first = self.first(|_| true);
        if self.in_order.front() == first.as_ref() {
            self.in_order.pop_front();
        } else {
            self.others.pop();
        }
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&T) -> bool) {
        self.in_order.retain(&keep);
        self.others.retain(|Reverse(item)| keep(item));
    }

    pub(super) fn clear(&mut self) {
        self.in_order.clear();
        self.others.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.in_order.len() + self.others.len()
    }
}

impl<T: Ord> Default for Soonest<T> {
    fn default() -> Self {
        Self {
            in_order: VecDeque::new(),
            others: BinaryHeap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn as_one_sorted_list(steps in prop::collection::vec(prop::option::of(0_u8..20), 0..99), kept in 0_u8..20) {
            let (mut soonest, mut naive) = (Soonest::default(), Vec::new());
            for step in steps {
                match step {
                    Some(item) => {
                        soonest.push(item);
                        naive.push(item);
                        naive.sort_unstable();
                    }
                    None => {
                        soonest.pop();
                        naive.drain(..naive.len().min(1));
                    }
                }
                assert_eq!(soonest.first(|_| true), naive.first().copied());
                assert_eq!(soonest.len(), naive.len());
            }
            soonest.retain(|item| *item > kept);
            naive.retain(|item| *item > kept && *item % 2 == 0);
            while let Some(first) = soonest.first(|item| *item % 2 == 0) {
                assert_eq!(first, naive.remove(0));
                soonest.pop();
            }
            assert!(naive.is_empty());
        }
    }
}
