//! Replies as a client reads them, in whatever pieces they arrive.

use bytes::{Buf, BytesMut};

use super::items::Items;
use super::{arithmetic, server, stats, word};
use crate::connection::Expected;
use crate::kind::Kind;
use crate::line::{CRLF, LineEnd};
use crate::{Excerpt, Limits, ProtocolError, Reply};

/// Where the reading of a reply has stopped.
///
/// A line is looked at once; a value is not looked at, for its length is
/// known. So the work does not depend on how the bytes are cut.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    line_end: LineEnd,
    /// The current reply, from its first byte on.
    partial: Option<Partial>,
    /// How many bytes of the current value have not arrived.
    missing: usize,
}

/// A reply as far as it has been read.
#[derive(Debug)]
enum Partial {
    Items(Items),
    Stats(stats::Rows),
    /// It is of one line, so that there are no parts of it.
    Line,
}

/// What a line does to the reply that is being read.
pub(super) enum Step {
    /// It is a part of it.
    More,
    /// It completes it.
    Done(Reply),
}

impl Decoder {
    /// How many bytes of the current value have not arrived.
    pub(crate) fn missing(&self) -> usize {
        self.missing
    }

    /// Takes bytes off the input until the expected reply is complete. `None`
    /// means that more are needed; then call again with more behind the rest.
    pub(crate) fn decode(
        &mut self,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Reply>, ProtocolError> {
        let partial = self.partial.get_or_insert_with(|| Partial::of(expected));
        loop {
            if let Partial::Items(items) = partial {
                self.missing = items.value(input)?;
                if self.missing > 0 {
                    return Ok(None);
                }
            }
            let Some(len) = self.line_end.find(input, limits.max_line_len)? else {
                return Ok(None);
            };
            let line = input.get(..len).unwrap_or_default();
            let reply = partial.line(line, expected, limits)?;
            input.advance(len.saturating_add(CRLF.len()));
            if reply.is_some() {
                self.partial = None;
                return Ok(reply);
            }
        }
    }
}

impl Partial {
    /// Nothing of the reply to come.
    fn of(expected: &Expected<'_>) -> Self {
        match expected.kind {
            Kind::Get { cas } => Self::Items(Items::one(cas)),
            Kind::GetMany { cas } => Self::Items(Items::many(expected.keys.count(), cas)),
            Kind::Stats => Self::Stats(stats::Rows::default()),
            Kind::Store
            | Kind::Cas
            | Kind::Delete
            | Kind::Arithmetic
            | Kind::Touch
            | Kind::Version
            | Kind::FlushAll
            | Kind::Quit => Self::Line,
        }
    }

    /// Reads a line: the whole reply or its end, or a part of it (`None`).
    fn line(
        &mut self,
        line: &[u8],
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Reply>, ProtocolError> {
        let step = match self {
            Self::Items(items) => items.line(line, expected.keys, limits)?,
            Self::Stats(rows) => rows.line(line, limits)?,
            Self::Line => read_single(line, expected.kind)?.map(Step::Done),
        };
        let refusal = || {
            word::decode_refusal(line)
                .map(Reply::Refused)
                .map(Step::Done)
        };
        match step.or_else(refusal) {
            Some(Step::More) => Ok(None),
            Some(Step::Done(reply)) if expected.kind.accepts(&reply) => Ok(Some(reply)),
            _ => {
                let found = Excerpt::new(line);
                Err(ProtocolError::Unexpected {
                    command: expected.command,
                    found,
                })
            }
        }
    }
}

/// Reads a reply of one line.
fn read_single(line: &[u8], kind: Kind) -> Result<Option<Reply>, ProtocolError> {
    match kind {
        Kind::Version => Ok(server::decode_version(line)),
        Kind::Arithmetic if line.first().is_some_and(u8::is_ascii_digit) => {
            arithmetic::decode_reply(line).map(Some)
        }
        _ => Ok(word::decode(line)),
    }
}
