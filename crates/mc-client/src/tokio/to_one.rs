//! A call about one key, as a future.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::client::Client;
use super::link::Refused;
use super::room::Room;
use super::ticket::Ticket;
use crate::command::{Call, Single, Step};
use crate::error::{Error, ErrorKind};

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
            command,
            within,
            deadline: None,
            stage: Stage::Start,
            failed: None,
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
    command: C,
    within: Option<Duration>,
    /// Set when the call starts.
    deadline: Option<Instant>,
    stage: Stage,
    /// The first failure, if the request is being sent a second time.
    failed: Option<Error>,
}

enum Stage {
    Start,
    Room(Room),
    Waiting(Ticket),
}

impl<C> std::fmt::Debug for Asking<'_, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl<C: Single> Asking<'_, C> {
    /// Routes the key and queues the request.
    fn submit(&mut self) -> Result<Stage, Error> {
        let now = Instant::now();
        let cluster = self.client.cluster();
        let snapshot = cluster.snapshot();
        let deadline = *self
            .deadline
            .get_or_insert_with(|| snapshot.deadline(now, self.within));
        let key = snapshot.key(self.command.key())?;
        let request = self.command.request(key)?;
        let link = &snapshot.nodes[cluster.route(&snapshot, key, now)?].link;
        match link.submit(&request, deadline) {
            Ok(ticket) => Ok(Stage::Waiting(ticket)),
            Err(Refused::Full) => Ok(Stage::Room(link.room(deadline))),
            Err(Refused::Failed(error)) => Err(error),
        }
    }

    /// The end of a failed try: another one, once and only if nothing was sent, or the error.
    fn failed(&mut self, error: Error) -> Result<(), Error> {
        match self.failed.take() {
            Some(first) if error.kind() == ErrorKind::ServerDown => Err(first),
            None if error.may_go_elsewhere() => {
                self.failed = Some(error);
                self.stage = Stage::Start;
                Ok(())
            }
            _ => Err(error),
        }
    }

    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<C::Output>, Error>> {
        match &mut self.stage {
            Stage::Start => self.stage = self.submit()?,
            Stage::Room(room) => {
                ready!(Pin::new(room).poll(cx))?;
                self.stage = Stage::Start;
            }
            Stage::Waiting(ticket) => {
                let reply = ready!(Pin::new(&mut *ticket).poll(cx))?;
                match self.command.answered(reply) {
                    Step::Again => self.stage = Stage::Start,
                    Step::Done(Ok(output)) => return Poll::Ready(Ok(Some(output))),
                    Step::Done(Err(error)) => return Poll::Ready(Err(error.at(ticket.server()))),
                }
            }
        }
        Poll::Ready(Ok(None))
    }
}

impl<C: Single + Unpin> Future for Asking<'_, C> {
    type Output = Result<C::Output, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match ready!(self.poll_step(cx)) {
                Ok(Some(output)) => return Poll::Ready(Ok(output)),
                Ok(None) => {}
                Err(error) => self.failed(error)?,
            }
        }
    }
}
