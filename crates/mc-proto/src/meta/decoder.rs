//! Replies as a client reads them, in whatever pieces they arrive.

use bytes::{Buf, Bytes, BytesMut};

use super::answer::{Answer, check_echo};
use super::batch::Rows;
use super::reply::Head;
use super::{common, hit};
use crate::connection::{Decoded, Expected};
use crate::kind::Kind;
use crate::line::{CRLF, LineEnd};
use crate::{Excerpt, Limits, ProtocolError, Reply, text, value};

/// Where the reading of a reply has stopped.
///
/// Requests that meta has no word for are written in the classic protocol,
/// and their replies are read by its decoder.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    text: text::Decoder,
    reader: Reader,
    /// The rows of a batch, as far as they have arrived.
    rows: Option<Rows>,
}

/// Reads one line after the other, each with its value.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line_end: LineEnd,
    /// What has been read in front of a value, and the length of that.
    head: Option<(Answer, usize)>,
    /// How many bytes of the current value have not arrived.
    missing: usize,
}

impl Decoder {
    /// How many bytes of the current value have not arrived.
    #[inline]
    pub(crate) fn missing(&self) -> usize {
        self.reader.missing.max(self.text.missing())
    }

    /// Takes bytes off the input until the expected reply is complete. `None`
    /// means that more are needed; then call again with more behind the rest.
    pub(crate) fn decode(
        &mut self,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Decoded>, ProtocolError> {
        if self.reader.is_at_start()
            && let Some(item) = hit::take(input, expected, limits)
        {
            return Ok(Some(Decoded::Reply(Reply::Value(Some(item)))));
        }
        let reply = match expected.kind {
            Kind::Batch => {
                let rows = self.rows.get_or_insert_with(Rows::default);
                let replies = rows.decode(&mut self.reader, input, expected, limits)?;
                if replies.is_some() {
                    self.rows = None;
                }
                replies.map(Reply::Batch)
            }
            kind if common::is_meta(kind) => {
                let answer = |head: &mut Head<'_>| {
                    check_echo(head, expected)?;
                    Ok(Answer::of(head, kind))
                };
                self.reader.read(input, expected.command, limits, answer)?
            }
            _ => return self.text.decode(input, expected, limits),
        };
        Ok(reply.map(Decoded::Reply))
    }
}

impl Reader {
    /// Whether no part of a reply has been looked at.
    fn is_at_start(&self) -> bool {
        self.head.is_none() && self.line_end.is_at_start()
    }

    /// Reads a line and the value behind it, if one follows. `answer` looks at
    /// the line before its value has arrived; a refusal it does not see.
    #[inline]
    pub(super) fn read(
        &mut self,
        input: &mut BytesMut,
        command: &'static str,
        limits: &Limits,
        answer: impl FnOnce(&mut Head<'_>) -> Result<Option<Answer>, ProtocolError>,
    ) -> Result<Option<Reply>, ProtocolError> {
        if let Some((answer, len)) = self.head.take() {
            return self.read_value(input, answer, 0, len);
        }
        let Some(found) = self.line_end.find(input, limits.max_line_len)? else {
            return Ok(None);
        };
        let line = input.get(..found.len).unwrap_or_default();
        let (answer, len) = match &mut Head::decode(line, limits)? {
            Some(head) => (answer(head)?, head.len),
            None => {
                let refusal = text::decode_refusal(line);
                (refusal.map(Reply::Refused).map(Answer::Reply), None)
            }
        };
        let Some(answer) = answer else {
            let found = Excerpt::new(line);
            return Err(ProtocolError::Unexpected { command, found });
        };
        match len {
            Some(len) => self.read_value(input, answer, found.taken, len),
            None => {
                input.advance(found.taken);
                answer.with(Bytes::new()).map(Some)
            }
        }
    }

    /// Takes the value that comes next off the input, with so many bytes of its line in front of it.
    #[inline]
    fn read_value(
        &mut self,
        input: &mut BytesMut,
        answer: Answer,
        front: usize,
        len: usize,
    ) -> Result<Option<Reply>, ProtocolError> {
        let behind = front.saturating_add(len);
        let total = behind.saturating_add(CRLF.len());
        self.missing = total.saturating_sub(input.len());
        if self.missing > 0 {
            input.advance(front);
            self.head = Some((answer, len));
            return Ok(None);
        }
        let end = input.get(behind..total).unwrap_or_default();
        if end != CRLF {
            let found = Excerpt::new(end);
            return Err(ProtocolError::BadTerminator { found });
        }
        let value = value::take_framed(input, front, len, CRLF.len());
        answer.with(value).map(Some)
    }
}
