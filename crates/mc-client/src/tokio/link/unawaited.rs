//! Requests whose answers nobody awaits: those that get none, and those that wait in the buffer.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use mc_proto::{Protocol, Request};

use super::state::State;
use super::{Link, Refused, Shared, runtime, wake};
use crate::cluster::{Report, Unawaited, Window};
use crate::error::{Error, Outcome};
use crate::tokio::datagram;
use crate::tokio::runtime::timeout_at;

impl Link {
    /// Queues a request whose answer is not awaited.
    ///
    /// The answer to a buffered one is looked at when it comes: [`flush`](Self::flush) tells what was refused.
    pub(in crate::tokio) fn post<'r>(
        &self,
        request: impl FnOnce(Protocol) -> Result<Request<'r>, Error>,
        unawaited: Unawaited,
    ) -> Result<(), Refused> {
        let posted = match self.0.endpoint.is_datagram() {
            true => self.0.send(request).map_err(Refused::Failed),
            false => self.0.post(request, unawaited),
        };
        // Nothing will tell how a probe went.
        self.abandon();
        posted
    }

    /// Queues a request whose answer is not awaited, after waiting for room if there is none.
    pub(in crate::tokio) async fn send<'r>(
        &self,
        request: impl Fn(Protocol) -> Result<Request<'r>, Error>,
        unawaited: Unawaited,
        deadline: Instant,
    ) -> Result<(), Error> {
        let mut room = None;
        loop {
            match self.post(&request, unawaited) {
                Ok(()) => return Ok(()),
                Err(Refused::Failed(error)) => return Err(error),
                Err(Refused::Full) => room.insert(self.room(deadline)?).await?,
            }
        }
    }

    /// Sends what is buffered and waits for the answers; the first error since the last time. What others buffer
    /// meanwhile is theirs to flush.
    pub(in crate::tokio) async fn flush(&self, deadline: Instant) -> Result<(), Error> {
        runtime()?;
        let (posted, written) = self.0.send_buffered()?;
        let mut waiting = Waiting {
            shared: &self.0,
            posted,
            written,
            place: None,
        };
        let answered = poll_fn(|cx| waiting.poll_answered(cx));
        let answered = timeout_at(deadline.into(), answered).await;
        if answered.is_err() {
            self.0.note_silence();
            let stage = self.0.lock().stage();
            return Err(self.0.timed_out(stage, Outcome::MaybeApplied));
        }
        let result = self.0.lock().waiters.collected.result();
        result.map_err(|error| error.at(self.0.name()))
    }
}

/// Waits until the answers to the first so many requests have come that are collected, and so many bytes are written: there
/// may be requests without an answer among them.
struct Waiting<'s> {
    shared: &'s Shared,
    posted: u64,
    written: u64,
    /// Where it waits, once it does.
    place: Option<usize>,
}

impl Waiting<'_> {
    fn poll_answered(&mut self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        if state.waiters.has_told(self.posted) && state.has_written(self.written) {
            return Poll::Ready(());
        }
        let place = *self
            .place
            .get_or_insert_with(|| state.flushing.insert(None));
        let last = state.flushing[place].replace(cx.waker().clone());
        drop(state);
        drop(last);
        Poll::Pending
    }
}

/// Whoever flushes may leave before.
impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.shared.leave_flush(place);
        }
    }
}

impl Shared {
    /// Sends by a datagram.
    fn send<'r>(
        self: &Arc<Self>,
        request: impl FnOnce(Protocol) -> Result<Request<'r>, Error>,
    ) -> Result<(), Error> {
        let request = request(Protocol::Text)?;
        let datagram = self.endpoint.datagram(&request, self.limits, false)?;
        datagram::post(self, datagram)
    }

    fn post<'r>(
        self: &Arc<Self>,
        request: impl FnOnce(Protocol) -> Result<Request<'r>, Error>,
        unawaited: Unawaited,
    ) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.is_full() {
            return Err(Refused::Full);
        }
        let request = request(state.core.protocol()).map_err(Refused::Failed)?;
        let runtime = state.driverless_runtime().map_err(Refused::Failed)?;
        let starts_buffer = state.core.queued() == 0;
        let pushed = if unawaited.noreply {
            let pushed = state.core.push_noreply(&request);
            state.posted |= pushed.is_ok();
            pushed
        } else {
            state.collect(&request)
        };
        pushed.map_err(|error| Refused::Failed(Error::unsendable(&error)))?;
        self.meter().asked();
        match unawaited.buffered {
            Some(window) if !state.exceeds(window) => state.held |= starts_buffer,
            _ => state.held = false,
        }
        if runtime.is_some() || state.has_to_send() {
            self.rouse(state, runtime);
        }
        Ok(())
    }

    /// The answers to what was buffered have not come in time: a connection that stays silent is given up.
    fn note_silence(&self) {
        let mut state = self.lock();
        if !state.connected {
            return;
        }
        state.note_overdue(None, Instant::now());
        let driver = state.wake_driver();
        drop(state);
        wake(driver);
        self.report(Report::TimedOut);
    }

    /// Whoever flushed from this place waits no more.
    fn leave_flush(&self, place: usize) {
        let mut state = self.lock();
        let left = state.flushing.try_remove(place);
        let driver = state.caller_gone();
        drop(state);
        drop(left);
        wake(driver);
    }

    /// Lets go of what is buffered; how many requests there were so far whose answers are collected, and how many bytes.
    fn send_buffered(self: &Arc<Self>) -> Result<(u64, u64), Error> {
        let mut state = self.lock();
        state.held = false;
        let posted = (state.waiters.posted(), state.all_written());
        if state.core.queued() > 0 {
            let runtime = state.driverless_runtime()?;
            self.rouse(state, runtime);
        }
        Ok(posted)
    }
}

impl State {
    fn collect(&mut self, request: &Request<'_>) -> Result<(), mc_proto::SendError> {
        let slot = self.waiters.next_slot();
        let pushed = self.core.push(request, slot);
        pushed
            .map(|id| self.waiters.collect(id))
            .map_err(|(error, _)| error)
    }

    /// Whether the buffer is over one of its watermarks, or has no room for more.
    fn exceeds(&self, window: Window) -> bool {
        self.is_full()
            || self.core.queued() > window.bytes
            || self.waiters.uncollected() > window.messages as u64
    }
}
