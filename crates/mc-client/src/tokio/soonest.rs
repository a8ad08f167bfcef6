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

    pub(super) fn first(&self) -> Option<T> {
        let other = self.others.peek().map(|Reverse(item)| *item);
        self.in_order
            .front()
            .copied()
            .into_iter()
            .chain(other)
            .min()
    }

    /// Takes out the first.
    pub(super) fn pop(&mut self) {
        if self.others.peek().map(|Reverse(item)| *item) == self.first() {
            self.others.pop();
        } else {
            self.in_order.pop_front();
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
                assert_eq!(soonest.first(), naive.first().copied());
                assert_eq!(soonest.len(), naive.len());
            }
            soonest.retain(|item| *item > kept);
            naive.retain(|item| *item > kept);
            while let Some(first) = soonest.first() {
                assert_eq!(first, naive.remove(0));
                soonest.pop();
            }
            assert!(naive.is_empty());
        }
    }
}
