//! One server's part in a call: requests out, answers in.

mod datagrams;

use std::time::Instant;

use mc_proto::{Answer, Request, Sent};
use rustix::event::PollFd;

use super::link::Link;
use super::requests::{Requests, push};
use super::session::{Session, Tag};
use crate::cluster::{Cluster, Node, Report, Snapshot, Window};
use crate::error::{Error, Outcome, Stage};
use crate::lost::{self, Life, Lost};
use crate::metrics::Meter;

/// Bytes queued before they are sent. One request may exceed it.
const MOST_QUEUED: usize = 256 << 10;
/// Requests that one server owes an answer.
const MOST_IN_FLIGHT: usize = 1 << 16;

/// One server's part in a call.
///
/// It begins with a connection, and ends when every request has its answer or its error. Then the connection
/// is given back or dropped, and the cluster told how the server does.
pub(super) struct Part<'c, R> {
    cluster: &'c Cluster<Link>,
    node: &'c Node<Link>,
    /// How much of the call may be under way.
    window: Window,
    pub(super) requests: R,
    /// How many requests were queued, or could not be.
    begun: usize,
    /// Whether any answer came, be it to the question whether the server is well.
    answered: bool,
    session: Option<Box<Session>>,
    /// When it began.
    since: Instant,
    /// When the clock was last looked at: as it began, as something came, or as others were served.
    pub(super) now: Instant,
}

impl<'c, R: Requests> Part<'c, R> {
    /// The part of the server at this index, which begins `now`.
    pub(super) fn new(
        cluster: &'c Cluster<Link>,
        snapshot: &'c Snapshot<Link>,
        server: usize,
        requests: R,
        now: Instant,
    ) -> Self {
        Self {
            cluster,
            node: &snapshot.nodes[server],
            window: snapshot.window(),
            requests,
            begun: 0,
            answered: false,
            session: None,
            since: now,
            now,
        }
    }

    /// Begins over the connection that something is buffered in, if there is one.
    pub(super) fn resume_buffer(&mut self) {
        self.session = self.node.link.take_buffer(self.now);
    }

    /// Begins over an idle connection, if there is one.
    pub(super) fn resume(&mut self) {
        if !self.is_wary() {
            self.session = self.node.link.take(self.now);
        }
    }

    /// Whether the server, which has failed, is to be asked whether it is well, as no answer is awaited that would tell.
    fn is_wary(&self) -> bool {
        self.requests.unawaited().is_some() && self.node.link.seat.is_troubled()
    }

    /// Begins over a new connection.
    pub(super) fn connect(&mut self, deadline: Instant) {
        let (link, wary) = (&self.node.link, self.is_wary());
        let opened = link.open(deadline, wary, |report| self.report(report));
        self.now = Instant::now();
        match opened {
            Ok(session) => {
                self.session = Some(session);
                self.answered |= wary;
            }
            Err(error) => self.refuse(&error),
        }
    }

    /// Whether each request is a datagram.
    pub(super) fn is_datagram(&self) -> bool {
        self.node.link.endpoint().is_datagram()
    }

    /// Whether it was never begun, for want of a connection.
    pub(super) fn is_waiting(&self) -> bool {
        !self.is_open() && self.begun < self.requests.len()
    }

    /// Whether something is still to be sent or received.
    pub(super) fn is_open(&self) -> bool {
        self.session.is_some()
    }

    /// Whether the socket has yet to take something.
    pub(super) fn has_unsent(&self) -> bool {
        self.session.as_ref().is_some_and(|it| it.has_unsent())
    }

    /// An entry for [`wait`](super::stream::wait), while the part is open.
    pub(super) fn waited_for(&self) -> Option<PollFd<'_>> {
        self.session.as_ref().map(|it| it.waited_for())
    }

    /// Queues the first requests, and sends what the socket takes now; or leaves all in the buffer.
    #[inline]
    pub(super) fn start(&mut self, deadline: Instant) {
        if self.now >= deadline {
            return self.leave();
        }
        if let (Some(session), Some(room)) = (&mut self.session, self.requests.room()) {
            session.room = std::mem::take(room);
        }
        if !self.hold() {
            self.send();
        }
    }

    /// The deadline has passed before anything was sent: what others have buffered stays so. A flush is late.
    fn leave(&mut self) {
        let link = &self.node.link;
        let is_flush = self.requests.len() == 0;
        let Some(session) = self.session.take_if(|_| !is_flush) else {
            return self.expire();
        };
        if session.is_clean() {
            link.give_back(session, self.now);
        } else if let Some(other) = link.buffer.hold(session) {
            self.session = Some(other);
            return self.expire();
        }
        self.report(Report::NotSent);
        let late = Error::timeout(Stage::Queue, Outcome::NotSent);
        self.refuse(&late.at(&self.node.name));
    }

    /// When the connection is given up because its socket takes nothing.
    pub(super) fn stalls(&self) -> Option<Instant> {
        let since = self.session.as_ref()?.stalled?;
        Some(since + self.node.link.send_timeout()?)
    }

    /// Gives the connection up if its socket has taken nothing for the send timeout.
    pub(super) fn check_stalled(&mut self) {
        let is_over = self.stalls().is_some_and(|at| Instant::now() >= at);
        if let Some(timeout) = self.node.link.send_timeout().filter(|_| is_over) {
            self.lose(Lost::Stalled(timeout));
        }
    }

    /// Sends what the socket takes now.
    pub(super) fn send(&mut self) {
        while let Some(session) = &mut self.session {
            if session.has_unsent() {
                let lent = match session.borrows() {
                    true => self.requests.lent(session.core.protocol()),
                    false => &[],
                };
                match session.send(lent) {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(broken) => {
                        let heard = session.receive();
                        let answered = session.answered;
                        if matches!(heard, Ok(true)) {
                            self.read();
                        }
                        return self.lose(Lost::Io(broken).unless_heard(heard.err(), answered));
                    }
                }
            }
            if self.begun == self.requests.len() || !self.queue() {
                return self.settle();
            }
        }
    }

    /// Receives what is there.
    pub(super) fn receive(&mut self) {
        match self.session.as_mut().map(|it| it.receive()) {
            Some(Ok(true)) => self.read(),
            Some(Err(lost)) => self.lose(lost),
            Some(Ok(false)) | None => {}
        }
    }

    /// Receives what comes until the deadline; gives up if nothing does.
    pub(super) fn await_more(&mut self, deadline: Instant) {
        if !self.awaits(self.now, deadline) {
            self.expire();
        }
    }

    /// Receives what comes from `now` until then; whether anything did, or the connection was lost.
    pub(super) fn awaits(&mut self, now: Instant, until: Instant) -> bool {
        let Some(session) = &mut self.session else {
            return true;
        };
        match session.await_more(now, until) {
            Ok(true) => self.read(),
            Ok(false) => return false,
            Err(lost) => self.lose(lost),
        }
        true
    }

    /// The deadline has passed: what has no answer is given up, and the connection with it.
    pub(super) fn expire(&mut self) {
        let Some(session) = self.session.take() else {
            return;
        };
        let error = self.node.link.endpoint().unanswered(session.answered);
        let unanswered = session.close();
        let report = match any_sent(&unanswered) {
            true => Report::TimedOut,
            false => Report::NotSent,
        };
        self.fail(unanswered, error, report);
    }

    /// Hands out every complete reply.
    fn read(&mut self) {
        self.now = Instant::now();
        while let Some(session) = &mut self.session {
            match session.answer() {
                Ok(Some(answer)) => {
                    let is_last = !session.has_received();
                    self.answered = true;
                    self.take(answer);
                    if is_last {
                        self.settle();
                    }
                }
                Ok(None) if session.has_unsent() => return,
                Ok(None) => return self.send(),
                Err(lost) => return self.lose(lost),
            }
        }
    }

    /// Queues the next requests, as many as may wait; whether there were any.
    #[inline]
    fn queue(&mut self) -> bool {
        let Some(session) = &mut self.session else {
            return false;
        };
        let (unawaited, meter) = (self.requests.unawaited(), &self.node.link.seat.meter);
        let most = self.window.messages.min(MOST_IN_FLIGHT);
        while self.begun < self.requests.len()
            && session.core.queued() < MOST_QUEUED
            && session.core.pending() < most
        {
            let (at, protocol) = (self.begun, session.core.protocol());
            let push = |request: &Request<'_>| push(session, request, at, unawaited, R::LENDS);
            let queued = self.requests.queue(at, protocol, push);
            if queued.is_ok() {
                meter.asked();
            }
            if queued.is_err() || unawaited.is_some() {
                self.requests.answered(at, queued.map(|()| None));
            }
            self.begun += 1;
        }
        session.core.queued() > 0
    }

    /// Leaves what may be buffered in the connection, as long as that is below the watermarks; whether it did.
    fn hold(&mut self) -> bool {
        let Some(window) = self.requests.unawaited().and_then(|it| it.buffered) else {
            return false;
        };
        self.queue();
        let all = self.begun == self.requests.len();
        let is_below = |session: &mut Box<Session>| {
            let core = &session.core;
            all && core.queued() <= window.bytes && core.pending() <= window.messages
        };
        let held = self.session.take_if(is_below);
        self.session = match held {
            Some(session) => self.node.link.buffer.hold(session),
            None => return false,
        };
        let is_held = self.session.is_none();
        if is_held {
            // Nothing else will tell how a probe went.
            self.report(match self.answered {
                true => Report::Answered,
                false => Report::NotSent,
            });
        }
        is_held
    }

    /// Takes a reply, and counts it.
    fn take(&mut self, answer: Answer<Tag>) {
        self.meter().answered(&answer.reply, self.since, self.now);
        let reply = lost::answer(answer.reply, answer.disposition, &self.node.name);
        match answer.tag {
            Tag::Asked(at) => self.requests.answered(at, reply.map(Some)),
            Tag::Buffered => self.node.link.buffer.answered(reply),
        }
    }

    /// Ends the part if everything was sent and answered.
    #[inline]
    fn settle(&mut self) {
        let is_over = |session: &mut Box<Session>| {
            self.begun == self.requests.len() && session.core.pending() == 0
        };
        if let Some(session) = self.session.take_if(is_over) {
            self.end(session);
        }
    }

    /// The part has ended well.
    fn end(&mut self, mut session: Box<Session>) {
        if let Some(room) = self.requests.room() {
            *room = std::mem::take(&mut session.room);
        }
        self.node.link.give_back(session, self.now);
        self.report(if self.answered {
            Report::Answered
        } else {
            Report::NotSent
        });
    }

    /// The connection is over.
    pub(super) fn lose(&mut self, lost: Lost) {
        let Some(session) = self.session.take() else {
            return;
        };
        let answered = session.answered;
        let unanswered = session.close();
        let report = lost.report(Life {
            answered,
            wanted: !unanswered.is_empty() || self.begun < self.requests.len(),
            sent: any_sent(&unanswered),
        });
        self.fail(unanswered, lost.into_error(answered), report);
        self.node.link.doubt();
    }

    /// Answers everything that waits with an error; the connection is dropped.
    fn fail(&mut self, unanswered: Vec<(Tag, Sent)>, error: Error, report: Report) {
        let error = error.at(&self.node.name).dropped();
        let unsent = error.clone().with_outcome(Outcome::NotSent);
        self.meter().unanswered(unanswered.len(), &error);
        for (tag, sent) in unanswered {
            let error = if sent == Sent::Maybe { &error } else { &unsent };
            match tag {
                Tag::Asked(at) => self.requests.answered(at, Err(error.clone())),
                Tag::Buffered => self.node.link.buffer.answered(Err(error.clone())),
            }
        }
        self.refuse(&unsent);
        if self.answered {
            self.report(Report::Answered);
        }
        self.report(report);
    }

    /// Answers the requests that were never queued.
    fn refuse(&mut self, error: &Error) {
        for at in self.begun..self.requests.len() {
            self.meter().asked();
            self.meter().unanswered(1, error);
            self.requests.answered(at, Err(error.clone()));
        }
        self.begun = self.requests.len();
    }

    /// What is counted of the server.
    fn meter(&self) -> &'c Meter {
        &self.node.link.seat.meter
    }

    /// Tells the cluster how the server does.
    fn report(&self, report: Report) {
        let now = match report {
            Report::Answered => self.now,
            _ => Instant::now(),
        };
        self.cluster.report(&self.node.link.seat, report, now);
    }
}

fn any_sent(unanswered: &[(Tag, Sent)]) -> bool {
    unanswered.iter().any(|(_, sent)| *sent == Sent::Maybe)
}
