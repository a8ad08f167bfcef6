//! Which of the servers that hold a key a call asks, and in which order.

use crate::command::Replicas;

/// A call's way through the owner of a key and its replicas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turn {
    replicas: Replicas,
    /// How many servers hold the key: the owner and, if the command concerns them, its replicas.
    holders: usize,
    /// Which of them is asked first.
    first: usize,
    /// How many were tried in vain.
    tried: usize,
}

impl Turn {
    /// Begins at the owner, or, if reads may begin anywhere, at any of them.
    #[inline]
    pub(super) fn new(replicas: Replicas, holders: usize, anywhere: bool) -> Self {
        let spread = anywhere && holders > 1 && replicas == Replicas::Read;
        Self {
            replicas,
            holders,
            first: if spread {
                fastrand::usize(..holders)
            } else {
                0
            },
            tried: 0,
        }
    }

    /// Goes on to the next server, if the command may be answered by another.
    pub(crate) fn next(&mut self) -> bool {
        let more = self.replicas == Replicas::Read && self.tried + 1 < self.holders;
        self.tried += usize::from(more);
        more
    }

    /// Whether the owner is asked now, and gets no copies.
    pub(super) fn is_owners(self) -> bool {
        self.first == 0 && self.tried == 0 && (self.holders == 1 || !self.copies())
    }

    /// Whether the other holders get a copy of the request.
    pub(super) fn copies(self) -> bool {
        self.replicas == Replicas::Write
    }

    /// The indexes of the servers, replicas being the next by index, going round. There may be fewer servers than
    /// when the call began.
    pub(super) fn holders(self, owner: usize, servers: usize) -> impl Iterator<Item = usize> {
        let Self {
            holders,
            first,
            tried,
            ..
        } = self;
        let holders = holders.min(servers);
        // All that are left are asked anew, if there are no more than were tried.
        let tried = if tried < holders { tried } else { 0 };
        (tried..holders).map(move |step| (owner + (first + step) % holders) % servers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_are_the_next_servers_by_index() {
        let mut turn = Turn::new(Replicas::Read, 3, false);
        assert_eq!(turn.holders(2, 4).collect::<Vec<_>>(), [2, 3, 0]);
        assert!(turn.next());
        assert_eq!(turn.holders(2, 4).collect::<Vec<_>>(), [3, 0]);
        assert!(turn.next() && !turn.next());
        // Two of them are gone: there is one left to ask.
        assert_eq!(turn.holders(0, 1).collect::<Vec<_>>(), [0]);
        assert_eq!(turn.holders(2, 4).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn no_server_holds_a_key_twice_after_others_were_removed() {
        let turn = Turn::new(Replicas::Write, 3, false);
        assert_eq!(turn.holders(1, 2).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn only_reads_go_on_and_only_reads_begin_anywhere() {
        for replicas in [Replicas::None, Replicas::Write] {
            let mut turn = Turn::new(replicas, 3, true);
            assert_eq!(turn.holders(1, 3).next(), Some(1));
            assert!(!turn.next());
        }
        let first = |_| Turn::new(Replicas::Read, 2, true).holders(0, 2).next();
        let begun: std::collections::HashSet<_> = (0..100).map(first).collect();
        assert_eq!(begun.len(), 2);
    }
}
