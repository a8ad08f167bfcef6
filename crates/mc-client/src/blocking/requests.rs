//! What one server is asked in a call, and what takes its answers.

use std::marker::PhantomData;

use mc_proto::{Payload, Protocol, Reply, Request};

use super::session::{Session, Tag};
use crate::cluster::Unawaited;
use crate::error::Error;

/// A borrowed value of at least so many bytes is sent from where it lies: one piece more for the system to gather.
const LEND_FROM: usize = 16 << 10;

/// The requests of one server's part in a call.
pub(super) trait Requests {
    /// Whether there is one request at most, whose value may be left where it is.
    const LENDS: bool = false;

    /// How many there are.
    fn len(&self) -> usize;

    /// How those go whose answers are not awaited, if they are not.
    fn unawaited(&self) -> Option<Unawaited>;

    /// Hands one of them to `push`.
    fn queue(
        &self,
        at: usize,
        protocol: Protocol,
        push: impl FnOnce(&Request<'_>) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// The value that is left with the caller, if it lends one.
    fn lent(&self, _protocol: Protocol) -> &[u8] {
        &[]
    }

    /// Where a large value is received, if it is to be anywhere.
    fn room(&mut self) -> Option<&mut Vec<u8>> {
        None
    }

    /// Takes what came of it: `None` if no answer is awaited.
    fn answered(&mut self, at: usize, result: Result<Option<Reply>, Error>);
}

/// A single request.
pub(super) struct One<'r, F> {
    request: F,
    /// What the request borrows.
    borrowed: PhantomData<&'r ()>,
    unawaited: Option<Unawaited>,
    /// Where a large value is received, if the caller lends it.
    pub(super) room: Option<Vec<u8>>,
    answer: Option<Result<Option<Reply>, Error>>,
}

/// No request: what is buffered is to be sent.
pub(super) struct Nothing;

impl<F> One<'_, F> {
    pub(super) fn new(request: F, unawaited: Option<Unawaited>) -> Self {
        Self {
            request,
            borrowed: PhantomData,
            unawaited,
            room: None,
            answer: None,
        }
    }

    /// What came of it: `None` if no answer is awaited.
    pub(super) fn into_answer(self) -> Result<Option<Reply>, Error> {
        self.answer.expect("a part ends with an answer")
    }
}

impl<'r, F: Fn(Protocol) -> Result<Request<'r>, Error>> Requests for One<'r, F> {
    const LENDS: bool = true;

    fn len(&self) -> usize {
        1
    }

    fn unawaited(&self) -> Option<Unawaited> {
        self.unawaited
    }

    #[inline]
    fn queue(
        &self,
        _at: usize,
        protocol: Protocol,
        push: impl FnOnce(&Request<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        push(&(self.request)(protocol)?)
    }

    fn lent(&self, protocol: Protocol) -> &[u8] {
        match (self.request)(protocol) {
            Ok(Request::Store {
                value: Payload::Borrowed(value),
                ..
            }) => value,
            _ => &[],
        }
    }

    fn room(&mut self) -> Option<&mut Vec<u8>> {
        self.room.as_mut()
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

    fn queue(
        &self,
        _: usize,
        _: Protocol,
        _: impl FnOnce(&Request<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn answered(&mut self, _: usize, _: Result<Option<Reply>, Error>) {}
}

/// Queues a request, to be answered at this place in the list, or not to be awaited. A large borrowed value is
/// not copied if the call `lends` it.
#[inline]
pub(super) fn push(
    session: &mut Session,
    request: &Request<'_>,
    at: usize,
    unawaited: Option<Unawaited>,
    lends: bool,
) -> Result<(), Error> {
    let pushed = match unawaited {
        Some(Unawaited { noreply: true, .. }) => session.core.push_noreply(request),
        Some(_) => session.push(request, Tag::Buffered),
        None => match request {
            Request::Store {
                value: Payload::Borrowed(value),
                ..
            } if lends && value.len() >= LEND_FROM => {
                session.push_apart(request, value.len(), Tag::Asked(at))
            }
            _ => session.push(request, Tag::Asked(at)),
        },
    };
    pushed.map_err(|error| Error::unsendable(&error))
}
