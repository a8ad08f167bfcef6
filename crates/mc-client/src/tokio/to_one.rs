//! A call about one key, as a future.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use tokio::task::coop;

use super::client::Client;
use super::link::{Link, Refused};
use super::room::Room;
use super::ticket::Ticket;
use super::waiters::Asker;
use crate::call::{Begun, Journey};
use crate::cluster::Route;
use crate::command::{Call, Single};
use crate::error::Error;

/// The async shell, for a command to one server.
#[derive(Debug, Clone, Copy)]
pub struct ToOne<'c>(pub(super) &'c Client);

impl<'c, C: Single + Unpin> IntoFuture for Call<ToOne<'c>, C> {
    type Output = Result<C::Output, Error>;
    type IntoFuture = Asking<'c, C>;

    fn into_future(self) -> Asking<'c, C> {
        let Self {
            shell: ToOne(client),
            command,
            deadline: within,
        } = self;
        Asking {
            client,
            journey: Journey::new(command, within),
            stage: Stage::Start,
            copies: Vec::new(),
            greeted: 0,
        }
    }
}

/// The future of a call about one key.
///
/// Nothing is sent before it is polled. Dropped early, it leaves the connection as it was: the reply is
/// thrown away when it comes.
#[must_use = "a call does nothing until it is awaited"]
pub struct Asking<'c, C> {
    client: &'c Client,
    journey: Journey<C>,
    stage: Stage,
    /// Of the same request at the key's other servers.
    copies: Vec<Ticket>,
    /// How many of those servers were waited for, to tell what they speak.
    greeted: usize,
}

/// What became of a request that was to be queued; the stage says what is waited for.
enum Submitted<T> {
    /// It is, and the caller is woken when there is more to do.
    Asleep,
    /// What is waited for is to be polled.
    Waiting,
    /// Its answer is not awaited.
    Unawaited(T),
}

enum Stage {
    Start,
    Room(Room),
    /// Until a server that gets a copy has told what it speaks, or cannot be reached.
    Greeting(Room),
    Waiting(Ticket),
}

impl<C> std::fmt::Debug for Asking<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}

impl<C: Single> Asking<'_, C> {
    /// Routes the key and queues the request, with its copies; or finds what is to be waited for first.
    fn submit(&mut self, waker: &Waker) -> Result<Submitted<C::Output>, Error> {
        let cluster = self.client.cluster();
        let snapshot = cluster.snapshot();
        let Begun { since, deadline } = self.journey.begin(cluster, &snapshot)?;
        let key = self.journey.key(&snapshot)?;
        let Route { server, copies } = cluster.route(&snapshot, key, self.journey.turn())?;
        let link = |server: usize| &snapshot.nodes[server].link;
        let request = |protocol| self.journey.request(key, protocol);
        let asker = Asker {
            since,
            deadline,
            // The copies are looked at first, and the ticket only when those are answered.
            waker: copies.is_empty().then_some(waker),
        };
        let copies = || copies.iter().map(|copy| link(*copy));
        let stranger = copies().find(|link| link.is_undecided());
        if let Some(stranger) = stranger.filter(|_| self.greeted < copies().len()) {
            self.greeted += 1;
            link(server).abandon();
            copies().for_each(Link::abandon);
            // The owner must have time left, whatever becomes of the copy.
            let half = deadline.saturating_duration_since(since) / 2;
            self.stage = Stage::Greeting(stranger.room(since + half)?);
            return Ok(Submitted::Waiting);
        }
        if let Some(full) = copies().find(|link| link.would_wait()) {
            link(server).abandon();
            copies().for_each(Link::abandon);
            self.stage = Stage::Room(full.room(deadline)?);
            return Ok(Submitted::Waiting);
        }
        let submitted = match self.journey.unawaited(&snapshot) {
            None => link(server).submit(request, asker).map(|ticket| {
                for copy in copies() {
                    self.copies.extend(copy.submit(request, asker).ok());
                }
                let is_asleep = asker.waker.is_some() && ticket.keeps_waker();
                self.stage = Stage::Waiting(ticket);
                match is_asleep {
                    true => Submitted::Asleep,
                    false => Submitted::Waiting,
                }
            }),
            Some((unawaited, output)) => link(server).post(request, unawaited).map(|()| {
                copies().for_each(|link| drop(link.post(request, unawaited)));
                Submitted::Unawaited(output)
            }),
        };
        submitted.or_else(|refused| {
            copies().for_each(Link::abandon);
            match refused {
                Refused::Full => {
                    self.stage = Stage::Room(link(server).room(deadline)?);
                    Ok(Submitted::Waiting)
                }
                Refused::Failed(error) => Err(error),
            }
        })
    }

    fn poll_steps(&mut self, cx: &mut Context<'_>) -> Poll<Result<C::Output, Error>> {
        loop {
            match ready!(self.poll_step(cx)) {
                Ok(Some(output)) => return Poll::Ready(Ok(output)),
                Ok(None) => {}
                Err(error) => {
                    self.stage = Stage::Start;
                    self.journey.failed(error)?;
                }
            }
        }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<C::Output>, Error>> {
        match &mut self.stage {
            Stage::Start => {}
            Stage::Room(room) => ready!(Pin::new(room).poll(cx))?,
            Stage::Greeting(room) => {
                // Without the copy, if need be.
                let _ = ready!(Pin::new(room).poll(cx));
            }
            Stage::Waiting(ticket) => {
                if !self.copies.is_empty() {
                    let copies = &mut self.copies;
                    copies.retain_mut(|copy| Pin::new(copy).poll(cx).is_pending());
                    if !copies.is_empty() {
                        return Poll::Pending;
                    }
                }
                let reply = ready!(Pin::new(&mut *ticket).poll(cx))?;
                let cluster = self.client.cluster();
                if let Some(output) = self.journey.answered(reply, ticket.server(), cluster)? {
                    return Poll::Ready(Ok(Some(output)));
                }
            }
        }
        // Whoever waited for room keeps its place until here.
        match self.submit(cx.waker())? {
            Submitted::Asleep => Poll::Pending,
            Submitted::Waiting => Poll::Ready(Ok(None)),
            Submitted::Unawaited(output) => Poll::Ready(Ok(Some(output))),
        }
    }
}

impl<C: Single + Unpin> Future for Asking<'_, C> {
    type Output = Result<C::Output, Error>;

    /// Takes a share of the task's budget: while a server rests its calls fail at once, and who asks again and again
    /// must not keep the thread from the driver that finds it well.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let budget = ready!(coop::poll_proceed(cx));
        let output = ready!(self.poll_steps(cx));
        budget.made_progress();
        Poll::Ready(output)
    }
}
