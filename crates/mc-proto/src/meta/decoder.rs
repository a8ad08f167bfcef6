//! Replies as a client reads them, in whatever pieces they arrive.

use bytes::{Buf, Bytes, BytesMut};

use super::answer::{Answer, check_echo};
use super::batch::Rows;
use super::common;
use super::reply::Head;
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
                let answer = |head: Head<'_>| {
                    check_echo(&head, expected)?;
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
    /// Reads a line and the value behind it, if one follows. `answer` looks at
    /// the line before its value has arrived; a refusal it does not see.
    pub(super) fn read(
        &mut self,
        input: &mut BytesMut,
        command: &'static str,
        limits: &Limits,
        answer: impl FnOnce(Head<'_>) -> Result<Option<Answer>, ProtocolError>,
    ) -> Result<Option<Reply>, ProtocolError> {
        if self.head.is_none() {
            let Some(found) = self.line_end.find(input, limits.max_line_len)? else {
                return Ok(None);
            };
            let line = input.get(..found.len).unwrap_or_default();
            let (answer, len) = match Head::decode(line, limits)? {
                Some(head) => {
                    let len = head.len;
                    (answer(head)?, len)
                }
                None => {
                    let refusal = text::decode_refusal(line);
                    (refusal.map(Reply::Refused).map(Answer::Reply), None)
                }
            };
            let Some(answer) = answer else {
                let found = Excerpt::new(line);
                return Err(ProtocolError::Unexpected { command, found });
            };
            input.advance(found.taken);
            let Some(len) = len else {
                return answer.with(Bytes::new()).map(Some);
            };
            self.head = Some((answer, len));
        }
        self.read_value(input)
    }

    /// Takes the value that comes next off the input.
    fn read_value(&mut self, input: &mut BytesMut) -> Result<Option<Reply>, ProtocolError> {
        let Some(&(_, len)) = self.head.as_ref() else {
            return Ok(None);
        };
        let total = len.saturating_add(CRLF.len());
        self.missing = total.saturating_sub(input.len());
        if self.missing > 0 {
            return Ok(None);
        }
        let end = input.get(len..total).unwrap_or_default();
        if end != CRLF {
            let found = Excerpt::new(end);
            return Err(ProtocolError::BadTerminator { found });
        }
        let value = value::take_ended(input, len, CRLF.len());
        let head = self.head.take();
        head.map(|(answer, _)| answer.with(value)).transpose()
    }
}
