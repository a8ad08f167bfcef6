//! One server's connections that no call uses now.
//!
//! A call takes a connection by value, or opens one, and gives it back only if it is clean: whoever returns early
//! or panics drops it, and the socket is closed. So many threads can call at once, each over a connection of its
//! own, and none ever reads another's answer.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use forkguard::Guard;
use mc_proto::{Limits, Request};

use super::buffer::Buffer;
use super::connect::{self, resolve};
use super::gate::{Gate, Turn};
use super::session::Session;
use crate::cluster::{Report, Seat, Server};
use crate::connect::{Datagram, Endpoint, no_address};
use crate::error::{Error, ErrorKind, Outcome, Stage};
use crate::lost::Lost;

/// The most connections that are kept for the next calls.
const MOST_IDLE: usize = 128;

/// A connection that rested for longer is closed: there are more than the calls need.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// A connection that rested for longer is looked at before it is used, as the server may have closed it. One in
/// steady use is not, for that is one more system call.
const TRUSTED: Duration = Duration::from_millis(1);

/// One server's connections.
pub(crate) struct Link {
    pub(super) seat: Arc<Seat>,
    endpoint: Endpoint,
    limits: Limits,
    /// The one used last is the last.
    idle: Mutex<VecDeque<Idle>>,
    pub(super) buffer: Buffer,
    gate: Gate,
}

struct Idle {
    session: Box<Session>,
    since: Instant,
}

impl Link {
    pub(super) fn new(server: &Server<'_>) -> Self {
        Self {
            seat: Arc::clone(server.seat),
            endpoint: Endpoint::new(server),
            limits: server.limits(),
            idle: Mutex::default(),
            buffer: Buffer::default(),
            gate: Gate::default(),
        }
    }

    /// Where its connections go, and how they begin.
    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What a connection may hold.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// The connection that something is buffered in, or else an idle one that the server has not closed meanwhile,
    /// if there is one.
    pub(super) fn take(&self, now: Instant) -> Option<Box<Session>> {
        if let Some(session) = self.take_buffer(now) {
            return Some(session);
        }
        loop {
            let Idle { mut session, since } = self.lock().pop_back()?;
            if session.is_ours() && is_usable(&mut session, since, now) {
                return Some(session);
            }
        }
    }

    /// The connection that something is buffered in, if there is one that the server has not closed meanwhile.
    #[inline]
    pub(super) fn take_buffer(&self, now: Instant) -> Option<Box<Session>> {
        let (mut session, since) = self.buffer.take()?;
        if is_usable(&mut session, since, now) {
            return Some(session);
        }
        for _ in session.close() {
            let lost = Lost::Closed.into_error(true).with_outcome(Outcome::NotSent);
            self.buffer.answered(Err(lost.at(&self.endpoint.name)));
        }
        None
    }

    /// How long a socket may take nothing.
    pub(super) fn send_timeout(&self) -> Option<Duration> {
        self.endpoint.send_timeout
    }

    /// Keeps a connection for the next call, if that may use it.
    pub(super) fn give_back(&self, mut session: Box<Session>, now: Instant) {
        if !session.is_clean() {
            return;
        }
        session.shrink();
        let mut idle = self.lock();
        idle.push_back(Idle {
            session,
            since: now,
        });
        let many = idle.len() > MOST_IDLE;
        let rested = |oldest: &Idle| now.saturating_duration_since(oldest.since) > LONGEST_IDLE;
        // The one that is given back has not rested.
        let surplus = match many || (idle.len() > 1 && idle.front().is_some_and(rested)) {
            true => idle.pop_front(),
            false => None,
        };
        // A socket is not closed under the lock.
        drop(idle);
        drop(surplus);
    }

    /// A connection was lost: the others may be, too.
    pub(super) fn doubt(&self) {
        let mut idle = std::mem::take(&mut *self.lock());
        idle.retain_mut(|idle| idle.session.is_ours() && idle.session.is_quiet());
        self.lock().extend(idle);
    }

    /// Where datagrams go.
    pub(super) fn address(&self) -> Result<SocketAddr, Error> {
        let addresses = resolve(&self.endpoint);
        let first = addresses.and_then(|all| all.first().copied().ok_or_else(no_address));
        first.map_err(|cause| self.endpoint.unreachable(cause))
    }

    /// A request as a datagram; whether its reply is `awaited`.
    pub(super) fn datagram(&self, request: &Request<'_>, awaited: bool) -> Result<Datagram, Error> {
        self.endpoint.datagram(request, self.limits, awaited)
    }

    /// Opens a connection, or takes one that is given back while others open theirs. A server that the caller is `wary` of
    /// is asked whether it is well, over a connection of its own.
    ///
    /// # Errors
    /// What the caller is told, after the cluster is told by `tell`: those who fail with it may try again at once.
    pub(super) fn open(
        &self,
        deadline: Instant,
        wary: bool,
        tell: impl FnOnce(Report),
    ) -> Result<Box<Session>, Error> {
        let pass = match self.gate.wait(deadline) {
            Turn::Mine(pass) => pass,
            Turn::Failed(error) => return Err(error),
            Turn::Late => {
                tell(Report::NotSent);
                return Err(self.too_late());
            }
        };
        let idle = (!wary).then(|| self.take(Instant::now())).flatten();
        if let Some(session) = idle {
            return Ok(session);
        }
        self.connect(deadline, wary).map_err(|(error, report)| {
            tell(report);
            // Others may have more time.
            if report != Report::TimedOut {
                pass.fail(&error);
            }
            error
        })
    }

    fn connect(&self, deadline: Instant, wary: bool) -> Result<Box<Session>, (Error, Report)> {
        let until = deadline.min(Instant::now() + self.endpoint.timeout);
        let connected = connect::establish(&self.endpoint, until, wary)
            .and_then(|connected| Ok((connected, self.process()?)));
        let error = match connected {
            Ok(((stream, protocol), process)) => {
                let meter = Arc::clone(&self.seat.meter);
                let session = Session::new(stream, protocol, self.limits, meter, process);
                return Ok(Box::new(session));
            }
            Err(error) => error,
        };
        self.seat.meter.unreachable(&error);
        Err(match error.kind() {
            // The server is well, and is not told from one that is down by leaving it alone.
            ErrorKind::Auth => (error, Report::NotSent),
            _ if Instant::now() < deadline => (error, Report::Failed),
            _ => (self.too_late(), Report::TimedOut),
        })
    }

    /// This process, told from its children.
    fn process(&self) -> Result<Guard, Error> {
        let guard = Guard::try_new();
        guard.map_err(|error| self.endpoint.unreachable(io::Error::other(error)))
    }

    fn too_late(&self) -> Error {
        Error::timeout(Stage::Connect, Outcome::NotSent).at(&self.endpoint.name)
    }

    /// A panic while the lock was held would have been in our own code; what it left is still whole.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the next call may go over a connection that rests since then.
fn is_usable(session: &mut Session, since: Instant, now: Instant) -> bool {
    now < since + TRUSTED || session.is_quiet()
}
