//! A batch: quiet requests, and a fence behind them.
//!
//! ```text
//! ms a 1 q O1\r\n1\r\nmd b q O2\r\nma c v O3\r\nmn\r\n
//!     →  what is not quiet or not as hoped, in order, and MN\r\n
//! ```
//!
//! A quiet request that is done is not answered, any other reply tells by its
//! mark which request it answers. But a refusal has no mark. It is given to a
//! request only if there is no doubt: if there are as many refusals in a row
//! as requests between the replies around them.

use bytes::BytesMut;

use super::answer::Answer;
use super::decoder::Reader;
use super::reply::{Head, Status};
use crate::connection::Expected;
use crate::kind::Kind;
use crate::line;
use crate::{Excerpt, Limits, ProtocolError, Refusal, RefusalKind, Reply};

/// The rows of one batch, as far as they have arrived.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The replies to the first requests.
    replies: Vec<Reply>,
    /// The refusals that arrived behind those.
    refusals: Vec<Refusal>,
    /// Where the row belongs whose value comes next.
    place: Place,
}

/// Where a row belongs.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Fence,
    At(usize),
}

impl Rows {
    /// Reads rows up to the fence. The reply to each request, in their order.
    pub(super) fn decode(
        &mut self,
        reader: &mut Reader,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Vec<Reply>>, ProtocolError> {
        loop {
            let place = &mut self.place;
            let from = self.replies.len();
            let answer = |head: Head<'_>| {
                *place = Place::of(&head, from, expected)?;
                Ok(place.answer(head, expected))
            };
            let Some(reply) = reader.read(input, expected.command, limits, answer)? else {
                return Ok(None);
            };
            match (reply, self.place) {
                (Reply::Refused(refusal), _) => {
                    let locks = refusal.kind == RefusalKind::Unauthenticated;
                    self.refusals.push(refusal);
                    if locks {
                        return self.give_up(expected).map(Some);
                    }
                    self.check_room(expected)?;
                }
                (_, Place::Fence) => {
                    self.fill(expected.parts.len(), expected)?;
                    return Ok(Some(std::mem::take(&mut self.replies)));
                }
                (reply, Place::At(index)) => {
                    self.fill(index, expected)?;
                    self.replies.push(reply);
                }
            }
        }
    }

    /// Answers the requests up to this one, none of which had a reply with a
    /// mark.
    fn fill(&mut self, index: usize, expected: &Expected<'_>) -> Result<(), ProtocolError> {
        let (from, refused) = (self.replies.len(), self.refusals.len());
        let skipped = index.saturating_sub(from);
        if refused > 0 && refused != skipped {
            return Err(self.unplaced());
        }
        if refused > 0 {
            self.take_refusals();
            return Ok(());
        }
        for kind in expected.parts.iter().skip(from).take(skipped) {
            let done = done_quietly(kind).ok_or_else(|| ProtocolError::Unexpected {
                command: expected.command,
                found: Excerpt::new(b"MN"),
            })?;
            self.replies.push(done);
        }
        Ok(())
    }

    /// There must not be more refusals than requests to be refused.
    fn check_room(&self, expected: &Expected<'_>) -> Result<(), ProtocolError> {
        let left = expected.parts.len().saturating_sub(self.replies.len());
        if self.refusals.len() > left {
            return Err(self.unplaced());
        }
        Ok(())
    }

    /// A server that wants a password has done nothing since the last reply,
    /// and takes no fence either.
    fn give_up(&mut self, expected: &Expected<'_>) -> Result<Vec<Reply>, ProtocolError> {
        self.check_room(expected)?;
        self.take_refusals();
        Ok(std::mem::take(&mut self.replies))
    }

    /// The next requests had the refusals that arrived.
    fn take_refusals(&mut self) {
        let refusals = self.refusals.drain(..).map(Reply::Refused);
        self.replies.extend(refusals);
    }

    fn unplaced(&self) -> ProtocolError {
        let last = self.refusals.last().map(Refusal::to_string);
        ProtocolError::Unplaced {
            found: Excerpt::new(last.unwrap_or_default().as_bytes()),
        }
    }
}

impl Place {
    /// Where a row belongs: to the fence, or to the request with its mark, of
    /// which `from` is the first that can be meant.
    fn of(head: &Head<'_>, from: usize, expected: &Expected<'_>) -> Result<Self, ProtocolError> {
        if head.status == Status::Noop {
            return Ok(Self::Fence);
        }
        let found = head.echo.opaque.unwrap_or_default();
        let number = line::number(found).and_then(|number| u32::try_from(number).ok());
        let index = number.map(|number| number.wrapping_sub(expected.opaque) as usize);
        match index {
            Some(index) if (from..expected.parts.len()).contains(&index) => Ok(Self::At(index)),
            _ => Err(ProtocolError::WrongOpaque {
                expected: expected.opaque.wrapping_add(from as u32),
                found: Excerpt::new(found),
            }),
        }
    }

    fn answer(self, head: Head<'_>, expected: &Expected<'_>) -> Option<Answer> {
        match self {
            Self::Fence => Answer::of(head, Kind::Noop),
            Self::At(index) => Answer::of(head, expected.parts.get(index)?),
        }
    }
}

/// The reply to a request that was sent as a quiet one, if none came.
fn done_quietly(kind: Kind) -> Option<Reply> {
    match kind {
        Kind::Delete => Some(Reply::Deleted),
        _ if kind.stores() => Some(Reply::Stored),
        _ => None,
    }
}
