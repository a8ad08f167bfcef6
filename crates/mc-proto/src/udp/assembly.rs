//! One reply, put together from datagrams that arrive in any order.
//!
//! As a rule they arrive in order, so each is appended to those before it, and
//! its bytes are copied once. One that comes early waits aside for its turn.

use std::collections::BTreeMap;

use bytes::BytesMut;

use super::Header;
use super::dropped::Reason;

/// What a datagram takes beside its payload: its place in the map of those
/// that wait, and an allocation's own needs.
const OVERHEAD: usize = 64;

/// A reply as far as it has arrived.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    /// How many datagrams it has; `None` before the first has arrived.
    total: Option<u16>,
    /// The payloads of the first datagrams, in order.
    joined: BytesMut,
    /// How many those are, and so the sequence number that is due.
    next: u16,
    /// Payloads that have arrived before their turn.
    early: BTreeMap<u16, Box<[u8]>>,
    /// What all of it costs.
    held: usize,
}

/// What it costs to hold a payload of so many bytes.
pub(super) fn cost(payload: &[u8]) -> usize {
    payload.len().saturating_add(OVERHEAD)
}

impl Assembly {
    /// How many datagrams the reply has, if one has arrived.
    pub(super) fn total(&self) -> Option<u16> {
        self.total
    }

    /// How many of them have arrived.
    pub(super) fn received(&self) -> u16 {
        // No more wait than there are sequence numbers.
        let early = u16::try_from(self.early.len()).unwrap_or(u16::MAX);
        self.next.saturating_add(early)
    }

    /// The cost of all payloads that have arrived.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Whether a datagram is a part that is missing.
    pub(super) fn needs(&self, header: &Header) -> Result<(), Reason> {
        let total = self.total.unwrap_or(header.total);
        if header.total != total {
            Err(Reason::Inconsistent)
        } else if header.sequence < self.next || self.early.contains_key(&header.sequence) {
            Err(Reason::Duplicate)
        } else {
            Ok(())
        }
    }

    /// Takes a part that is missing. Gives the whole reply if it was the last.
    pub(super) fn put(&mut self, header: &Header, payload: &[u8]) -> Option<BytesMut> {
        self.total = Some(header.total);
        self.held = self.held.saturating_add(cost(payload));
        if header.sequence != self.next {
            self.early.insert(header.sequence, payload.into());
            return None;
        }
        self.append(payload);
        while let Some(payload) = self.early.remove(&self.next) {
            self.append(&payload);
        }
        (self.next == header.total).then(|| std::mem::take(&mut self.joined))
    }

    fn append(&mut self, payload: &[u8]) {
        self.joined.extend_from_slice(payload);
        self.next = self.next.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All parts that were ever put, sorted: those of the reply if there is
    /// one for each place.
    fn naive(parts: &[(u16, Vec<u8>)], total: u16) -> Option<Vec<u8>> {
        let sorted: BTreeMap<_, _> = parts.iter().rev().cloned().collect();
        let whole = sorted.len() == usize::from(total);
        whole.then(|| sorted.into_values().flatten().collect())
    }

    proptest! {
        #[test]
        fn as_a_sorted_list(total in 1_u16..8, parts in prop::collection::vec((0_u16..8, prop::collection::vec(any::<u8>(), 1..4)), 0..24)) {
            let mut assembly = Assembly::default();
            let mut put: Vec<(u16, Vec<u8>)> = Vec::new();
            for (sequence, payload) in parts {
                let header = Header { id: 1, sequence: sequence % total, total };
                let known = put.iter().any(|(at, _)| *at == header.sequence);
                assert_eq!(assembly.needs(&header), if known { Err(Reason::Duplicate) } else { Ok(()) });
                assert_eq!(assembly.needs(&Header { total: 9, ..header }).is_ok(), put.is_empty());
                if known {
                    continue;
                }
                put.push((header.sequence, payload.clone()));
                let whole = assembly.put(&header, &payload);
                assert_eq!(whole.as_deref(), naive(&put, total).as_deref());
                assert_eq!(usize::from(assembly.received()), put.len());
                assert_eq!(assembly.held(), put.iter().map(|(_, payload)| payload.len() + OVERHEAD).sum::<usize>());
            }
        }
    }
}
