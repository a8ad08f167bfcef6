//! What the lock of a link guards.

use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use mc_proto::{Connection, Id, Limits, Protocol};
use slab::Slab;

use super::places::Places;
use crate::error::{self, Error, ErrorKind, Stage};
use crate::tokio::bounds::Bounds;
use crate::tokio::runtime::Handle;
use crate::tokio::waiters::Waiters;

/// How long answers may be overdue without any caller who gets one in time; then the connection is given up. So answers
/// that nobody wants any more are bounded: in time by this, in number by `max_in_flight`. They hold no bytes, as each is
/// thrown away as it comes. As long may the socket take nothing while callers wait behind that in vain, unless the send
/// timeout says how long.
pub(super) const MOST_OVERDUE: Duration = Duration::from_secs(1);

/// How long a link that is dropped goes on for answers that nobody awaits.
pub(super) const MOST_LINGER: Duration = Duration::from_secs(5);

pub(super) struct State {
    pub(super) core: Connection<usize>,
    bounds: Bounds,
    /// Whether the next connection tells which protocol is spoken: until then, no request can be encoded, and
    /// callers wait as for room.
    undecided: bool,
    /// Whether callers wait for that.
    pub(super) wanted: bool,
    pub(super) waiters: Waiters,
    /// Bytes that the driver has taken and the socket has not.
    pub(super) in_hand: usize,
    /// Bytes that the sockets have taken so far.
    pub(super) written: u64,
    /// Requests are queued that get no answer, and are to be sent all the same.
    pub(super) posted: bool,
    /// All that is queued waits in the buffer, until something is sent behind it.
    pub(super) held: bool,
    pub(super) connected: bool,
    /// Whether any request was answered on the connection.
    pub(super) answered: bool,
    /// The connection takes no more requests, as the driver is about to give it up, or has, and the cluster does not know
    /// yet whether the server may be asked again: callers wait as for room.
    pub(super) is_lost: bool,
    pub(super) stalled: Option<Stalled>,
    pub(super) overdue: Option<Overdue>,
    pub(super) driver: Driver,
    /// The link is dropped: no caller will come any more.
    pub(super) stopped: bool,
    /// When a link that is dropped gives up on what is not written or not answered.
    pub(super) stop_by: Option<Instant>,
    /// Callers who wait for room.
    pub(super) room: Places,
    /// Those who wait for the answers to what was buffered; `None` once they are woken.
    pub(super) flushing: Slab<Option<Waker>>,
}

/// Answers are overdue, and nobody has got one in time since.
#[derive(Clone, Copy)]
pub(super) struct Overdue {
    pub(super) since: Instant,
    /// The last request that they are owed to; `None` if only to some that nobody awaits alone.
    last: Option<Id>,
}

/// The socket takes nothing of what it is given.
#[derive(Clone, Copy)]
pub(super) struct Stalled {
    pub(super) since: Instant,
    /// Whether somebody was turned away for it, by a deadline or a full queue.
    pub(super) in_vain: bool,
}

pub(super) enum Driver {
    None,
    /// It runs or is about to: it will look again before it sleeps.
    Awake,
    Asleep(Waker),
}

impl State {
    /// `protocol` is what is spoken, if no connection needs to tell.
    pub(super) fn new(protocol: Option<Protocol>, limits: Limits, bounds: Bounds) -> Self {
        Self {
            core: connection(protocol, limits),
            bounds,
            undecided: protocol.is_none(),
            wanted: false,
            waiters: Waiters::default(),
            in_hand: 0,
            written: 0,
            posted: false,
            held: false,
            connected: false,
            answered: false,
            is_lost: false,
            stalled: None,
            overdue: None,
            driver: Driver::None,
            stopped: false,
            stop_by: None,
            room: Places::default(),
            flushing: Slab::new(),
        }
    }

    /// Whether callers must wait: for room, for a connection that tells what is spoken, for the next one, or until the
    /// cluster knows of the loss of the last.
    pub(super) fn is_full(&self) -> bool {
        self.undecided || self.is_lost || self.has_no_room()
    }

    /// Whether so much is under way that there is no room for more.
    pub(super) fn has_no_room(&self) -> bool {
        self.core.pending() >= self.bounds.in_flight || self.unwritten() >= self.bounds.unwritten
    }

    /// How many bytes the sockets will have taken when all that is queued now is written.
    pub(super) fn all_written(&self) -> u64 {
        self.written + self.unwritten() as u64
    }

    /// Whether the sockets have taken so many, or there is nothing left to take: requests are also given up.
    pub(super) fn has_written(&self, bytes: u64) -> bool {
        self.written >= bytes || self.unwritten() == 0
    }

    fn unwritten(&self) -> usize {
        self.core.queued() + self.in_hand
    }

    /// The error of a caller who does not wait for room.
    pub(super) fn overloaded(&self) -> Error {
        let message = format!(
            "the queue is full: {} requests have no answer yet and {} bytes are not written yet, at most {} and {} are \
             allowed; ask less at once, raise max_in_flight or max_unwritten, or wait (WhenFull::Wait)",
            self.core.pending(),
            self.unwritten(),
            self.bounds.in_flight,
            self.bounds.unwritten,
        );
        Error::caller(ErrorKind::Overloaded, message).with_connection(self.connection())
    }

    /// What becomes of the connection if a request is not given to it.
    pub(super) fn connection(&self) -> error::Connection {
        match self.connected {
            true => error::Connection::Kept,
            false => error::Connection::None,
        }
    }

    /// A caller has given up while its request waited to be written, or to be queued; whether it is the first since the
    /// socket takes nothing.
    pub(super) fn waited_in_vain(&mut self) -> bool {
        let stalled = self.stalled.as_mut();
        stalled.is_some_and(|stalled| !std::mem::replace(&mut stalled.in_vain, true))
    }

    /// Whether something is to be written. What is buffered goes out at the end, too.
    pub(super) fn has_to_send(&self) -> bool {
        self.core.queued() > 0 && (!self.held || self.stopped)
    }

    /// Where to start the driver if there is none: at first, or after the runtime that it ran on has ended.
    #[inline]
    pub(super) fn driverless_runtime(&self) -> Result<Option<Handle>, Error> {
        if !matches!(self.driver, Driver::None) {
            return Ok(None);
        }
        super::runtime().map(Some)
    }

    /// Puts a fresh connection in place of the last, which is given back.
    pub(super) fn renew(
        &mut self,
        protocol: Option<Protocol>,
        limits: Limits,
    ) -> Connection<usize> {
        self.undecided = protocol.is_none();
        self.wanted = false;
        self.posted = false;
        self.is_lost = false;
        std::mem::replace(&mut self.core, connection(protocol, limits))
    }

    /// Whether callers wait for a connection to tell what is spoken.
    pub(super) fn is_undecided(&self) -> bool {
        self.undecided
    }

    /// When the connection of a dropped link is given up: not while an answer is owed to a caller in time.
    pub(super) fn stop_by(&mut self) -> Option<Instant> {
        let by = self.stop_by.filter(|_| self.connected)?;
        self.waiters.next_deadline().is_none().then_some(by)
    }

    /// What requests wait for.
    pub(super) fn stage(&self) -> Stage {
        if self.connected {
            Stage::Reply
        } else {
            Stage::Connect
        }
    }

    /// The deadline of a request that was sent has passed; `None` is one that nobody awaits alone.
    pub(super) fn note_overdue(&mut self, id: Option<Id>, now: Instant) {
        let overdue = self.overdue.get_or_insert(Overdue {
            since: now,
            last: id,
        });
        overdue.last = overdue.last.max(id);
    }

    /// A request is about to be answered: as the last of those overdue it ends the delay; in time it shows that
    /// the server goes on, and those behind it have as long again.
    pub(super) fn answering(&mut self, slot: usize, now: Instant) {
        let Some(overdue) = &mut self.overdue else {
            return;
        };
        if Some(self.waiters.id(slot)) >= overdue.last {
            self.overdue = None;
        } else if self.waiters.is_awaited(slot) {
            overdue.since = now;
        }
    }

    /// Whether somebody waits for room though there is some.
    pub(super) fn is_next_in(&self) -> bool {
        !self.room.is_empty() && !self.is_full()
    }

    /// Calls the next who waits for room, if there is some.
    pub(super) fn next_in(&mut self) -> Option<Waker> {
        self.is_next_in().then(|| self.room.call()).flatten()
    }

    /// Whether anybody waits here who is not told yet that it may go on.
    pub(super) fn has_waiting(&self) -> bool {
        !self.room.is_empty() || !self.flushing.is_empty()
    }

    /// A caller has gone. The driver of a link that is dropped has to know, as it may have been the last.
    pub(super) fn caller_gone(&mut self) -> Option<Waker> {
        self.stopped.then(|| self.wake_driver()).flatten()
    }

    pub(super) fn wake_driver(&mut self) -> Option<Waker> {
        match std::mem::replace(&mut self.driver, Driver::Awake) {
            Driver::Asleep(waker) => Some(waker),
            Driver::Awake => None,
            Driver::None => {
                self.driver = Driver::None;
                None
            }
        }
    }

    /// Notes that the driver sleeps; the next request wakes it.
    pub(super) fn sleep(&mut self, cx: &Context<'_>) {
        match &mut self.driver {
            Driver::Asleep(waker) => waker.clone_from(cx.waker()),
            driver => *driver = Driver::Asleep(cx.waker().clone()),
        }
    }
}

/// Where requests are queued for a connection that speaks this, if that is known.
fn connection(protocol: Option<Protocol>, limits: Limits) -> Connection<usize> {
    Connection::new(protocol.unwrap_or_default(), limits).join_gets()
}

#[cfg(test)]
mod tests {
    use mc_proto::Request;

    use super::*;
    use crate::tokio::waiters::Asker;

    fn asked(state: &mut State, deadline: Instant) -> (usize, Id) {
        let slot = state.waiters.next_slot();
        let id = state.core.push(&Request::Version, slot).unwrap();
        state.waiters.wait(id, Asker::until(deadline));
        (slot, id)
    }

    /// Else its place were kept for ever by an answer before it that was in time.
    #[test]
    fn an_overdue_answer_is_not_forgotten_for_one_in_time() {
        let mut state = State::new(Some(Protocol::Text), Limits::default(), Bounds::default());
        let now = Instant::now();
        let later = now + Duration::from_millis(900);
        let (patient, _) = asked(&mut state, now + Duration::from_secs(9));
        let (hasty, id) = asked(&mut state, now);
        state.note_overdue(Some(id), now);
        state.answering(patient, later);
        assert_eq!(state.overdue.map(|it| it.since), Some(later));
        state.answering(hasty, later);
        assert!(state.overdue.is_none());
    }
}
