//! The shared side of one server's connection: what callers and the driver meet in.
//!
//! A caller locks, encodes its request into the connection's buffer, takes a slot and leaves.
//! The [driver](super::driver) takes everything gathered in one write and answers every complete reply
//! under one lock. Nobody holds the lock across a system call or an `await`.

mod callers;
mod driven;
#[cfg(all(test, shuttle))]
pub(super) mod model;
mod places;
mod state;
mod unawaited;

use std::sync::{Arc, PoisonError, Weak};
use std::task::Waker;
use std::time::Instant;

use mc_proto::{Limits, Protocol, Request};
use tokio::sync::Semaphore;

pub(super) use self::driven::Rest;
pub(super) use self::places::Place;
use self::state::{MOST_LINGER, State};
use super::bounds::WhenFull;
use super::datagram;
use super::room::Room;
use super::runtime::Handle;
use super::ticket::Ticket;
use super::waiters::Asker;
use crate::cluster::{Cluster, Report, Seat, Server};
use crate::connect::{Endpoint, MOST_SOCKETS};
use crate::error::{Error, ErrorKind, Outcome, Stage};
use crate::metrics::Meter;
use crate::sync::{Mutex, MutexGuard};

/// One server's connection, shared by all callers. Dropping it lets the driver finish what is waited for.
pub(crate) struct Link(Arc<Shared>);

/// What the driver and the tickets hold on to.
pub(super) struct Shared {
    pub(super) endpoint: Endpoint,
    seat: Arc<Seat>,
    cluster: Weak<Cluster<Link>>,
    limits: Limits,
    state: Mutex<State>,
    pub(super) when_full: WhenFull,
    /// Those who may have a socket for a datagram.
    pub(super) datagrams: Arc<Semaphore>,
}

/// Why a request could not be queued.
pub(super) enum Refused {
    /// There is no room now.
    Full,
    Failed(Error),
}

impl Link {
    pub(super) fn new(server: &Server<'_>, cluster: Weak<Cluster<Self>>) -> Self {
        let endpoint = Endpoint::new(server);
        let (limits, bounds) = (server.limits(), server.options.bounds);
        Self(Arc::new(Shared {
            state: Mutex::new(State::new(endpoint.protocol(), limits, bounds)),
            endpoint,
            datagrams: Arc::new(Semaphore::new(MOST_SOCKETS.min(bounds.in_flight))),
            when_full: bounds.when_full,
            seat: Arc::clone(server.seat),
            cluster,
            limits,
        }))
    }

    /// Where its connections go, and how they begin.
    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.0.endpoint
    }

    /// What a connection may hold.
    pub(super) fn limits(&self) -> Limits {
        self.0.limits
    }

    /// Queues the request that `request` makes for the link's protocol; the ticket is the future of its reply. If the
    /// asker leaves its waker, it need not look again in this poll if the ticket [keeps that](Ticket::keeps_waker).
    pub(super) fn submit<'r>(
        &self,
        request: impl FnOnce(Protocol) -> Result<Request<'r>, Error>,
        asker: Asker<'_>,
    ) -> Result<Ticket, Refused> {
        let submitted = match self.0.endpoint.is_datagram() {
            true => self.0.ask(request, asker.deadline).map_err(Refused::Failed),
            false => self.0.submit(request, asker),
        };
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
    pub(super) async fn queue<'r>(
        &self,
        request: impl Fn(Protocol) -> Result<Request<'r>, Error>,
        deadline: Instant,
    ) -> Result<Ticket, Error> {
        let mut room = None;
        loop {
            match self.submit(&request, Asker::until(deadline)) {
                Ok(ticket) => return Ok(ticket),
                Err(Refused::Failed(error)) => return Err(error),
                Err(Refused::Full) => room.insert(self.room(deadline)?).await?,
            }
        }
    }

    /// Whether the next connection must first tell what is spoken.
    pub(super) fn is_undecided(&self) -> bool {
        self.0.lock().is_undecided()
    }

    /// Whether a request would have to wait here, though it is known what is spoken.
    pub(super) fn would_wait(&self) -> bool {
        let state = self.0.lock();
        state.is_full() && !state.is_undecided()
    }

    /// Completes when there may be room again, or when a connection has told what is spoken.
    ///
    /// # Errors
    /// There is no room, and it is not to be waited for.
    pub(super) fn room(&self, deadline: Instant) -> Result<Room, Error> {
        if self.0.when_full == WhenFull::Fail {
            self.0.check_room()?;
        }
        Ok(Room::new(Arc::clone(&self.0), deadline))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.stopped = true;
        state.stop_by = Some(Instant::now() + MOST_LINGER);
        let driver = state.wake_driver();
        drop(state);
        wake(driver);
    }
}

/// Both sides'.
impl Shared {
    /// A panic while the lock was held would have been in our own code; what it left is still whole.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks by a datagram.
    fn ask<'r>(
        self: &Arc<Self>,
        request: impl FnOnce(Protocol) -> Result<Request<'r>, Error>,
        deadline: Instant,
    ) -> Result<Ticket, Error> {
        let request = request(Protocol::Text)?;
        let datagram = self.endpoint.datagram(&request, self.limits, true)?;
        datagram::ask(self, datagram, deadline)
    }

    /// The server's name.
    pub(super) fn name(&self) -> &Arc<str> {
        &self.endpoint.name
    }

    fn timed_out(&self, stage: Stage, outcome: Outcome) -> Error {
        Error::timeout(stage, outcome).at(self.name())
    }

    /// What is counted of the server.
    pub(super) fn meter(&self) -> &Meter {
        &self.seat.meter
    }

    /// Tells the cluster how the server does.
    pub(super) fn report(&self, report: Report) {
        if self.seat.heeds(report)
            && let Some(cluster) = self.cluster.upgrade()
        {
            cluster.report(&self.seat, report, Instant::now());
        }
    }
}

/// The runtime that this is called in.
pub(super) fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|cause| {
        let message = "the async client works only inside a tokio runtime";
        Error::caller(ErrorKind::Config, message).because(cause)
    })
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::future::{Future, IntoFuture};
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use mc_proto::Key;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::state::Driver;
    use super::*;
    use crate::cluster::{Unawaited, Window};
    use crate::tokio::deadlines::Deadlines;
    use crate::tokio::session::{Session, TOGETHER};
    use crate::tokio::stream::Stream;
    use crate::{Behaviors, Client};

    /// A caller's answer is waited for as long as the caller does; those that nobody awaits, for a while.
    #[tokio::test]
    async fn a_removed_server_is_waited_for_as_long_as_callers_wait() {
        let key = Key::new(b"k").unwrap();
        let get = |_| Ok(Request::Get { key, cas: false });
        let window = Window {
            messages: 9,
            bytes: 999,
        };
        let buffered = Unawaited {
            noreply: false,
            buffered: Some(window),
        };
        let now = Instant::now();
        for awaited in [true, false] {
            let client = Client::builder().servers(["localhost", "other"]).unwrap();
            let client = client.build().unwrap();
            let snapshot = Arc::clone(&client.cluster().snapshot());
            let link = &snapshot.nodes[0].link;
            let shared = Arc::clone(&link.0);
            shared.connected(Protocol::Text, false);
            assert!(link.post(get, buffered).is_ok());
            let deadline = now + 3 * MOST_LINGER;
            let _ticket = awaited.then(|| link.submit(get, Asker::until(deadline)).ok().unwrap());
            client.servers().remove("localhost").unwrap();
            drop(snapshot);
            assert!(shared.lock().stopped);
            assert_eq!(shared.expire(now + 2 * MOST_LINGER).is_ok(), awaited);
            assert!(shared.expire(deadline).is_err());
        }
    }

    /// Else one server had the value of before.
    #[tokio::test]
    async fn a_copy_that_has_no_room_holds_up_its_set() {
        let client = Client::builder().servers(["localhost", "localhost"]);
        let client = client.unwrap().build().unwrap();
        client.behaviors().set("num_replicas", 1).unwrap();
        let snapshot = client.cluster().snapshot();
        let (key, deadline) = (
            Key::new(b"k").unwrap(),
            Instant::now() + Duration::from_secs(60),
        );
        let owner = snapshot.owner(key);
        let [first, copy] = [owner, 1 - owner].map(|server| &snapshot.nodes[server].link);
        let get = Request::Get { key, cas: false };
        let ticket = || {
            copy.submit(|_| Ok(get.clone()), Asker::until(deadline))
                .ok()
        };
        let tickets: Vec<_> = std::iter::from_fn(ticket).collect();
        assert!(copy.would_wait());

        let mut set = Box::pin(client.set("k", "v").into_future());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(set.as_mut().poll(&mut cx).is_pending());
        assert_eq!(first.0.lock().core.pending(), 0);
        drop(tickets);
    }

    /// A socket with a layer above it that takes everything.
    #[derive(Default)]
    struct Layered {
        taken: Vec<u8>,
        /// Whether what it took leaves, and all of it is answered at once.
        answers: bool,
    }

    impl AsyncRead for Layered {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            into: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if !self.answers || self.taken.is_empty() {
                return Poll::Pending;
            }
            let taken = String::from_utf8(std::mem::take(&mut self.taken)).unwrap();
            into.put_slice(taken.replace("version", "VERSION 1").as_bytes());
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Layered {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.taken.extend_from_slice(bytes);
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            match self.answers {
                true => Poll::Ready(Ok(())),
                false => Poll::Pending,
            }
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    impl Stream for Layered {
        fn is_quiet(&self) -> io::Result<bool> {
            Ok(true)
        }

        fn reset(&self) -> Option<io::Error> {
            None
        }
    }

    /// The link of a client's only server, whose session is polled by the test.
    fn by_hand(client: &Client) -> Link {
        let shared = Arc::clone(&client.cluster().snapshot().nodes[0].link.0);
        shared.lock().driver = Driver::Awake;
        shared.connected(Protocol::Text, false);
        Link(shared)
    }

    #[tokio::test]
    async fn callers_go_on_before_all_have_their_answers() {
        let client = Client::builder().servers(["localhost"]).unwrap();
        let client = client.build().unwrap();
        let link = by_hand(&client);
        let asker = Asker {
            waker: Some(Waker::noop()),
            ..Asker::until(Instant::now() + Duration::from_secs(60))
        };
        let ask = || link.submit(|_| Ok(Request::Version), asker).ok().unwrap();
        let all = 2 * TOGETHER + 1;
        let _tickets: Vec<_> = (0..all).map(|_| ask()).collect();
        let (mut deadlines, mut cx) = (Deadlines::new(), Context::from_waker(Waker::noop()));
        let stream = Layered {
            answers: true,
            ..Layered::default()
        };
        let mut session = Session::new(&link.0, &mut deadlines, Box::new(stream));
        let mut turn = || {
            assert!(Pin::new(&mut session).poll(&mut cx).is_pending());
            link.0.lock().core.pending()
        };
        // It steps back before it writes as well.
        let expected = [all, all, TOGETHER + 1, 1, 0];
        assert_eq!([(); 5].map(|()| turn()), expected);
    }

    #[tokio::test]
    async fn what_is_taken_and_held_back_is_not_sent() {
        let mut behaviors = Behaviors::default();
        behaviors.send_timeout = Duration::from_millis(30);
        let client = Client::builder().servers(["localhost"]).unwrap();
        let client = client.behaviors(behaviors).build().unwrap();
        let link = by_hand(&client);
        let key = Key::new(b"k").unwrap();
        let deadline = Instant::now() + Duration::from_secs(60);
        let ticket = link.submit(
            |_| Ok(Request::Get { key, cas: false }),
            Asker::until(deadline),
        );
        let mut deadlines = Deadlines::new();
        Session::new(&link.0, &mut deadlines, Box::new(Layered::default())).await;
        let error = ticket.ok().unwrap().await.unwrap_err();
        assert!(
            error
                .to_string()
                .contains("took nothing of what was sent for 30ms"),
            "{error}"
        );
    }
}
