//! What the lock of a link guards.

use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use mc_proto::{Connection, Id};
use slab::Slab;
use tokio::runtime::Handle;

use super::Refused;
use crate::error::{Error, ErrorKind, Stage};
use crate::tokio::waiters::Waiters;

/// Requests that one server owes an answer, placeholders included. More callers wait for room.
const MAX_IN_FLIGHT: usize = 1 << 16;
/// Bytes encoded and not yet written, beyond which callers wait for room. One request may exceed it.
const MAX_UNWRITTEN: usize = 8 << 20;

/// How long answers may be overdue without a caller who gets one in time; then the connection is given up.
pub(super) const MOST_OVERDUE: Duration = Duration::from_secs(1);

pub(super) struct State {
    pub(super) core: Connection<usize>,
    pub(super) waiters: Waiters,
    /// Bytes that the driver has taken and the socket has not.
    pub(super) in_hand: usize,
    pub(super) connected: bool,
    pub(super) overdue: Option<Overdue>,
    pub(super) driver: Driver,
    /// The link is dropped: no caller will come any more.
    pub(super) stopped: bool,
    /// Callers who wait for room; `None` once they are woken.
    pub(super) room: Slab<Option<Waker>>,
}

/// Answers are overdue, and nobody has got one in time since.
#[derive(Clone, Copy)]
pub(super) struct Overdue {
    pub(super) since: Instant,
    /// The last request that they are owed to.
    last: Id,
}

pub(super) enum Driver {
    None,
    /// It runs or is about to: it will look again before it sleeps.
    Awake,
    Asleep(Waker),
}

impl State {
    pub(super) fn new(core: Connection<usize>) -> Self {
        Self {
            core,
            waiters: Waiters::default(),
            in_hand: 0,
            connected: false,
            overdue: None,
            driver: Driver::None,
            stopped: false,
            room: Slab::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.core.pending() >= MAX_IN_FLIGHT || self.core.queued() + self.in_hand >= MAX_UNWRITTEN
    }

    /// Where to start the driver if there is none: at first, or after the runtime that it ran on has ended.
    pub(super) fn driverless_runtime(&self) -> Result<Option<Handle>, Refused> {
        if !matches!(self.driver, Driver::None) {
            return Ok(None);
        }
        Handle::try_current().map(Some).map_err(|cause| {
            let message = "the async client works only inside a tokio runtime";
            Refused::Failed(Error::caller(ErrorKind::Config, message).because(cause))
        })
    }

    /// What requests wait for.
    pub(super) fn stage(&self) -> Stage {
        if self.connected {
            Stage::Reply
        } else {
            Stage::Connect
        }
    }

    /// The deadline of a request that was sent has passed.
    pub(super) fn note_overdue(&mut self, id: Id, now: Instant) {
        let overdue = self.overdue.get_or_insert(Overdue {
            since: now,
            last: id,
        });
        overdue.last = overdue.last.max(id);
    }

    /// A request is about to be answered: in time, or as the last of those overdue, it ends the delay.
    pub(super) fn answering(&mut self, slot: usize) {
        let last = self.overdue.map(|overdue| overdue.last);
        if self.waiters.is_awaited(slot) || self.waiters.id(slot) >= last {
            self.overdue = None;
        }
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
