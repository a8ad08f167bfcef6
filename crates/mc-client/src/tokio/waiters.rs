//! Who waits for what on one connection: a slot for each request, and the deadlines in order.
//!
//! A slot lives as long as anyone may still name it: the connection, which gives the answer, and the caller,
//! who takes it. A caller who has gone leaves a placeholder, so that the answer, when it comes, is thrown away.

use std::task::{Poll, Waker};
use std::time::Instant;

use mc_proto::{Id, Reply};
use slab::Slab;

use super::soonest::Soonest;
use crate::call::Collected;
use crate::error::Error;

/// Deadlines of answered requests that are not worth the looking for.
const SPARE: usize = 64;

/// What a caller gets: the reply, or why there is none.
pub(super) type Answer = Result<Reply, Error>;

/// A caller, as it queues a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'w> {
    pub(super) since: Instant,
    pub(super) deadline: Instant,
    /// Of one who would look in this poll already, and need not: it is woken when there is something to look for.
    pub(super) waker: Option<&'w Waker>,
}

impl Asker<'_> {
    /// Of one who looks later.
    pub(super) fn until(deadline: Instant) -> Self {
        Self {
            since: Instant::now(),
            deadline,
            waker: None,
        }
    }
}

/// The callers of one connection.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    slots: Slab<Slot>,
    /// A request that is no longer owed its answer is passed over.
    deadlines: Soonest<Deadline>,
    /// How many requests were queued whose answers are collected, how many of those have come, which they do in that
    /// order, and what they said.
    posted: u64,
    told: u64,
    pub(super) collected: Collected,
}

#[derive(Debug)]
struct Slot {
    /// The request: tells a slot's uses apart.
    id: Id,
    /// When it was queued.
    since: Instant,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Both wait.
    Waiting(Option<Waker>),
    /// The connection has answered; the caller has not looked yet.
    Answered(Answer),
    /// The deadline has passed, the caller has not looked yet, and the connection still owes the answer.
    Expired(Error),
    /// The caller has gone; the connection still owes the answer.
    Abandoned,
    /// Nobody waits for this answer alone, but what it says is not forgotten.
    Collected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    at: Instant,
    slot: usize,
    id: Id,
}

impl Waiters {
    /// The slot of the next request.
    pub(super) fn next_slot(&self) -> usize {
        self.slots.vacant_key()
    }

    /// The request was pushed as `id`, for the next slot.
    #[inline]
    pub(super) fn wait(&mut self, id: Id, asker: Asker<'_>) {
        let slot = self.slots.insert(Slot {
            id,
            since: asker.since,
            state: State::Waiting(asker.waker.cloned()),
        });
        if self.deadlines.len() > SPARE + 2 * self.slots.len() {
            self.forget_answered();
        }
        self.deadlines.push(Deadline {
            at: asker.deadline,
            slot,
            id,
        });
    }

    /// The same, of a request whose answer is collected. It has no deadline: it may not be sent for long.
    pub(super) fn collect(&mut self, id: Id) {
        self.posted += 1;
        self.slots.insert(Slot {
            id,
            since: Instant::now(),
            state: State::Collected,
        });
    }

    /// How many answers are collected and still to come.
    pub(super) fn uncollected(&self) -> u64 {
        self.posted - self.told
    }

    /// How many requests there were so far whose answers are collected: for [`has_told`](Self::has_told).
    pub(super) fn posted(&self) -> u64 {
        self.posted
    }

    /// Whether the answers to the first so many have come.
    pub(super) fn has_told(&self, posted: u64) -> bool {
        self.told >= posted
    }

    /// Short deadlines at the front would keep all longer ones behind them, long after their answers.
    fn forget_answered(&mut self) {
        self.deadlines.retain(|it| is_owed(&self.slots, *it));
    }

    /// Whether every caller has gone or been answered.
    pub(super) fn nobody_waits(&self) -> bool {
        !self.slots.iter().any(|(slot, _)| self.is_awaited(slot))
    }

    /// Whether no slot is taken.
    #[cfg(all(test, shuttle))]
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.uncollected() == 0
    }

    /// The request of a slot.
    pub(super) fn id(&self, slot: usize) -> Id {
        self.slots[slot].id
    }

    /// When the request of a slot was queued.
    pub(super) fn since(&self, slot: usize) -> Instant {
        self.slots[slot].since
    }

    /// Whether a caller waits for this answer, alone or with others.
    pub(super) fn is_awaited(&self, slot: usize) -> bool {
        matches!(self.slots[slot].state, State::Waiting(_) | State::Collected)
    }

    /// Whether nobody wants this answer any more.
    pub(super) fn is_late(&self, slot: usize) -> bool {
        matches!(self.slots[slot].state, State::Abandoned | State::Expired(_))
    }

    /// The connection answers; the waker of a caller who sleeps.
    #[inline]
    pub(super) fn answer(&mut self, slot: usize, answer: Answer) -> Option<Waker> {
        let state = &mut self.slots[slot].state;
        match state {
            State::Waiting(waker) => {
                let waker = waker.take();
                *state = State::Answered(answer);
                return waker;
            }
            State::Expired(error) => *state = State::Answered(Err(error.clone())),
            State::Collected => {
                self.slots.remove(slot);
                self.told += 1;
                self.collected.take(answer);
            }
            State::Abandoned | State::Answered(_) => drop(self.slots.remove(slot)),
        }
        None
    }

    /// The caller looks; while there is nothing yet, `waker` is kept for then. One that was kept before and is another is
    /// put into `old`: a waker may own what comes back here as it is dropped.
    #[inline]
    pub(super) fn take(
        &mut self,
        slot: usize,
        waker: &Waker,
        old: &mut Option<Waker>,
    ) -> Poll<Answer> {
        let state = &mut self.slots[slot].state;
        if let State::Waiting(kept) = state {
            if !kept.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
                *old = kept.replace(waker.clone());
            }
            return Poll::Pending;
        }
        if let State::Expired(error) = state {
            let error = error.clone();
            *state = State::Abandoned;
            return Poll::Ready(Err(error));
        }
        // By itself: so the answer is moved once, and not as a part of its slot.
        let taken = std::mem::replace(state, State::Abandoned);
        self.slots.remove(slot);
        match taken {
            State::Answered(answer) => Poll::Ready(answer),
            // Of a caller who has gone.
            _ => Poll::Pending,
        }
    }

    /// The caller has gone; its waker.
    pub(super) fn abandon(&mut self, slot: usize) -> Option<Waker> {
        let state = &mut self.slots[slot].state;
        if let State::Answered(_) = state {
            self.slots.remove(slot);
            return None;
        }
        match std::mem::replace(state, State::Abandoned) {
            State::Waiting(waker) => waker,
            _ => None,
        }
    }

    /// The connection is gone, and has answered everybody. The next one names its requests anew,
    /// by the same ids.
    pub(super) fn forget_deadlines(&mut self) {
        self.deadlines.clear();
    }

    /// When the next deadline passes.
    pub(super) fn next_deadline(&mut self) -> Option<Instant> {
        self.first_owed().map(|first| first.at)
    }

    /// The next request whose deadline has passed.
    pub(super) fn next_expired(&mut self, now: Instant) -> Option<(usize, Id)> {
        let due = self.first_owed().filter(|first| first.at <= now)?;
        self.deadlines.pop();
        Some((due.slot, due.id))
    }

    fn first_owed(&mut self) -> Option<Deadline> {
        self.deadlines.first(|it| is_owed(&self.slots, *it))
    }

    /// The deadline of this request has passed, and the connection still owes the answer.
    pub(super) fn expire(&mut self, slot: usize, error: Error) -> Option<Waker> {
        match &mut self.slots[slot].state {
            State::Waiting(waker) => {
                let waker = waker.take();
                self.slots[slot].state = State::Expired(error);
                waker
            }
            _ => None,
        }
    }
}

/// Whether the answer is still owed. That of a caller who has gone, too: callers with a shorter patience
/// than their deadline must not keep a dead connection alive.
fn is_owed(slots: &Slab<Slot>, deadline: Deadline) -> bool {
    slots.get(deadline.slot).is_some_and(|slot| {
        slot.id == deadline.id && matches!(slot.state, State::Waiting(_) | State::Abandoned)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mc_proto::{Connection, Limits, Request};

    use super::*;

    #[test]
    fn deadlines_of_answered_requests_do_not_pile_up() {
        let mut core = Connection::new(mc_proto::Protocol::Text, Limits::default());
        let (mut waiters, now) = (Waiters::default(), Instant::now());
        let mut push = |waiters: &mut Waiters, seconds| {
            let slot = waiters.next_slot();
            let id = core.push(&Request::Version, slot).unwrap();
            waiters.wait(id, Asker::until(now + Duration::from_secs(seconds)));
            slot
        };
        push(&mut waiters, 1);
        for _ in 0..10_000 {
            let slot = push(&mut waiters, 10);
            waiters.answer(slot, Ok(Reply::Ok));
            let taken = waiters.take(slot, Waker::noop(), &mut None);
            assert!(matches!(taken, Poll::Ready(Ok(_))));
        }
        assert!(waiters.deadlines.len() < 100);
        assert_eq!(waiters.next_deadline(), Some(now + Duration::from_secs(1)));
    }
}
