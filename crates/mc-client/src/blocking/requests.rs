//! What one server is asked in a call, and what takes its answers.

use mc_proto::{Protocol, Reply, Request};

use super::session::{Core, Tag};
use crate::cluster::Unawaited;
use crate::error::Error;

/// The requests of one server's part in a call.
pub(super) trait Requests {
    /// How many there are.
    fn len(&self) -> usize;

    /// How those go whose answers are not awaited, if they are not.
    fn unawaited(&self) -> Option<Unawaited>;

    /// Hands one of them to `push`.
    fn queue(&self, at: usize, protocol: Protocol, push: &mut Push<'_>) -> Result<(), Error>;

    /// Takes what came of it: `None` if no answer is awaited.
    fn answered(&mut self, at: usize, result: Result<Option<Reply>, Error>);
}

/// Queues a request, so that it is sent.
pub(super) type Push<'p> = dyn FnMut(&Request<'_>) -> Result<(), Error> + 'p;

/// A single request.
pub(super) struct One<F> {
    request: F,
    unawaited: Option<Unawaited>,
    answer: Option<Result<Option<Reply>, Error>>,
}

/// No request: what is buffered is to be sent.
pub(super) struct Nothing;

impl<F> One<F> {
    pub(super) fn new(request: F, unawaited: Option<Unawaited>) -> Self {
        Self {
            request,
            unawaited,
            answer: None,
        }
    }

    /// What came of it: `None` if no answer is awaited.
    pub(super) fn into_answer(self) -> Result<Option<Reply>, Error> {
        self.answer.expect("a part ends with an answer")
    }
}

impl<'r, F: Fn(Protocol) -> Result<Request<'r>, Error>> Requests for One<F> {
    fn len(&self) -> usize {
        1
    }

    fn unawaited(&self) -> Option<Unawaited> {
        self.unawaited
    }

    fn queue(&self, _at: usize, protocol: Protocol, push: &mut Push<'_>) -> Result<(), Error> {
        push(&(self.request)(protocol)?)
    }

    fn answered(&mut self, _at: usize, result: Result<Option<Reply>, Error>) {
        self.answer = Some(result);
    }
}

impl Requests for Nothing {
    fn len(&self) -> usize {
        0
    }

    fn unawaited(&self) -> Option<Unawaited> {
        None
    }

    fn queue(&self, _: usize, _: Protocol, _: &mut Push<'_>) -> Result<(), Error> {
        Ok(())
    }

    fn answered(&mut self, _: usize, _: Result<Option<Reply>, Error>) {}
}

/// Queues a request, to be answered at this place in the list, or not to be awaited.
pub(super) fn push(
    core: &mut Core,
    request: &Request<'_>,
    at: usize,
    unawaited: Option<Unawaited>,
) -> Result<(), Error> {
    let pushed = match unawaited {
        Some(Unawaited { noreply: true, .. }) => core.push_noreply(request),
        other => {
            let tag = other.map_or(Tag::Asked(at), |_| Tag::Buffered);
            core.push(request, tag)
                .map(drop)
                .map_err(|(error, _)| error)
        }
    };
    pushed.map_err(|error| Error::unsendable(&error))
}
