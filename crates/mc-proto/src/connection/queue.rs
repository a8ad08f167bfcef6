//! The requests that have no reply yet, and what their replies have to fit.

use std::collections::VecDeque;

use super::expected::{Expected, Id, Pending, Written};
use super::keys::KeyQueue;
use super::parts::PartQueue;
use super::unawaited::{Numbers, Unawaited};
use crate::kind::{Kind, after};
use crate::outgoing::Mark;
use crate::{Disposition, Protocol, Reply, Request};

/// Requests in the order of their replies. Keys and parts lie in queues of
/// their own, so that no request costs an allocation.
#[derive(Debug)]
pub(super) struct Queue<T> {
    /// Where `lead` starts in the stream of bytes out.
    start: u64,
    /// The requests in front of the first pending one that want no reply.
    lead: Unawaited,
    pending: VecDeque<Pending<T>>,
    keys: KeyQueue,
    parts: PartQueue,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            start: 0,
            lead: Unawaited::default(),
            pending: VecDeque::new(),
            keys: KeyQueue::default(),
            parts: PartQueue::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// The request whose reply comes last.
    pub(super) fn last(&self) -> Option<&Pending<T>> {
        self.pending.back()
    }

    /// Appends a request that has been written.
    pub(super) fn push(&mut self, id: Id, tag: T, request: &Request<'_>, written: Written) {
        let keys_len = self.remember_keys(request);
        let parts = self.remember_parts(request);
        self.pending.push_back(Pending {
            id,
            tag,
            kind: Kind::of(request),
            command: request.name(),
            written,
            keys_len,
            parts,
            behind: Unawaited::default(),
        });
    }

    /// Appends a request that has been written and wants no reply.
    pub(super) fn push_noreply(&mut self, written: Written) {
        let last = self.pending.back_mut();
        last.map_or(&mut self.lead, |last| &mut last.behind)
            .push(written);
    }

    /// The numbers of the requests in front of the first pending one that want
    /// no reply, if there are any; `next` is the number of the next push.
    pub(super) fn noreply(&self, next: u32) -> Option<Numbers> {
        let first = self.lead.first()?;
        let pending = self.pending.front();
        let end = pending.map_or(next, |pending| pending.written.opaque);
        let count = end.wrapping_sub(first);
        Some(Numbers { first, count })
    }

    /// One of those requests has been answered.
    pub(super) fn noreply_answered(&mut self, opaque: u32) {
        self.lead.answered(opaque);
    }

    /// The first pending request is being answered, so that those in front of
    /// it no longer can be.
    pub(super) fn settle(&mut self) {
        let passed = std::mem::take(&mut self.lead);
        self.start = self.start.saturating_add(passed.len());
    }

    /// What the next reply has to fit.
    pub(super) fn first(&self) -> Option<(Id, Expected<'_>)> {
        let first = self.pending.front()?;
        let expected = Expected {
            kind: first.kind,
            command: first.command,
            keys: self.keys.front(first.keys_len),
            parts: self.parts.front(first.parts),
            opaque: first.written.opaque,
        };
        Some((first.id, expected))
    }

    /// Takes the request that this is the reply to, and says what becomes of
    /// the connection.
    pub(super) fn pop(
        &mut self,
        protocol: Protocol,
        reply: &Reply,
    ) -> Option<(Pending<T>, Disposition)> {
        let first = self.pending.pop_front()?;
        self.settle();
        self.start = self.start.saturating_add(first.written.len);
        self.lead = first.behind;
        self.keys.pop(first.keys_len);
        let parts = self.parts.front(first.parts);
        let disposition = after(protocol, first.kind, parts.iter(), reply);
        self.parts.pop(first.parts);
        Some((first, disposition))
    }

    /// Takes out one of the last `unsent` requests. `end` is the end of the
    /// bytes that they have; the answer has the start and the end of its own.
    pub(super) fn remove(&mut self, id: Id, unsent: usize, end: Mark) -> Option<(T, Mark, Mark)> {
        let index = self
            .pending
            .binary_search_by_key(&id, |pending| pending.id)
            .ok()?;
        if self.pending.len().saturating_sub(index) > unsent {
            return None;
        }
        let removed = self.pending.remove(index)?;
        let (mut end, mut keys_behind, mut parts_behind) = (end, 0_usize, 0_usize);
        for later in self.pending.range(index..) {
            end = end.back(later.behind.room()).back(later.written.room);
            keys_behind = keys_behind.saturating_add(later.keys_len);
            parts_behind = parts_behind.saturating_add(later.parts);
        }
        end = end.back(removed.behind.room());
        let before = index.checked_sub(1);
        let before = before.and_then(|index| self.pending.get_mut(index));
        let before = before.map_or(&mut self.lead, |before| &mut before.behind);
        before.append(removed.behind);
        self.keys.remove(removed.keys_len, keys_behind);
        self.parts.remove(removed.parts, parts_behind);
        Some((removed.tag, end.back(removed.written.room), end))
    }

    /// Takes the tags of all, each with the place where its request starts in
    /// the stream of bytes out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (T, u64)> {
        self.settle();
        self.keys.clear();
        self.parts.clear();
        let mut next = self.start;
        self.pending.drain(..).map(move |pending| {
            let start = next;
            let len = pending.written.len.saturating_add(pending.behind.len());
            next = start.saturating_add(len);
            (pending.tag, start)
        })
    }

    /// Keeps the keys of a get for its reply. Gives the room that they take.
    fn remember_keys(&mut self, request: &Request<'_>) -> usize {
        let before = self.keys.len();
        match request {
            Request::Get { key, .. } | Request::Gat { key, .. } => self.keys.push(key),
            Request::GetMany { keys, .. } | Request::GatMany { keys, .. } => {
                keys.iter().for_each(|key| self.keys.push(key));
            }
            Request::Meta(request) => {
                let (mark, key) = request.echoes();
                mark.into_iter().for_each(|mark| self.keys.push_mark(mark));
                key.iter().for_each(|key| self.keys.push(key));
            }
            _ => {}
        }
        self.keys.len().saturating_sub(before)
    }

    /// Keeps the shapes of the requests of a batch. Gives their number.
    fn remember_parts(&mut self, request: &Request<'_>) -> usize {
        let Request::Batch(requests) = request else {
            return 0;
        };
        let kinds = requests.iter().map(Kind::of);
        kinds.for_each(|kind| self.parts.push(kind));
        requests.len()
    }
}
