//! A call about one key, from its start to its answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mc_proto::{Key, Protocol, Reply, Request};

use crate::cluster::{Cluster, Snapshot, Turn, Unawaited};
use crate::command::{Single, Step};
use crate::error::{Error, ErrorKind};
use crate::trace;

/// One call about one key.
///
/// A shell [begins](Self::begin) it, asks the cluster for the route, sends the [`request`](Self::request) there,
/// and tells what came of it by [`answered`](Self::answered) or [`failed`](Self::failed); and so on until one
/// of them ends the call.
pub(crate) struct Journey<C> {
    command: C,
    within: Option<Duration>,
    /// By when the answer must be there, once the call has begun.
    deadline: Option<Instant>,
    /// Where it stands on its way through the key's servers.
    turn: Turn,
    /// The first failure, once another server or the same one is tried again.
    failed: Option<Error>,
    trace: trace::Call,
}

/// When a try began, and by when the call's answer must be there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Begun {
    pub(crate) since: Instant,
    pub(crate) deadline: Instant,
}

impl<C: Single> Journey<C> {
    pub(crate) fn new(command: C, within: Option<Duration>) -> Self {
        Self {
            command,
            within,
            deadline: None,
            turn: Turn::default(),
            failed: None,
            trace: trace::Call::default(),
        }
    }

    /// Begins a try. The first time, the call begins: its clock starts, its value is encoded.
    #[inline]
    pub(crate) fn begin<L>(
        &mut self,
        cluster: &Cluster<L>,
        snapshot: &Snapshot<L>,
    ) -> Result<Begun, Error> {
        let since = Instant::now();
        if let Some(deadline) = self.deadline {
            return Ok(Begun { since, deadline });
        }
        self.trace = trace::Call::begins(1);
        snapshot.allows(C::CAS)?;
        self.command.encode(cluster.values())?;
        let deadline = snapshot.deadline(since, self.within);
        self.deadline = Some(deadline);
        self.turn = snapshot.turn(C::REPLICAS);
        Ok(Begun { since, deadline })
    }

    /// Whom to ask, once it has begun.
    #[inline]
    pub(crate) fn turn(&self) -> Turn {
        self.turn
    }

    /// The key in its wire form.
    pub(crate) fn key<'a, L>(&'a self, snapshot: &'a Snapshot<L>) -> Result<Key<'a>, Error> {
        snapshot.key(self.command.key())
    }

    /// How to send a request whose answer is not awaited, and what the caller gets of it.
    pub(crate) fn unawaited<L>(&self, snapshot: &Snapshot<L>) -> Option<(Unawaited, C::Output)> {
        let output = self.command.unawaited()?;
        Some((snapshot.unawaited(C::BUFFERED)?, output))
    }

    /// What to send now.
    pub(crate) fn request<'a>(
        &'a self,
        key: Key<'a>,
        protocol: Protocol,
    ) -> Result<Request<'a>, Error> {
        let request = self.command.request(key, protocol);
        request.inspect(|request| self.trace.sends(request))
    }

    /// The vector that the caller lends.
    #[cfg(feature = "blocking")]
    pub(crate) fn room(&mut self) -> Option<&mut Vec<u8>> {
        self.command.room()
    }

    /// Takes the answer; `None` if there is another request to send.
    #[inline]
    pub(crate) fn answered<L>(
        &mut self,
        reply: Reply,
        server: &Arc<str>,
        cluster: &Cluster<L>,
    ) -> Result<Option<C::Output>, Error> {
        self.trace.answered_by(server);
        match self.command.answered(reply, cluster.values()) {
            Step::Again => Ok(None),
            Step::Done(Ok(output)) => Ok(Some(output)),
            Step::Done(Err(error)) => Err(cluster.snapshot().told(error, server)),
        }
    }

    /// After a failed try: another one, or the error that ends the call.
    pub(crate) fn failed(&mut self, error: Error) -> Result<(), Error> {
        let next = self.go_on(error);
        next.inspect_err(|error| self.trace.failed(error))
    }

    fn go_on(&mut self, error: Error) -> Result<(), Error> {
        if error.is_loss() && self.turn.next() {
            self.failed.get_or_insert(error);
            return Ok(());
        }
        match self.failed.take() {
            // That the server is down by now tells less than how it failed.
            Some(first) if error.kind() == ErrorKind::ServerDown => Err(first),
            None if error.may_go_elsewhere() => {
                self.failed = Some(error);
                Ok(())
            }
            _ => Err(error),
        }
    }
}
