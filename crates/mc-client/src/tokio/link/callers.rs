//! The callers' side of a link: queue a request, take its answer, wait for room.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use mc_proto::{Protocol, Request};

use super::state::{Driver, State};
use super::{Place, Refused, Shared, wake};
use crate::error::{Error, Outcome, Stage};
use crate::sync::MutexGuard;
use crate::tokio::driver;
use crate::tokio::runtime::Handle;
use crate::tokio::ticket::Ticket;
use crate::tokio::waiters::{Answer, Asker};

impl Shared {
    pub(super) fn submit<'r>(
        self: &Arc<Self>,
        request: impl FnOnce(Protocol) -> Result<Request<'r>, Error>,
        asker: Asker<'_>,
    ) -> Result<Ticket, Refused> {
        let mut state = self.lock();
        if state.is_full() {
            return Err(Refused::Full);
        }
        // Lent where it was made, as it is large.
        let request = &request(state.core.protocol());
        let failed = |error: &Error| Refused::Failed(error.clone());
        let request = request.as_ref().map_err(failed)?;
        let runtime = state.driverless_runtime().map_err(Refused::Failed)?;
        let slot = state.waiters.next_slot();
        match state.core.push(request, slot) {
            Ok(id) => state.waiters.wait(id, asker),
            Err((error, _)) => return Err(Refused::Failed(Error::unsendable(&error))),
        }
        state.held = false;
        self.meter().asked();
        let ticket = Ticket::new(Arc::clone(self), slot);
        self.rouse(state, runtime);
        Ok(ticket)
    }

    /// Lets the driver know that there is something to do; starts it on `runtime`, if there is none.
    pub(super) fn rouse(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State>,
        runtime: Option<Handle>,
    ) {
        if let Some(runtime) = runtime {
            state.driver = Driver::Awake;
            drop(state);
            // Unlocked, as a runtime that is shutting down drops the driver at once.
            runtime.spawn(driver::drive(Arc::clone(self)));
        } else {
            let driver = state.wake_driver();
            drop(state);
            wake(driver);
        }
    }

    /// Waits at `place`, which is given at the first call, until there is room: for a connection, if that must first
    /// tell what is spoken.
    ///
    /// # Errors
    /// The deadline has passed, or why there is no such connection.
    pub(in crate::tokio) fn poll_room(
        self: &Arc<Self>,
        place: &mut Option<Place>,
        deadline: Instant,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Error>> {
        let mut state = self.lock();
        if !state.is_full() {
            return Poll::Ready(Ok(()));
        }
        let place = *place.get_or_insert_with(|| state.room.give());
        if let Some(failure) = state.room.failure(place) {
            return Poll::Ready(Err(failure));
        }
        if deadline <= Instant::now() {
            return Poll::Ready(Err(self.no_room(&state)));
        }
        let last = state.room.wait(place, deadline, cx.waker().clone());
        if state.is_undecided() {
            state.wanted = true;
            let runtime = state.driverless_runtime()?;
            self.rouse(state, runtime);
        } else {
            let is_next = state.room.next_deadline() == Some(deadline);
            let driver = is_next.then(|| state.wake_driver()).flatten();
            drop(state);
            wake(driver);
        }
        drop(last);
        Poll::Pending
    }

    /// Nobody waits at this place any more; if there is room, the next may have it.
    pub(in crate::tokio) fn leave_room(&self, place: Place) {
        let mut state = self.lock();
        let left = state.room.leave(place);
        let next = state.next_in();
        let driver = state.caller_gone();
        drop(state);
        drop(left);
        wake(next);
        wake(driver);
    }

    /// Whether there is room, for who does not wait for it.
    pub(super) fn check_room(&self) -> Result<(), Error> {
        let mut state = self.lock();
        if !state.has_no_room() {
            return Ok(());
        }
        // Perhaps nobody else ever waits: the driver is to look for how long the socket has taken nothing.
        let driver = match state.waited_in_vain() {
            true => state.wake_driver(),
            false => None,
        };
        let error = state.overloaded().at(self.name());
        drop(state);
        wake(driver);
        Err(error)
    }

    /// The error of a caller who waited for room until its deadline.
    fn no_room(&self, state: &State) -> Error {
        let stage = match state.is_undecided() {
            true => Stage::Connect,
            false => Stage::Queue,
        };
        let error = self.timed_out(stage, Outcome::NotSent);
        error.with_connection(state.connection())
    }

    #[inline]
    pub(in crate::tokio) fn poll_ticket(&self, slot: usize, cx: &Context<'_>) -> Poll<Answer> {
        // Dropped when the lock is given back.
        let mut old = None;
        self.lock().waiters.take(slot, cx.waker(), &mut old)
    }

    pub(in crate::tokio) fn abandon(&self, slot: usize) {
        let mut state = self.lock();
        let waker = state.waiters.abandon(slot);
        let driver = state.caller_gone();
        drop(state);
        drop(waker);
        wake(driver);
    }
}
