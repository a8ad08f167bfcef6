//! Replies as a client reads them, in whatever pieces they arrive.

use bytes::{Buf, BytesMut};

use super::hit::{self, Hit};
use super::outcome::{self, unexpected};
use super::response::Head;
use super::rows::Rows;
use super::sent::{in_batch, sent};
use super::{BadFrame, Opcode, Status};
use crate::connection::{Decoded, Expected, Numbers, Skipped};
use crate::kind::Kind;
use crate::value::{self, Page};
use crate::{Excerpt, Item, Limits, ProtocolError, Refusal, Reply};

/// Where the reading of a reply has stopped.
///
/// A packet that is there is taken as a whole. Of another the header and the extras are taken, so that a large value
/// comes first in the room that it is received into; nothing is looked at twice, however the bytes are cut.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// The current reply, from its first packet on.
    partial: Option<Partial>,
    /// What was taken of the current packet.
    head: Option<Head>,
    /// How many bytes of it have not arrived.
    missing: usize,
}

/// A reply as far as it has been read.
#[derive(Debug)]
enum Partial {
    /// It is of one packet, so that there are no parts of it.
    One,
    /// It is of one packet with a fence behind it.
    Fenced(Option<Reply>),
    /// Items of many keys.
    Values(Values),
    /// What the requests of a batch were answered, silence left out.
    Batch(Vec<Option<Reply>>),
    /// Statistics.
    Rows(Rows),
}

/// The items that were found, and the first refusal among them.
#[derive(Debug)]
struct Values {
    items: Vec<Option<Item>>,
    refused: Option<Refusal>,
}

/// The place of a packet in the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    /// The answer to a request of this shape, counted from 0.
    Part(usize, Kind),
    /// The answer to the noop behind them.
    Fence,
}

impl Decoder {
    /// How many bytes of the current packet have not arrived.
    #[inline]
    pub(crate) fn missing(&self) -> usize {
        self.missing
    }

    /// Takes packets off the input until the expected reply is complete.
    /// `None` means that more bytes are needed; then call again with more
    /// behind the rest.
    pub(crate) fn decode(
        &mut self,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Decoded>, ProtocolError> {
        if self.partial.is_none()
            && let Some(item) = hit::take(input, expected, limits)
        {
            return Ok(Some(Decoded::Reply(Reply::Value(Some(item)))));
        }
        let partial = self.partial.get_or_insert_with(|| Partial::of(expected));
        self.missing = 0;
        loop {
            if let Partial::Values(values) = partial
                && self.head.is_none()
            {
                values.whole_hits(input, expected, limits);
            }
            let head = match self.head.take() {
                Some(head) => Some(head),
                None => Head::read(input, limits)?,
            };
            let Some(mut head) = head else {
                break;
            };
            let slot = partial.slot(&head, expected)?;
            if let Partial::Rows(rows) = partial {
                rows.check(&head, expected.kind, limits)?;
            }
            self.missing = head.missing(input);
            if self.missing > 0 {
                let has_begun = head.begin(input);
                self.head = has_begun.then_some(head);
                break;
            }
            if let Some(reply) = partial.take(&head, slot, input, expected, limits)? {
                self.partial = None;
                return Ok(Some(Decoded::Reply(reply)));
            }
        }
        Ok(None)
    }

    /// Looks at the packet that comes next, and takes it off the input if it
    /// answers a request which wanted no reply; those had these numbers.
    ///
    /// # Errors
    /// [`ProtocolError::Noreply`] if the server goes no further after that answer.
    pub(crate) fn skip_noreply(
        &self,
        input: &mut BytesMut,
        numbers: &Numbers,
        limits: &Limits,
    ) -> Result<Skipped, ProtocolError> {
        match self.head {
            // The packet has begun, and is none of those.
            Some(_) => Ok(Skipped::Nothing),
            None => skip_noreply(input, numbers, limits),
        }
    }
}

fn skip_noreply(
    input: &mut BytesMut,
    numbers: &Numbers,
    limits: &Limits,
) -> Result<Skipped, ProtocolError> {
    let Some(head) = Head::read(input, limits)? else {
        return Ok(Skipped::Partial);
    };
    if !numbers.contains(head.opaque) {
        return Ok(Skipped::Nothing);
    }
    if outcome::is_end(head.status) {
        let found = Excerpt::new(head.status.to_string().as_bytes());
        return Err(ProtocolError::Noreply { found });
    }
    if head.missing(input) > 0 {
        return Ok(Skipped::Partial);
    }
    head.skip(input);
    Ok(Skipped::One(head.opaque))
}

impl Partial {
    /// Nothing of the reply to come.
    fn of(expected: &Expected<'_>) -> Self {
        match expected.kind {
            Kind::GetMany { .. } | Kind::GatMany { .. } => Self::Values(Values {
                items: vec![None; expected.count],
                refused: None,
            }),
            Kind::Batch => Self::Batch(vec![None; expected.parts.len()]),
            Kind::Verbosity => Self::Fenced(None),
            Kind::Stats | Kind::StatsDetail | Kind::StatsDump | Kind::StatsReset => {
                Self::Rows(Rows::default())
            }
            _ => Self::One,
        }
    }

    /// Where this packet belongs: by its opaque, if it has the opcode that
    /// was sent with that, and nothing was answered there before.
    fn slot(&self, head: &Head, expected: &Expected<'_>) -> Result<Slot, ProtocolError> {
        let offset = head.opaque.wrapping_sub(expected.opaque);
        let due = usize::try_from(offset).ok();
        let due = due.and_then(|offset| self.due(offset, expected));
        let Some((slot, opcode)) = due else {
            return Err(ProtocolError::WrongOpaque {
                expected: expected.opaque,
                found: Excerpt::new(head.opaque.to_string().as_bytes()),
            });
        };
        if opcode != head.opcode {
            let found = head.opcode.byte();
            return Err(ProtocolError::Frame(BadFrame::Opcode {
                found,
                expected: opcode,
            }));
        }
        Ok(slot)
    }

    /// What is due with this opaque, counted from the first.
    fn due(&self, offset: usize, expected: &Expected<'_>) -> Option<(Slot, Opcode)> {
        let fence = Some((Slot::Fence, Opcode::Noop));
        let kind = expected.kind;
        match self {
            Self::One | Self::Fenced(None) | Self::Rows(_) if offset == 0 => {
                Some((Slot::Part(0, kind), sent(kind)?))
            }
            Self::Fenced(Some(_)) if offset == 0 => fence,
            Self::Values(values) if offset == values.items.len() => fence,
            Self::Batch(replies) if offset == replies.len() => fence,
            Self::Values(values) => {
                values.items.get(offset)?.is_none().then_some(())?;
                Some((Slot::Part(offset, single(kind)), sent(kind)?))
            }
            Self::Batch(replies) => {
                replies.get(offset)?.is_none().then_some(())?;
                let part = expected.parts.get(offset)?;
                Some((Slot::Part(offset, part), in_batch(part)?))
            }
            _ => None,
        }
    }

    /// Takes a whole packet: the reply or its end, or a part of it (`None`).
    fn take(
        &mut self,
        head: &Head,
        slot: Slot,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Reply>, ProtocolError> {
        let Slot::Part(index, kind) = slot else {
            if head.status != Status::Success {
                return Err(unexpected("noop", head));
            }
            head.skip(input);
            return self.end(expected).map(Some);
        };
        if let Self::Rows(rows) = self {
            return rows.take(head, expected, limits, input);
        }
        let reply = outcome::read(kind, expected.command, head, input, value::take)?;
        self.put(index, kind, reply, expected)
    }

    /// Keeps the reply to one part. If it ends the connection there will be
    /// no fence: what was told until then is the reply.
    fn put(
        &mut self,
        index: usize,
        kind: Kind,
        reply: Reply,
        expected: &Expected<'_>,
    ) -> Result<Option<Reply>, ProtocolError> {
        let ends = outcome::ends(kind, &reply);
        match self {
            Self::Fenced(place) if !ends => *place = Some(reply),
            Self::Values(values) if !ends => values.put(index, reply),
            Self::Batch(replies) => {
                if let Some(place) = replies.get_mut(index) {
                    *place = Some(reply);
                }
                if ends {
                    replies.truncate(index.saturating_add(1));
                    return self.end(expected).map(Some);
                }
            }
            _ => return Ok(Some(reply)),
        }
        Ok(None)
    }

    /// The reply, now that all of it is there.
    fn end(&mut self, expected: &Expected<'_>) -> Result<Reply, ProtocolError> {
        let reply = match self {
            Self::Fenced(reply) => reply.take(),
            Self::Values(values) => Some(values.end()),
            Self::Batch(replies) => {
                let replies = std::mem::take(replies).into_iter();
                let told = replies.zip(expected.parts.iter());
                told.map(|(reply, kind)| reply.or_else(|| outcome::of_silence(kind)))
                    .collect::<Option<_>>()
                    .map(Reply::Batch)
            }
            Self::One | Self::Rows(_) => None,
        };
        // A request that is not quiet was left out.
        reply.ok_or_else(|| ProtocolError::Unexpected {
            command: expected.command,
            found: Excerpt::new(b"silence"),
        })
    }
}

impl Values {
    /// Takes hits off the input that are there as a whole and are as they should be: most packets of most replies. The
    /// others are looked at one by one.
    fn whole_hits(&mut self, input: &mut BytesMut, expected: &Expected<'_>, limits: &Limits) {
        let (Kind::GetMany { cas } | Kind::GatMany { cas }) = expected.kind else {
            return;
        };
        let Some(opcode) = sent(expected.kind) else {
            return;
        };
        let (mut rest, mut page) = (&input[..], Page::for_rows(self.items.len()));
        while let Some((hit, behind)) = Hit::split(rest, opcode, limits)
            && let Ok(offset) = usize::try_from(hit.opaque.wrapping_sub(expected.opaque))
            && let Some(slot @ None) = self.items.get_mut(offset)
            && value::is_small(hit.value)
        {
            *slot = Some(Item {
                flags: hit.flags,
                cas: cas.then_some(hit.cas),
                value: page.cut(hit.body, hit.value, || {
                    rest.len().saturating_sub(behind.len())
                }),
            });
            rest = behind;
        }
        let taken = input.len().saturating_sub(rest.len());
        input.advance(taken);
    }

    /// Keeps what was answered to one key. One error is enough to make all of
    /// it one: it must not be taken for a miss.
    fn put(&mut self, index: usize, reply: Reply) {
        match (reply, self.items.get_mut(index)) {
            (Reply::Value(item), Some(place)) => *place = item,
            (Reply::Refused(refusal), _) => {
                self.refused.get_or_insert(refusal);
            }
            _ => {}
        }
    }

    fn end(&mut self) -> Reply {
        let items = std::mem::take(&mut self.items);
        let refused = self.refused.take();
        refused.map_or(Reply::Values(items), Reply::Refused)
    }
}

/// The shape of each request that a get of many is made of.
fn single(kind: Kind) -> Kind {
    match kind {
        Kind::GetMany { cas } => Kind::Get { cas },
        Kind::GatMany { cas } => Kind::Gat { cas },
        other => other,
    }
}
