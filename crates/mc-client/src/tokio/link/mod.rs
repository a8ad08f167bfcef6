//! The shared side of one server's connection: what callers and the driver meet in.
//!
//! A caller locks, encodes its request into the connection's buffer, takes a slot and leaves.
//! The [driver](super::driver) takes everything gathered in one write and answers every complete reply
//! under one lock. Nobody holds the lock across a system call or an `await`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use mc_proto::{
    Connection, Disposition, Id, Limits, Outgoing, Protocol, ProtocolError, Received, Request,
    SendError, Sent,
};
use slab::Slab;
use tokio::runtime::Handle;

use super::connect::Endpoint;
use super::driver;
use super::room::Room;
use super::ticket::Ticket;
use super::waiters::{Answer, Waiters};
use crate::cluster::{Cluster, Report, Seat, Server};
use crate::error::{Error, ErrorKind, Outcome, Stage};

/// Requests that one server owes an answer, placeholders included. More callers wait for room.
const MAX_IN_FLIGHT: usize = 1 << 16;
/// Bytes encoded and not yet written, beyond which callers wait for room. One request may exceed it.
const MAX_UNWRITTEN: usize = 8 << 20;

/// How long answers may be overdue without a caller who gets one in time; then the connection is given up.
const MOST_OVERDUE: Duration = Duration::from_secs(1);

/// One server's connection, shared by all callers. Dropping it lets the driver finish what is waited for.
pub(crate) struct Link(Arc<Shared>);

/// What the driver and the tickets hold on to.
pub(super) struct Shared {
    pub(super) name: Arc<str>,
    pub(super) endpoint: Endpoint,
    pub(super) connect_timeout: Duration,
    seat: Seat,
    cluster: Weak<Cluster<Link>>,
    limits: Limits,
    state: Mutex<State>,
}

struct State {
    core: Connection<usize>,
    waiters: Waiters,
    /// Bytes that the driver has taken and the socket has not.
    in_hand: usize,
    connected: bool,
    overdue: Option<Overdue>,
    driver: Driver,
    /// The link is dropped: no caller will come any more.
    stopped: bool,
    /// Callers who wait for room; `None` once they are woken.
    room: Slab<Option<Waker>>,
}

/// Answers are overdue, and nobody has got one in time since.
#[derive(Clone, Copy)]
struct Overdue {
    since: Instant,
    /// The last request that they are owed to.
    last: Id,
}

enum Driver {
    None,
    /// It runs or is about to: it will look again before it sleeps.
    Awake,
    Asleep(Waker),
}

/// Why a request could not be queued.
pub(super) enum Refused {
    /// There is no room now.
    Full,
    Failed(Error),
}

impl Link {
    pub(super) fn new(server: &Server<'_>, cluster: Weak<Cluster<Self>>) -> Self {
        let mut limits = Limits::default();
        limits.max_value_len = server.bounds.max_value_len.unwrap_or(limits.max_value_len);
        let state = Mutex::new(State {
            core: Connection::new(Protocol::Text, limits),
            waiters: Waiters::default(),
            in_hand: 0,
            connected: false,
            overdue: None,
            driver: Driver::None,
            stopped: false,
            room: Slab::new(),
        });
        Self(Arc::new(Shared {
            name: Arc::clone(server.name),
            endpoint: Endpoint::new(server.spec, server.behaviors),
            connect_timeout: server.behaviors.connect_timeout,
            seat: server.seat,
            cluster,
            limits,
            state,
        }))
    }

    /// Queues a request; the ticket is the future of its reply.
    pub(super) fn submit(
        &self,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<Ticket, Refused> {
        let submitted = self.0.submit(request, deadline);
        if submitted.is_err() {
            self.abandon();
        }
        submitted
    }

    /// A request that was let through is not sent after all.
    pub(super) fn abandon(&self) {
        self.0.report(Report::NotSent);
    }

    /// Queues a request, after waiting for room if there is none.
    pub(super) async fn queue(
        &self,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<Ticket, Error> {
        loop {
            match self.submit(request, deadline) {
                Ok(ticket) => return Ok(ticket),
                Err(Refused::Failed(error)) => return Err(error),
                Err(Refused::Full) => self.room(deadline).await?,
            }
        }
    }

    /// Completes when there may be room again.
    pub(super) fn room(&self, deadline: Instant) -> Room {
        Room::new(Arc::clone(&self.0), deadline)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.stopped = true;
        let driver = state.wake_driver();
        drop(state);
        wake(driver);
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn unsendable(error: &SendError) -> Error {
    let kind = match error {
        SendError::ValueTooLarge { .. } => ErrorKind::ValueTooLarge,
        _ => ErrorKind::InvalidArgument,
    };
    Error::caller(kind, error.to_string())
}

impl State {
    fn is_full(&self) -> bool {
        self.core.pending() >= MAX_IN_FLIGHT || self.core.queued() + self.in_hand >= MAX_UNWRITTEN
    }

    /// Where to start the driver if there is none: at first, or after the runtime that it ran on has ended.
    fn driverless_runtime(&self) -> Result<Option<Handle>, Refused> {
        if !matches!(self.driver, Driver::None) {
            return Ok(None);
        }
        Handle::try_current().map(Some).map_err(|cause| {
            let message = "the async client works only inside a tokio runtime";
            Refused::Failed(Error::caller(ErrorKind::Config, message).because(cause))
        })
    }

    /// What requests wait for.
    fn stage(&self) -> Stage {
        if self.connected {
            Stage::Reply
        } else {
            Stage::Connect
        }
    }

    /// The deadline of a request that was sent has passed.
    fn note_overdue(&mut self, id: Id, now: Instant) {
        let overdue = self.overdue.get_or_insert(Overdue {
            since: now,
            last: id,
        });
        overdue.last = overdue.last.max(id);
    }

    /// A request is about to be answered: in time, or as the last of those overdue, it ends the delay.
    fn answering(&mut self, slot: usize) {
        let last = self.overdue.map(|overdue| overdue.last);
        if self.waiters.is_awaited(slot) || self.waiters.id(slot) >= last {
            self.overdue = None;
        }
    }

    fn wake_driver(&mut self) -> Option<Waker> {
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
    fn sleep(&mut self, cx: &Context<'_>) {
        self.driver = Driver::Asleep(cx.waker().clone());
    }
}

/// The callers' side.
impl Shared {
    fn submit(
        self: &Arc<Self>,
        request: &Request<'_>,
        deadline: Instant,
    ) -> Result<Ticket, Refused> {
        let mut state = self.lock();
        if state.is_full() {
            return Err(Refused::Full);
        }
        let runtime = state.driverless_runtime()?;
        let slot = state.waiters.reserve();
        match state.core.push(request, slot) {
            Ok(id) => state.waiters.pushed(slot, id, deadline),
            Err((error, slot)) => {
                state.waiters.release(slot);
                return Err(Refused::Failed(unsendable(&error)));
            }
        }
        let ticket = Ticket::new(Arc::clone(self), slot);
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
        Ok(ticket)
    }

    /// Waits at `place`, which is given at the first call, until there is room.
    pub(super) fn poll_room(&self, place: &mut Option<usize>, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !state.is_full() {
            return Poll::Ready(());
        }
        let place = *place.get_or_insert_with(|| state.room.insert(None));
        let last = state.room[place].replace(cx.waker().clone());
        drop(state);
        drop(last);
        Poll::Pending
    }

    /// Nobody waits at this place any more.
    pub(super) fn leave_room(&self, place: usize) {
        let left = self.lock().room.try_remove(place);
        drop(left);
    }

    /// The error of a caller who waited for room until its deadline.
    pub(super) fn no_room(&self) -> Error {
        self.timed_out(Stage::Queue, Outcome::NotSent)
    }

    pub(super) fn poll_ticket(&self, slot: usize, cx: &Context<'_>) -> Poll<Answer> {
        match self.lock().waiters.take(slot, cx.waker()) {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }

    pub(super) fn abandon(&self, slot: usize) {
        self.lock().waiters.abandon(slot);
    }
}

/// The driver's side.
impl Shared {
    /// A panic while the lock was held would have been in our own code; what it left is still whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the lock back, then wakes: the callers in `woken`, and those who wait for room if there is some.
    fn release(mut state: MutexGuard<'_, State>, woken: &mut Vec<Waker>) {
        if !state.is_full() {
            woken.extend(state.room.iter_mut().filter_map(|(_, waker)| waker.take()));
        }
        drop(state);
        woken.drain(..).for_each(Waker::wake);
    }

    /// Completes when a request waits to be sent: `true`; or when nobody will ask any more: `false`.
    pub(super) fn poll_wanted(&self, cx: &Context<'_>) -> Poll<bool> {
        let mut state = self.lock();
        if state.core.queued() > 0 {
            return Poll::Ready(true);
        }
        if state.stopped {
            return Poll::Ready(false);
        }
        state.sleep(cx);
        Poll::Pending
    }

    /// Puts everything queued into `outgoing`, whose bytes are all written.
    pub(super) fn gather(&self, outgoing: &mut Outgoing) {
        let mut state = self.lock();
        state.in_hand = state.core.queued();
        state.core.recycle(std::mem::take(outgoing));
        *outgoing = state.core.take_outgoing();
    }

    /// The driver has nothing more to do now: the next request wakes it, at once if it is there already.
    /// When there is something to do next: a deadline passes, or the connection is to be given up.
    pub(super) fn rest(&self, cx: &Context<'_>) -> Option<Instant> {
        let mut state = self.lock();
        state.sleep(cx);
        if state.connected && state.core.queued() > 0 && state.in_hand == 0 {
            cx.waker().wake_by_ref();
        }
        let given_up = state.overdue.map(|overdue| overdue.since + MOST_OVERDUE);
        state
            .waiters
            .next_deadline()
            .into_iter()
            .chain(given_up)
            .min()
    }

    /// Whether requests wait to be taken.
    pub(super) fn has_queued(&self) -> bool {
        self.lock().core.queued() > 0
    }

    /// Whether the driver may end: no caller will come, and none waits.
    pub(super) fn is_over(&self) -> bool {
        let state = self.lock();
        state.stopped && state.waiters.nobody_waits()
    }

    /// The socket took `bytes`.
    pub(super) fn wrote(&self, bytes: usize) {
        let mut state = self.lock();
        state.in_hand = state.in_hand.saturating_sub(bytes);
        if !state.room.is_empty() {
            Self::release(state, &mut Vec::new());
        }
    }

    pub(super) fn connected(&self) {
        let mut state = self.lock();
        state.connected = true;
        let is_idle = state.core.pending() == 0;
        drop(state);
        if is_idle {
            // All who asked gave up meanwhile, and one of them may have been a probe.
            self.report(Report::NotSent);
        }
    }

    /// Answers every complete reply in `input`; `Err` if the connection must not go on.
    pub(super) fn received(
        &self,
        input: &mut BytesMut,
        woken: &mut Vec<Waker>,
    ) -> Result<(), Lost> {
        let (mut state, mut answered) = (self.lock(), false);
        let verdict = loop {
            match state.core.receive(input) {
                Ok(None) => break Ok(()),
                // No stream is asked for, so that there are no rows.
                Ok(Some(Received::Begun { .. } | Received::Row { .. })) => {}
                Ok(Some(Received::Answer(answer))) => {
                    answered = true;
                    state.answering(answer.tag);
                    woken.extend(state.waiters.answer(answer.tag, Ok(answer.reply)));
                    if answer.disposition == Disposition::Drop {
                        break Err(Lost::Refused);
                    }
                }
                Err(error) => break Err(Lost::Protocol(error)),
            }
        };
        Self::release(state, woken);
        if answered {
            self.report(Report::Answered);
        }
        verdict
    }

    /// How many bytes of a value the connection still waits for.
    pub(super) fn wanted(&self) -> usize {
        self.lock().core.wanted()
    }

    /// Gives up on every request whose deadline has passed; `Err` if on the connection as well.
    pub(super) fn expire(&self, now: Instant) -> Result<(), Lost> {
        let (mut state, mut woken, mut report) = (self.lock(), Vec::new(), None);
        while let Some((slot, id)) = state.waiters.next_expired(now) {
            if state.core.withdraw(id).is_some() {
                let error = self.timed_out(state.stage(), Outcome::NotSent);
                woken.extend(state.waiters.answer(slot, Err(error)));
                report = report.or_else(|| state.connected.then_some(Report::NotSent));
            } else {
                let error = self.timed_out(state.stage(), Outcome::MaybeApplied);
                woken.extend(state.waiters.expire(slot, error));
                state.note_overdue(id, now);
                report = Some(Report::TimedOut);
            }
        }
        let since = state.overdue.map(|overdue| overdue.since);
        let is_lost = since.is_some_and(|since| now >= since + MOST_OVERDUE);
        Self::release(state, &mut woken);
        if let Some(report) = report {
            self.report(report);
        }
        if is_lost { Err(Lost::Overdue) } else { Ok(()) }
    }

    fn timed_out(&self, stage: Stage, outcome: Outcome) -> Error {
        let what = match stage {
            Stage::Queue => "a place in the queue",
            Stage::Connect => "the connection",
            Stage::Reply => "the answer",
        };
        let message = format!("the deadline passed while waiting for {what}");
        Error::new(ErrorKind::Timeout(stage), outcome, message).at(&self.name)
    }

    /// No connection could be made: nothing that waits was sent.
    pub(super) fn unreachable(&self, error: &Error) {
        self.fail(self.lock(), 0, Report::Failed, |_| error.clone());
    }

    /// The connection is gone after the socket took `written` bytes.
    pub(super) fn lost(&self, lost: Lost, written: u64) {
        let report = lost.report();
        let error = lost.into_error().at(&self.name);
        self.fail(self.lock(), written, report, |sent| match sent {
            Sent::Nothing => error.clone().with_outcome(Outcome::NotSent),
            Sent::Maybe => error.clone(),
        });
    }

    /// The driver has ended, its work done or its runtime gone. The next caller starts another.
    pub(super) fn driver_ended(&self) {
        let mut state = self.lock();
        state.driver = Driver::None;
        let error = Lost::Stopped.into_error().at(&self.name);
        let error = error.with_outcome(Outcome::NotSent);
        self.fail(state, 0, Report::NotSent, |_| error.clone());
    }

    /// Answers everybody with an error and starts afresh.
    ///
    /// The cluster is told before the callers are, who may try again at once. The loss of a connection
    /// on which no request was on its way tells nothing of the server.
    fn fail(
        &self,
        mut state: MutexGuard<'_, State>,
        written: u64,
        report: Report,
        error: impl Fn(Sent) -> Error,
    ) {
        let mut core = std::mem::replace(
            &mut state.core,
            Connection::new(Protocol::Text, self.limits),
        );
        state.waiters.forget_deadlines();
        state.in_hand = 0;
        state.connected = false;
        state.overdue = None;
        drop(state);
        let unanswered: Vec<_> = core.closed(written).collect();
        let any_sent = unanswered.iter().any(|(_, sent)| *sent == Sent::Maybe);
        self.report(match report {
            Report::TimedOut if !any_sent => Report::NotSent,
            report => report,
        });
        let (mut state, mut woken) = (self.lock(), Vec::new());
        for (slot, sent) in unanswered {
            woken.extend(state.waiters.answer(slot, Err(error(sent))));
        }
        Self::release(state, &mut woken);
    }

    /// Tells the cluster how the server does.
    pub(super) fn report(&self, report: Report) {
        if let Some(cluster) = self.cluster.upgrade() {
            cluster.report(self.seat, report, Instant::now());
        }
    }
}

/// Why a connection is over.
#[derive(Debug)]
pub(super) enum Lost {
    /// The server closed it.
    Closed,
    Io(std::io::Error),
    Protocol(ProtocolError),
    /// The server refused a request in a way after which its next bytes cannot be trusted.
    Refused,
    /// Answers were overdue for too long.
    Overdue,
    /// The client, or the runtime that it ran on, is gone.
    Stopped,
}

impl Lost {
    /// What it tells of the server. That a connection broke is no reason to leave the server alone at
    /// once: it may have restarted.
    fn report(&self) -> Report {
        match self {
            Self::Protocol(ProtocolError::TooManyConnections) => Report::Failed,
            Self::Closed | Self::Io(_) | Self::Protocol(_) => Report::TimedOut,
            Self::Refused | Self::Overdue | Self::Stopped => Report::NotSent,
        }
    }

    /// What it means to whoever's request was sent.
    fn into_error(self) -> Error {
        let (kind, message) = match &self {
            Self::Closed => (
                ErrorKind::Closed,
                "the server closed the connection".to_owned(),
            ),
            Self::Io(error) => (ErrorKind::Closed, format!("the connection broke: {error}")),
            Self::Protocol(error @ ProtocolError::TooManyConnections) => {
                (ErrorKind::TooManyConnections, error.to_string())
            }
            Self::Protocol(error) => (ErrorKind::Protocol, error.to_string()),
            Self::Refused => (
                ErrorKind::Closed,
                "the connection was dropped after the server refused a request".to_owned(),
            ),
            Self::Overdue => (
                ErrorKind::Closed,
                "the connection was dropped: its answers were overdue for too long".to_owned(),
            ),
            Self::Stopped => (ErrorKind::Closed, "the client was shut down".to_owned()),
        };
        let error = Error::new(kind, Outcome::MaybeApplied, message);
        match self {
            Self::Io(cause) => error.because(cause),
            Self::Protocol(cause) => error.because(cause),
            _ => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;

    use mc_proto::Key;

    use super::*;
    use crate::Client;

    #[tokio::test]
    async fn waiting_for_room_takes_one_place_until_it_ends() {
        let client = Client::builder().servers(["localhost"]).unwrap();
        let client = client.build().unwrap();
        let link = &client.cluster().snapshot().nodes[0].link;
        let deadline = Instant::now() + Duration::from_secs(60);
        let key = Key::new(b"k").unwrap();
        let get = Request::Get { key, cas: false };
        let mut tickets = Vec::new();
        while let Ok(ticket) = link.submit(&get, deadline) {
            tickets.push(ticket);
        }
        let mut room = Box::pin(link.room(deadline));
        for _ in 0..3 {
            let mut cx = Context::from_waker(Waker::noop());
            assert!(room.as_mut().poll(&mut cx).is_pending());
            assert_eq!(link.0.lock().room.len(), 1);
        }
        drop(room);
        assert!(link.0.lock().room.is_empty());
    }
}
