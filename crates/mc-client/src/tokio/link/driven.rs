//! The driver's side of a link: take what is queued, answer what has come, give up on what is overdue.

use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use mc_proto::{Disposition, Outgoing, Protocol, Received, Reply, Sent};

use super::state::{Driver, MOST_OVERDUE, Stalled, State};
use super::{Shared, wake};
use crate::cluster::Report;
use crate::error::{Connection, Error, ErrorKind, Outcome};
use crate::lost::{self, Life, Lost};
use crate::metrics::Tally;
use crate::sync::MutexGuard;

/// How long one who was called, as there is room, may keep others waiting for it without coming: a future need not be
/// polled again, nor dropped.
const PATIENCE: Duration = Duration::from_millis(10);

/// What a driver may do that has nothing more to do.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::tokio) enum Rest {
    /// Nothing: requests are queued, and may be taken.
    Queued,
    /// It sleeps.
    Until {
        /// When there is something to do next: a deadline passes, or the connection is to be given up.
        next: Option<Instant>,
        /// Whether the link is dropped.
        stopped: bool,
    },
}

/// What is left of what has come, once callers have their answers.
#[derive(Debug, Clone, Copy)]
pub(in crate::tokio) struct Given {
    /// Whether there may be more answers in it.
    pub(in crate::tokio) unread: bool,
    /// Whether all that was asked is answered.
    pub(in crate::tokio) none_awaited: bool,
}

impl Shared {
    /// Gives the lock back, tells the cluster, then wakes: the first who waits for room, if there is some, the callers in
    /// `woken`, and those who flush. They go on at once: what they do next must see the server as it is now.
    fn release(
        &self,
        mut state: MutexGuard<'_, State>,
        report: Option<Report>,
        woken: &mut Vec<Waker>,
    ) {
        woken.extend(state.flushing.iter_mut().filter_map(|(_, it)| it.take()));
        let next = state.next_in();
        drop(state);
        if let Some(report) = report {
            self.report(report);
        }
        // First, as those who have their answers may ask again at once, and take its place.
        wake(next);
        woken.drain(..).for_each(Waker::wake);
    }

    /// Completes when a request waits to be sent: `true`; or when nobody will ask any more: `false`.
    pub(in crate::tokio) fn poll_wanted(&self, cx: &Context<'_>) -> Poll<bool> {
        let mut state = self.lock();
        if state.wanted || state.has_to_send() {
            return Poll::Ready(true);
        }
        if state.stopped {
            return Poll::Ready(false);
        }
        state.sleep(cx);
        Poll::Pending
    }

    /// Puts everything queued into `outgoing`, whose bytes are all written. Whether that is a single request, and none is
    /// under way.
    pub(in crate::tokio) fn gather(&self, outgoing: &mut Outgoing) -> bool {
        let mut state = self.lock();
        state.in_hand = state.core.queued();
        state.core.exchange_outgoing(outgoing);
        state.core.pending() == 1
    }

    /// The driver has nothing more to do now, unless requests are queued that may be taken: the next one wakes it.
    pub(in crate::tokio) fn rest(&self, cx: &Context<'_>) -> Rest {
        let mut state = self.lock();
        if state.connected && state.has_to_send() && state.in_hand == 0 {
            return Rest::Queued;
        }
        state.sleep(cx);
        let given_up = state.overdue.map(|overdue| overdue.since + MOST_OVERDUE);
        let (stop_by, stalls) = (state.stop_by(), self.stalls(&state).map(|(at, _)| at));
        let deaf = state.is_next_in().then(|| Instant::now() + PATIENCE);
        let others = [state.room.next_deadline(), given_up, stop_by, stalls, deaf];
        let next = state.waiters.next_deadline();
        Rest::Until {
            next: others.into_iter().fold(next, sooner),
            stopped: state.stopped,
        }
    }

    /// Whether requests wait to be taken.
    pub(in crate::tokio) fn has_queued(&self) -> bool {
        self.lock().has_to_send()
    }

    /// Whether the driver may end: no caller will come, and none waits.
    pub(in crate::tokio) fn is_over(&self) -> bool {
        let state = self.lock();
        let all_written = || state.core.queued() == 0 && state.in_hand == 0;
        state.stopped && all_written() && state.waiters.nobody_waits()
    }

    /// Whether a connection that is being made is of no use: no caller will come, none waits, and nothing is to be
    /// sent for those who do not wait.
    pub(in crate::tokio) fn is_deserted(&self) -> bool {
        let state = self.lock();
        let is_awaited = state.posted || state.has_waiting() || !state.waiters.nobody_waits();
        state.stopped && !is_awaited
    }

    /// The socket took `bytes` of `outgoing`.
    pub(in crate::tokio) fn wrote(&self, bytes: usize, outgoing: &mut Outgoing) {
        self.meter().wrote(bytes);
        let mut state = self.lock();
        state.in_hand = state.in_hand.saturating_sub(bytes);
        state.written += bytes as u64;
        state.stalled = None;
        state.core.take_room(outgoing);
        if state.in_hand == 0 {
            state.core.shed();
        }
        if !state.room.is_empty() || !state.flushing.is_empty() {
            self.release(state, None, &mut Vec::new());
        }
    }

    /// Whether the server, which has failed, is to be asked whether it is well, as no answer is awaited that would tell.
    pub(in crate::tokio) fn is_wary(&self) -> bool {
        self.seat.is_troubled() && self.lock().core.pending() == 0
    }

    /// There is a connection, on which this protocol is spoken. A server that was [`wary`](Self::is_wary) of was asked.
    pub(in crate::tokio) fn connected(&self, protocol: Protocol, wary: bool) {
        self.meter().connected();
        let mut state = self.lock();
        state.connected = true;
        let mut woken = Vec::new();
        if state.is_undecided() {
            let _nothing_was_queued = state.renew(Some(protocol), self.limits);
            woken.extend(state.room.call_all(None));
        }
        let (is_idle, has_to_send) = (state.core.pending() == 0, state.has_to_send());
        self.release(state, None, &mut woken);
        if is_idle && has_to_send && wary {
            self.report(Report::Answered);
        } else if is_idle {
            // All who asked gave up meanwhile, and one of them may have been a probe.
            self.report(Report::NotSent);
        }
    }

    /// Gives the complete replies in `input`, which has come `now`, to so many callers at most. `Err` if the connection
    /// must not go on.
    pub(in crate::tokio) fn received(
        &self,
        input: &mut BytesMut,
        now: Instant,
        together: usize,
        woken: &mut Vec<Waker>,
    ) -> Result<Given, Lost> {
        let (mut state, mut report) = (self.lock(), None);
        let mut tally = self.meter().tally();
        let verdict = loop {
            if woken.len() >= together {
                break Ok(true);
            }
            match state.core.receive(input) {
                Ok(None) => break Ok(false),
                // No stream is asked for, so that there are no rows.
                Ok(Some(Received::Begun { .. } | Received::Row { .. })) => {}
                Ok(Some(Received::Answer(answer))) => {
                    report = Some(Report::Answered);
                    self.count(&mut tally, &state, answer.tag, &answer.reply, now);
                    state.answered = true;
                    state.answering(answer.tag, now);
                    let disposition = answer.disposition;
                    let reply = lost::answer(answer.reply, disposition, self.name());
                    woken.extend(state.waiters.answer(answer.tag, reply));
                    if disposition == Disposition::Drop {
                        break Err(Lost::Refused);
                    }
                }
                Err(error) => break Err(Lost::Protocol(error)),
            }
        };
        state.is_lost = verdict.is_err();
        let none_awaited = state.core.pending() == 0;
        // Who is woken finds its answer counted.
        drop(tally);
        self.release(state, report, woken);
        verdict.map(|unread| Given {
            unread,
            none_awaited,
        })
    }

    fn count(
        &self,
        tally: &mut Tally<'_>,
        state: &State,
        slot: usize,
        reply: &Reply,
        now: Instant,
    ) {
        tally.answered(reply, state.waiters.since(slot), now);
        if state.waiters.is_late(slot) {
            self.meter().came_late();
        }
    }

    /// Whether anything was answered on the connection.
    pub(in crate::tokio) fn has_answered(&self) -> bool {
        self.lock().answered
    }

    /// How many more bytes are known to come: the rest of a value and what ends it.
    pub(in crate::tokio) fn wanted(&self) -> usize {
        self.lock().core.wanted()
    }

    /// Gives up on every request whose deadline has passed; `Err` if on the connection as well.
    pub(in crate::tokio) fn expire(&self, now: Instant) -> Result<(), Lost> {
        let (mut state, mut woken, mut report) = (self.lock(), Vec::new(), None);
        while let Some((slot, id)) = state.waiters.next_expired(now) {
            self.meter().timed_out();
            if state.core.withdraw(id).is_some() {
                let error = self.timed_out(state.stage(), Outcome::NotSent);
                woken.extend(state.waiters.answer(slot, Err(error)));
                state.waited_in_vain();
                report = report.or_else(|| state.connected.then_some(Report::NotSent));
            } else {
                let error = self.endpoint.unanswered(state.answered);
                woken.extend(state.waiters.expire(slot, error));
                state.note_overdue(Some(id), now);
                report = Some(Report::TimedOut);
            }
        }
        while let Some(caller) = state.room.next_expired(now) {
            woken.push(caller);
            state.waited_in_vain();
        }
        let since = state.overdue.map(|overdue| overdue.since);
        let is_lost = since.is_some_and(|since| now >= since + MOST_OVERDUE)
            || state.stop_by().is_some_and(|by| now >= by);
        let stalled = self.stalls(&state).filter(|(at, _)| now >= *at);
        self.release(state, report, &mut woken);
        match stalled {
            _ if is_lost => Err(Lost::Overdue),
            Some((_, timeout)) => Err(Lost::Stalled(timeout)),
            None => Ok(()),
        }
    }

    /// The socket takes nothing now.
    pub(in crate::tokio) fn stalled(&self) {
        self.lock().stalled.get_or_insert_with(|| Stalled {
            since: Instant::now(),
            in_vain: false,
        });
    }

    /// The socket has taken all that was held back.
    pub(in crate::tokio) fn flushed(&self) {
        self.lock().stalled = None;
    }

    /// When the connection is given up because its socket takes nothing, and after how long.
    fn stalls(&self, state: &State) -> Option<(Instant, Duration)> {
        let Stalled { since, in_vain } = state.stalled?;
        let timeout = self.endpoint.send_timeout;
        let timeout = timeout.or_else(|| in_vain.then_some(MOST_OVERDUE))?;
        Some((since + timeout, timeout))
    }

    /// No connection could be made: nothing that waits was sent.
    pub(in crate::tokio) fn unreachable(&self, error: &Error) {
        self.meter().unreachable(error);
        let report = match error.kind() {
            // The server is well, and is not told from one that is down by leaving it alone.
            ErrorKind::Auth => Report::NotSent,
            _ => Report::Failed,
        };
        let ended = self.end(self.lock(), 0, Outgoing::default());
        self.fail(ended, report, |_| error.clone());
    }

    /// The connection is gone after the socket took `written` bytes, and not those left in `unwritten`.
    pub(in crate::tokio) fn lost(&self, lost: Lost, written: u64, unwritten: Outgoing) {
        let ended = self.end(self.lock(), written, unwritten);
        let report = lost.report(ended.life());
        let error = lost.into_error(ended.answered).at(self.name());
        self.fail(ended, report, |sent| match sent {
            Sent::Nothing => error.clone().with_outcome(Outcome::NotSent),
            Sent::Maybe => error.clone(),
        });
    }

    /// The driver has ended, its work done or its runtime gone. The next caller starts another.
    pub(in crate::tokio) fn driver_ended(&self) {
        let mut state = self.lock();
        state.driver = Driver::None;
        let ended = self.end(state, 0, Outgoing::default());
        let lost = match std::thread::panicking() {
            true => Lost::Panicked,
            false => Lost::Stopped,
        };
        let error = lost.into_error(true).at(self.name());
        let error = error
            .with_outcome(Outcome::NotSent)
            .with_connection(Connection::None);
        self.fail(ended, Report::NotSent, |_| error.clone());
    }

    /// Puts a fresh connection in place of one that is over after the socket took `written` bytes.
    pub(super) fn end(
        &self,
        mut state: MutexGuard<'_, State>,
        written: u64,
        unwritten: Outgoing,
    ) -> Ended {
        let undecided = state.is_undecided();
        let mut core = state.renew(self.endpoint.protocol(), self.limits);
        // Until the cluster is told.
        state.is_lost = true;
        state.waiters.forget_deadlines();
        state.in_hand = 0;
        state.held = false;
        state.stalled = None;
        state.overdue = None;
        let (connected, answered) = (state.connected, state.answered);
        (state.connected, state.answered) = (false, false);
        // Locked, so that what is queued here is the room of what others queue next.
        state.core.succeed(&mut core, unwritten);
        let unanswered = core.closed(written).collect();
        Ended {
            undecided,
            connected,
            answered,
            unanswered,
        }
    }

    /// Answers everybody with an error. The cluster is told before the callers are, who may try again at once.
    pub(super) fn fail(&self, ended: Ended, report: Report, error: impl Fn(Sent) -> Error) {
        let Ended {
            undecided,
            connected,
            unanswered,
            ..
        } = ended;
        if connected || !unanswered.is_empty() {
            self.meter().lost(unanswered.len(), &error(Sent::Maybe));
        }
        self.report(report);
        let (mut state, mut woken) = (self.lock(), Vec::new());
        state.is_lost = false;
        for (slot, sent) in unanswered {
            woken.extend(state.waiters.answer(slot, Err(error(sent))));
        }
        let failure = undecided.then(|| error(Sent::Nothing));
        woken.extend(state.room.call_all(failure.as_ref()));
        self.release(state, None, &mut woken);
    }
}

/// The sooner of two.
fn sooner(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What is left of a connection.
pub(super) struct Ended {
    /// It was to tell what is spoken, and did not.
    undecided: bool,
    connected: bool,
    answered: bool,
    unanswered: Vec<(usize, Sent)>,
}

impl Ended {
    fn life(&self) -> Life {
        Life {
            answered: self.answered,
            wanted: !self.unanswered.is_empty(),
            sent: self.unanswered.iter().any(|(_, it)| *it == Sent::Maybe),
        }
    }
}
