//! Replies as a client reads them, in whatever pieces they arrive.

use bytes::{Buf, Bytes, BytesMut};

use super::items::Items;
use super::joined::Joined;
use super::stream::Stream;
use super::{arithmetic, batch, hit, server, stats, word};
use crate::connection::{Decoded, Expected};
use crate::kind::Kind;
use crate::line::LineEnd;
use crate::{Excerpt, Item, Limits, ProtocolError, Reply};

/// Where the reading of a reply has stopped.
///
/// A line is looked at once; a value is not looked at, for its length is
/// known. So the work does not depend on how the bytes are cut.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    line_end: LineEnd,
    /// The current reply, from its first byte on, if it is not of one line.
    partial: Option<Partial>,
    /// How many bytes of the current value have not arrived.
    missing: usize,
    /// The room for the items of a line of gets, used again.
    spare: Vec<Option<Item>>,
}

/// The line behind the last value of a reply. Whatever else comes behind a value, another one or an error, is longer.
pub(super) const END: &[u8] = b"END\r\n";

/// A reply of many lines, as far as it has been read.
#[derive(Debug)]
enum Partial {
    Items(Items),
    Stats(stats::Rows),
    Prefixes(stats::Prefixes),
    Batch(batch::Replies),
    Stream(Stream),
}

/// What a line does to the reply that is being read.
pub(super) enum Step {
    /// It is a part of it.
    More,
    /// A stream begins.
    Begun,
    /// It is a row of a stream.
    Row(Bytes),
    /// It completes it.
    Done(Reply),
}

impl Decoder {
    /// How many bytes of the current value have not arrived, with the least
    /// that comes behind it; 0 if no value is being read.
    #[inline]
    pub(crate) fn missing(&self) -> usize {
        match self.missing {
            0 => 0,
            missing => missing.saturating_add(END.len()),
        }
    }

    /// The reply to the request whose turn it is, if that was read with the one
    /// before it.
    #[inline]
    pub(crate) fn answered(&mut self) -> Option<Reply> {
        let Some(Partial::Items(items)) = &mut self.partial else {
            return None;
        };
        let joined = items.as_joined()?;
        let reply = joined.answer();
        if let Some(spent) = joined.spent() {
            self.spare = spent;
            self.partial = None;
        }
        reply
    }

    /// Takes bytes off the input until there is something to tell of the
    /// expected reply, which is not [answered](Self::answered) yet. `None`
    /// means that more are needed; then call again with more behind the rest.
    pub(crate) fn decode(
        &mut self,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Decoded>, ProtocolError> {
        if self.partial.is_none() {
            if let Some(item) = hit::take(input, expected, limits) {
                return Ok(Some(Decoded::Reply(Reply::Value(Some(item)))));
            }
            self.partial = Partial::of(expected, &mut self.spare);
        }
        let Some(partial) = &mut self.partial else {
            return self.decode_line(input, expected, limits);
        };
        loop {
            if let Partial::Items(items) = partial {
                self.missing = items.value(input)?;
                if self.missing > 0 {
                    return Ok(None);
                }
                if self.line_end.is_at_start() {
                    items.whole_rows(input, expected.keys, limits);
                }
                if items.has_answer() {
                    return Ok(self.answered().map(Decoded::Reply));
                }
            }
            if let Partial::Batch(replies) = partial
                && self.line_end.is_at_start()
            {
                replies.stored(input, expected.parts, limits);
            }
            let found = match partial {
                Partial::Stream(_) => self.line_end.find_any(input, limits.max_line_len)?,
                _ => self.line_end.find(input, limits.max_line_len)?,
            };
            let Some(found) = found else {
                return Ok(None);
            };
            let line = input.get(..found.len).unwrap_or_default();
            let step = partial.line(line, expected, limits)?;
            input.advance(found.taken);
            match step {
                Step::More => {}
                Step::Begun => return Ok(Some(Decoded::Begun)),
                Step::Row(row) => return Ok(Some(Decoded::Row(row))),
                Step::Done(reply) => {
                    if let Partial::Items(items) = partial
                        && let Some(joined) = items.as_joined()
                    {
                        joined.end(reply);
                        return Ok(self.answered().map(Decoded::Reply));
                    }
                    self.partial = None;
                    return Ok(Some(Decoded::Reply(reply)));
                }
            }
        }
    }

    /// Takes a reply of one line off the input.
    fn decode_line(
        &mut self,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Decoded>, ProtocolError> {
        let Some(found) = self.line_end.find(input, limits.max_line_len)? else {
            return Ok(None);
        };
        let line = input.get(..found.len).unwrap_or_default();
        let reply = match read_single(line, expected.kind)? {
            Some(reply) => reply,
            None => read_refusal(line, expected.kind).ok_or_else(|| unexpected(line, expected))?,
        };
        input.advance(found.taken);
        Ok(Some(Decoded::Reply(reply)))
    }
}

impl Partial {
    /// Nothing of the reply to come; `None` of one that has no parts.
    fn of(expected: &Expected<'_>, spare: &mut Vec<Option<Item>>) -> Option<Self> {
        Some(match expected.kind {
            Kind::Get { cas } if expected.line > 1 => {
                let joined = Joined::new(expected.line, std::mem::take(spare));
                Self::Items(Items::joined(joined, cas))
            }
            Kind::Get { cas } | Kind::Gat { cas } => Self::Items(Items::one(cas)),
            Kind::GetMany { cas } | Kind::GatMany { cas } => {
                Self::Items(Items::many(expected.count, cas))
            }
            Kind::Stats => Self::Stats(stats::Rows::default()),
            Kind::StatsDump => Self::Prefixes(stats::Prefixes::default()),
            Kind::Batch => Self::Batch(batch::Replies::default()),
            Kind::Metadump | Kind::Mgdump | Kind::Watch => Self::Stream(Stream::default()),
            _ => return None,
        })
    }

    /// Reads a line: the whole reply or its end, or a part of it.
    fn line(
        &mut self,
        line: &[u8],
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Step, ProtocolError> {
        let kind = expected.kind;
        let step = match self {
            Self::Items(items) => items.line(line, expected.keys, limits)?,
            Self::Stats(rows) => rows.line(line, limits)?,
            Self::Prefixes(rows) => rows.line(line, limits)?,
            Self::Batch(replies) => replies.line(line, expected.parts)?,
            Self::Stream(stream) => stream.line(line, kind),
        };
        let refusal = || read_refusal(line, kind).map(Step::Done);
        step.or_else(refusal)
            .ok_or_else(|| unexpected(line, expected))
    }
}

#[cold]
fn unexpected(line: &[u8], expected: &Expected<'_>) -> ProtocolError {
    ProtocolError::Unexpected {
        command: expected.command,
        found: Excerpt::new(line),
    }
}

/// Reads a reply of one line to such a request.
pub(super) fn read_single(line: &[u8], kind: Kind) -> Result<Option<Reply>, ProtocolError> {
    let reply = match kind {
        Kind::Version => server::decode_version(line),
        Kind::Incr | Kind::Decr if line.first().is_some_and(u8::is_ascii_digit) => {
            Some(arithmetic::decode_reply(line)?)
        }
        _ => word::decode(line, kind),
    };
    Ok(reply.filter(|reply| kind.accepts(reply)))
}

/// Reads a refusal of such a request.
pub(super) fn read_refusal(line: &[u8], kind: Kind) -> Option<Reply> {
    let reply = word::decode_refusal(line).map(Reply::Refused);
    reply.filter(|reply| kind.accepts(reply))
}
