//! The requests that have no reply yet, and what their replies have to fit.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use super::expected::{Expected, Id, Line, Pending, Written};
use super::keys::KeyQueue;
use super::parts::PartQueue;
use super::sweep::{Sweep, SweptLine};
use super::unawaited::{Numbers, Unawaited};
use crate::kind::{Kind, after};
use crate::{Disposition, Outgoing, Protocol, Reply, Request};

/// How many gets one line has at most: half of all that wait for an answer,
/// so that the server is at work on one half while the answers to the other
/// are read; but within these bounds. A server takes as long for a line by
/// itself as for some keys, answers it at once, and a proxy may not answer
/// before it has all of them.
const MOST_JOINED: RangeInclusive<usize> = 32..=100;

/// Requests in the order of their replies. Keys and parts lie in queues of
/// their own, so that no request costs an allocation.
#[derive(Debug)]
pub(super) struct Queue<T> {
    /// Where `lead` starts in the stream of bytes out.
    start: u64,
    /// The requests in front of the first pending one that want no reply.
    lead: Unawaited,
    /// The requests whose replies are awaited, and until the next [`sweep`](Self::sweep) those that were withdrawn.
    pending: VecDeque<Pending<T>>,
    withdrawn: Withdrawn,
    keys: KeyQueue,
    parts: PartQueue,
}

/// A request that is being pushed.
#[derive(Clone, Copy)]
pub(super) struct Asked<'r> {
    pub(super) request: &'r Request<'r>,
    pub(super) kind: Kind,
    pub(super) protocol: Protocol,
}

/// What was withdrawn and is not yet swept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Withdrawn {
    pub(super) requests: usize,
    /// How many bytes they have in the out-buffer.
    pub(super) bytes: usize,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            start: 0,
            lead: Unawaited::default(),
            pending: VecDeque::new(),
            withdrawn: Withdrawn::default(),
            keys: KeyQueue::default(),
            parts: PartQueue::default(),
        }
    }

    /// How many there are, those withdrawn included.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    pub(super) fn withdrawn(&self) -> Withdrawn {
        self.withdrawn
    }

    /// The request whose reply comes last.
    pub(super) fn last(&self) -> Option<&Pending<T>> {
        self.pending.back()
    }

    /// Appends a request that has been written.
    #[inline]
    pub(super) fn push(&mut self, id: Id, tag: T, asked: Asked<'_>, written: Written) {
        let keys_len = self.remember_keys(asked);
        let mut pending = Pending::new(id, tag, asked, written, keys_len);
        pending.keys = asked.request.keys().len();
        pending.parts = self.remember_parts(asked.request);
        self.pending.push_back(pending);
    }

    /// Appends a get whose key has been written into the line of the last, behind a space; so many come before it.
    pub(super) fn join(&mut self, id: Id, tag: T, asked: Asked<'_>, joined: usize, opaque: u32) {
        let before = self.keys.len();
        if let Request::Get { key, .. } = asked.request {
            self.keys.push(key);
        }
        let keys_len = self.keys.len().saturating_sub(before);
        let written = Written {
            len: keys_len,
            opaque,
        };
        self.append(Pending {
            joined,
            ..Pending::new(id, tag, asked, written, keys_len)
        });
    }

    /// How many gets the last request's line has, if that is such a line and has room.
    pub(super) fn may_join(&self, cas: bool) -> Option<usize> {
        let (least, most) = (*MOST_JOINED.start(), *MOST_JOINED.end());
        let together = self.pending.len().div_ceil(2).clamp(least, most);
        let last = self.pending.back()?;
        let joined = last.joined.saturating_add(1);
        let is_open = last.kind == Kind::Get { cas } && last.behind.first().is_none();
        let head = self.pending.get(self.pending.len().checked_sub(joined)?)?;
        (is_open && joined < together && head.line.left > 0).then_some(joined)
    }

    /// Appends a request that has been written and wants no reply.
    pub(super) fn push_noreply(&mut self, written: Written) {
        self.behind_last().push(written);
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
        self.start = self.start.saturating_add(passed.len() as u64);
    }

    /// What the next reply has to fit.
    #[inline]
    pub(super) fn first(&self) -> Option<(Id, Expected<'_>)> {
        let first = self.pending.front()?;
        let expected = Expected {
            kind: first.kind,
            command: first.command,
            line: first.line.left,
            keys: self.keys.front(first.line.keys_len),
            count: first.keys,
            parts: self.parts.front(first.parts),
            opaque: first.written.opaque,
        };
        Some((first.id, expected))
    }

    /// Takes the request that this is the reply to, and says what becomes of
    /// the connection.
    #[inline]
    pub(super) fn pop(&mut self, protocol: Protocol, reply: &Reply) -> Option<(T, Disposition)> {
        let first = self.pending.pop_front()?;
        self.settle();
        self.start = self.start.saturating_add(first.written.len as u64);
        self.lead = first.behind;
        let left = first.line.left.saturating_sub(1);
        if left > 0
            && let Some(next) = self.pending.front_mut()
        {
            next.line = Line { left, ..first.line };
            // What ends the connection is told to the whole line first.
            return Some((first.tag?, Disposition::Keep));
        }
        self.keys.pop(first.line.keys_len);
        let parts = self.parts.front(first.parts);
        let disposition = after(protocol, first.kind, || parts.iter(), reply);
        self.parts.pop(first.parts);
        Some((first.tag?, disposition))
    }

    /// Takes back the tag of one of the last `unsent` requests; what else is
    /// kept of it goes with the next [`sweep`](Self::sweep).
    pub(super) fn withdraw(&mut self, id: Id, unsent: usize) -> Option<T> {
        let index = self.pending.binary_search_by_key(&id, |it| it.id).ok()?;
        if self.pending.len().saturating_sub(index) > unsent {
            return None;
        }
        let pending = self.pending.get_mut(index)?;
        let (tag, keys_len) = (pending.tag.take()?, pending.keys_len);
        let head = index.checked_sub(pending.joined)?;
        let head = self.pending.get_mut(head)?;
        head.line.left = head.line.left.saturating_sub(1);
        // The words around the keys go with the last of them.
        let around = match head.line.left {
            0 => head.written.len.saturating_sub(head.keys_len),
            _ => 0,
        };
        let Withdrawn { requests, bytes } = &mut self.withdrawn;
        *requests = requests.saturating_add(1);
        *bytes = bytes.saturating_add(keys_len).saturating_add(around);
        Some(tag)
    }

    /// Takes out what was withdrawn of the last `unsent` requests, whose bytes
    /// end the out-buffer. Gives how many are left of them.
    ///
    /// One pass for many: to close the gap behind each by itself moves all that
    /// is queued behind it, as often as there are any. What lies together stays
    /// together, so that most of it is not copied.
    pub(super) fn sweep(&mut self, unsent: usize, outgoing: &mut Outgoing) -> usize {
        self.withdrawn = Withdrawn::default();
        let sent = self.pending.len().saturating_sub(unsent);
        let mut last = self.pending.split_off(sent);
        let sum = |of: fn(&Pending<T>) -> usize| last.iter().map(of).sum::<usize>();
        let mut keys = self.keys.take_last(sum(|it| it.keys_len));
        let mut parts = self.parts.take_last(sum(|it| it.parts));
        let mut bytes = Sweep::new(outgoing);
        bytes.keep_all_but(sum(|it| it.written.len.saturating_add(it.behind.len())));
        let mut line = SweptLine::default();
        while let Some(mut pending) = last.pop_front() {
            if pending.joined == 0 {
                line = SweptLine::of(&pending);
                bytes.keep(line.front());
            }
            let own = line.own(&pending);
            let behind = std::mem::take(&mut pending.behind);
            if pending.tag.is_some() {
                keys.pass(pending.keys_len, &mut self.keys);
                parts.pass(pending.parts, &mut self.parts);
                bytes.keep(own);
                self.append(line.take(pending));
            } else {
                keys.skip(pending.keys_len);
                parts.pop(pending.parts);
                bytes.skip(own);
            }
            if last.front().is_none_or(|next| next.joined == 0) {
                bytes.keep(line.end().saturating_add(behind.len()));
                self.behind_last().append(behind);
            }
        }
        bytes.finish();
        self.pending.len().saturating_sub(sent)
    }

    /// Appends a request, whose keys are remembered, to its line.
    #[inline]
    fn append(&mut self, pending: Pending<T>) {
        let head = self.pending.len().checked_sub(pending.joined);
        if let Some(head) = head.and_then(|head| self.pending.get_mut(head)) {
            head.line.left = head.line.left.saturating_add(1);
            head.line.keys_len = head.line.keys_len.saturating_add(pending.keys_len);
        }
        self.pending.push_back(pending);
    }

    /// The requests behind the last pending one that want no reply.
    fn behind_last(&mut self) -> &mut Unawaited {
        let last = self.pending.back_mut();
        last.map_or(&mut self.lead, |last| &mut last.behind)
    }

    /// Takes the tags of all, each with the place where its line starts in
    /// the stream of bytes out. Behind one that is withdrawn and not swept it
    /// is too high, which is as good: nothing that comes there was taken.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (T, u64)> {
        self.settle();
        self.withdrawn = Withdrawn::default();
        self.keys.clear();
        self.parts.clear();
        let (mut next, mut start) = (self.start, self.start);
        self.pending.drain(..).filter_map(move |pending| {
            if pending.joined == 0 {
                start = next;
            }
            let len = pending.written.len.saturating_add(pending.behind.len());
            next = next.saturating_add(len as u64);
            Some((pending.tag?, start))
        })
    }

    /// Keeps the keys of a get for its reply, if that names them. Gives the room that they take.
    #[inline]
    fn remember_keys(&mut self, asked: Asked<'_>) -> usize {
        let before = self.keys.len();
        match asked.request {
            // Other protocols answer a get of one key by its number, and binary one of many by theirs.
            Request::Get { key, .. } | Request::Gat { key, .. }
                if asked.protocol == Protocol::Text =>
            {
                self.keys.push(key);
            }
            Request::GetMany { keys, .. } | Request::GatMany { keys, .. }
                if asked.protocol != Protocol::Binary =>
            {
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
        self.parts.extend(requests.iter().map(Kind::of));
        requests.len()
    }
}
