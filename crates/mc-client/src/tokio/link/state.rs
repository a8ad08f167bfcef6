//! What the lock of a link guards.

use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use mc_proto::{Connection, Id, Limits, Protocol};
use slab::Slab;
use tokio::runtime::Handle;

use crate::error::{Error, Stage};
use crate::tokio::waiters::Waiters;

/// Requests that one server owes an answer, placeholders included. More callers wait for room.
const MAX_IN_FLIGHT: usize = 1 << 16;
/// Bytes encoded and not yet written, beyond which callers wait for room. One request may exceed it.
const MAX_UNWRITTEN: usize = 8 << 20;

/// How long answers may be overdue without a caller who gets one in time; then the connection is given up.
pub(super) const MOST_OVERDUE: Duration = Duration::from_secs(1);

/// How long a link that is dropped goes on for answers that nobody awaits.
pub(super) const MOST_LINGER: Duration = Duration::from_secs(5);

pub(super) struct State {
    pub(super) core: Connection<usize>,
    /// Whether the next connection tells which protocol is spoken: until then, no request can be encoded, and
    /// callers wait as for room.
    undecided: bool,
    /// Whether callers wait for that.
    pub(super) wanted: bool,
    pub(super) waiters: Waiters,
    /// Bytes that the driver has taken and the socket has not.
    pub(super) in_hand: usize,
    /// Requests are queued that get no answer, and are to be sent all the same.
    pub(super) posted: bool,
    /// All that is queued waits in the buffer, until something is sent behind it.
    pub(super) held: bool,
    pub(super) connected: bool,
    /// Whether any request was answered on the connection.
    pub(super) answered: bool,
    /// Since when the socket takes nothing of what it is given.
    pub(super) stalled: Option<Instant>,
    pub(super) overdue: Option<Overdue>,
    pub(super) driver: Driver,
    /// The link is dropped: no caller will come any more.
    pub(super) stopped: bool,
    /// When a link that is dropped gives up on what is not written or not answered.
    pub(super) stop_by: Option<Instant>,
    /// Callers who wait for room; `None` once they are woken.
    pub(super) room: Slab<Place>,
}

/// Answers are overdue, and nobody has got one in time since.
#[derive(Clone, Copy)]
pub(super) struct Overdue {
    pub(super) since: Instant,
    /// The last request that they are owed to; `None` if only to some that nobody awaits alone.
    last: Option<Id>,
}

/// Where a caller waits for room.
#[derive(Default)]
pub(super) struct Place {
    /// `None` once it is woken.
    pub(super) waker: Option<Waker>,
    /// Why there will be none.
    pub(super) failure: Option<Error>,
}

pub(super) enum Driver {
    None,
    /// It runs or is about to: it will look again before it sleeps.
    Awake,
    Asleep(Waker),
}

impl State {
    /// `protocol` is what is spoken, if no connection needs to tell.
    pub(super) fn new(protocol: Option<Protocol>, limits: Limits) -> Self {
        Self {
            core: Connection::new(protocol.unwrap_or_default(), limits),
            undecided: protocol.is_none(),
            wanted: false,
            waiters: Waiters::default(),
            in_hand: 0,
            posted: false,
            held: false,
            connected: false,
            answered: false,
            stalled: None,
            overdue: None,
            driver: Driver::None,
            stopped: false,
            stop_by: None,
            room: Slab::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.undecided
            || self.core.pending() >= MAX_IN_FLIGHT
            || self.core.queued() + self.in_hand >= MAX_UNWRITTEN
    }

    /// Whether something is to be written. What is buffered goes out at the end, too.
    pub(super) fn has_to_send(&self) -> bool {
        self.core.queued() > 0 && (!self.held || self.stopped)
    }

    /// Where to start the driver if there is none: at first, or after the runtime that it ran on has ended.
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
        std::mem::replace(
            &mut self.core,
            Connection::new(protocol.unwrap_or_default(), limits),
        )
    }

    /// Whether callers wait for a connection to tell what is spoken.
    pub(super) fn is_undecided(&self) -> bool {
        self.undecided
    }

    /// When the connection of a dropped link is given up: not while an answer is owed to a caller in time.
    pub(super) fn stop_by(&mut self) -> Option<Instant> {
        let is_owed = self.waiters.next_deadline().is_some();
        self.stop_by.filter(|_| self.connected && !is_owed)
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

    /// A request is about to be answered: in time, or as the last of those overdue, it ends the delay.
    pub(super) fn answering(&mut self, slot: usize) {
        let last = self.overdue.and_then(|overdue| overdue.last);
        if self.waiters.is_awaited(slot) || self.waiters.id(slot) >= last {
            self.overdue = None;
        }
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
        self.driver = Driver::Asleep(cx.waker().clone());
    }
}
