//! A batch: quiet requests, and a fence behind them.
//!
//! ```text
//! ms a 1 q O1\r\n1\r\nmd b O2\r\nma c v O3\r\nmn\r\n
//!     →  what is not quiet or not as hoped, in order, and MN\r\n
//! ```
//!
//! A quiet request that is done is not answered, any other reply tells by its
//! mark which request it answers. But a refusal has no mark. It is given to a
//! request only if there is no doubt: if there are as many refusals in a row
//! as requests between the replies around them. If there are fewer, and the
//! server is in step all the same, all of those requests are
//! [unplaced](Reply::Unplaced); only sets are quiet, which can be asked again.
//! A refusal that ends the connection may be followed by what the server has
//! taken for commands, so that it has to be the last of them, and the batch
//! ends with it.

use bytes::BytesMut;

use super::answer::{Answer, wrong_number};
use super::common::is_quiet;
use super::decoder::Reader;
use super::reply::{Head, Status};
use crate::connection::Expected;
use crate::kind::{Kind, after_one};
use crate::line;
use crate::{Disposition, Excerpt, Limits, Protocol, ProtocolError, Refusal, RefusalKind, Reply};

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
            let answer = |head: &mut Head<'_>| {
                *place = Place::of(head, from, expected)?;
                Ok(place.answer(head, expected))
            };
            let Some(reply) = reader.read(input, expected.command, limits, answer)? else {
                return Ok(None);
            };
            match (reply, self.place) {
                (Reply::Refused(refusal), _) => {
                    let locks = refusal.kind == RefusalKind::Unauthenticated;
                    self.refusals.push(refusal);
                    self.check_room(expected)?;
                    // Such a server has done nothing, and takes no fence.
                    if locks {
                        let next = self.replies.len().saturating_add(1);
                        self.fill(next, expected)?;
                        return Ok(Some(self.take()));
                    }
                }
                (_, Place::Fence) => {
                    self.fill(expected.parts.len(), expected)?;
                    return Ok(Some(self.take()));
                }
                (reply, Place::At(index)) => {
                    if self.fill(index, expected)? == Disposition::Drop {
                        return Ok(Some(self.take()));
                    }
                    self.replies.push(reply);
                }
            }
        }
    }

    /// Answers the requests up to this one, none of which had a reply with a
    /// mark. Whether the ends are still in step.
    fn fill(
        &mut self,
        index: usize,
        expected: &Expected<'_>,
    ) -> Result<Disposition, ProtocolError> {
        let from = self.replies.len();
        let skipped = index.saturating_sub(from);
        let mut kinds = expected.parts.iter().skip(from).take(skipped);
        let refusals = std::mem::take(&mut self.refusals);
        match refusals.last() {
            None => {}
            Some(_) if refusals.len() < skipped => return self.leave_open(&refusals, kinds),
            Some(_) if refusals.len() == skipped => return self.refuse(kinds.zip(refusals)),
            Some(last) => return Err(unplaced(last)),
        }
        if !kinds.all(is_quiet) {
            return Err(ProtocolError::Unexpected {
                command: expected.command,
                found: Excerpt::new(b"MN"),
            });
        }
        let stored = std::iter::repeat_with(|| Reply::Stored);
        self.replies.extend(stored.take(skipped));
        Ok(Disposition::Keep)
    }

    /// Answers these requests, some of which have these refusals: which, nobody
    /// can tell. Both ends must be in step all the same.
    fn leave_open(
        &mut self,
        refusals: &[Refusal],
        kinds: impl Iterator<Item = Kind>,
    ) -> Result<Disposition, ProtocolError> {
        let drops = |refusal: &&Refusal| {
            let reply = Reply::Refused((*refusal).clone());
            after_one(Protocol::Meta, Kind::Set, &reply) == Disposition::Drop
        };
        if let Some(refusal) = refusals.iter().find(drops) {
            return Err(unplaced(refusal));
        }
        for (kind, refusal) in kinds.zip(refusals.iter().cycle()) {
            if !is_quiet(kind) {
                return Err(unplaced(refusal));
            }
            self.replies.push(Reply::Unplaced(refusal.clone()));
        }
        Ok(Disposition::Keep)
    }

    /// Answers each of these requests with its refusal.
    fn refuse(
        &mut self,
        pairs: impl Iterator<Item = (Kind, Refusal)>,
    ) -> Result<Disposition, ProtocolError> {
        let mut then = Disposition::Keep;
        for (kind, refusal) in pairs {
            if then == Disposition::Drop {
                return Err(unplaced(&refusal));
            }
            let reply = Reply::Refused(refusal);
            then = after_one(Protocol::Meta, kind, &reply);
            self.replies.push(reply);
        }
        Ok(then)
    }

    /// There must not be more refusals than requests to be refused.
    fn check_room(&self, expected: &Expected<'_>) -> Result<(), ProtocolError> {
        let left = expected.parts.len().saturating_sub(self.replies.len());
        match self.refusals.get(left) {
            Some(one_too_many) => Err(unplaced(one_too_many)),
            None => Ok(()),
        }
    }

    fn take(&mut self) -> Vec<Reply> {
        std::mem::take(&mut self.replies)
    }
}

fn unplaced(refusal: &Refusal) -> ProtocolError {
    ProtocolError::Unplaced {
        found: Excerpt::new(refusal.to_string().as_bytes()),
    }
}

impl Place {
    /// Where a row belongs: to the fence, or to the request with its mark, of
    /// which `from` is the first that can be meant.
    fn of(head: &Head<'_>, from: usize, expected: &Expected<'_>) -> Result<Self, ProtocolError> {
        if head.status == Status::Noop {
            return Ok(Self::Fence);
        }
        let number = head.echo.opaque.and_then(line::number);
        let number = number.and_then(|number| u32::try_from(number).ok());
        let index = number.map(|number| number.wrapping_sub(expected.opaque) as usize);
        match index {
            Some(index) if (from..expected.parts.len()).contains(&index) => Ok(Self::At(index)),
            _ => {
                let from = u32::try_from(from).unwrap_or(u32::MAX);
                let due = expected.opaque.wrapping_add(from);
                Err(wrong_number(&head.echo, due))
            }
        }
    }

    fn answer(self, head: &mut Head<'_>, expected: &Expected<'_>) -> Option<Answer> {
        match self {
            Self::Fence => Answer::of(head, Kind::Noop),
            Self::At(index) => Answer::of(head, expected.parts.get(index)?),
        }
    }
}
