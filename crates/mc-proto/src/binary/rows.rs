//! Statistics: a packet for each row, and one without a name at the end.

use bytes::{Bytes, BytesMut};

use super::response::Head;
use super::shape::VALUE;
use super::{BadFrame, Status, outcome};
use crate::connection::Expected;
use crate::kind::Kind;
use crate::{Excerpt, Limits, ProtocolError, Reply, text, value};

/// The rows of one reply, as far as they have arrived.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<(Bytes, Bytes)>);

impl Rows {
    /// Whether there may be one more row, of this length. Only a dump by
    /// prefix, which is a text in one row, may be longer than a line.
    pub(super) fn check(
        &self,
        head: &Head,
        kind: Kind,
        limits: &Limits,
    ) -> Result<(), ProtocolError> {
        let (len, max) = (head.value_len(), limits.max_line_len);
        if kind != Kind::StatsDump && len > max {
            return Err(ProtocolError::Frame(BadFrame::Field {
                opcode: head.opcode,
                field: VALUE,
                len,
                min: 0,
                max,
            }));
        }
        if self.0.len() >= limits.max_rows && head.has_name() {
            return Err(ProtocolError::TooManyRows {
                max: limits.max_rows,
            });
        }
        Ok(())
    }

    /// Takes a whole packet: a row (`None`), the end, or a refusal.
    pub(super) fn take(
        &mut self,
        head: &Head,
        expected: &Expected<'_>,
        limits: &Limits,
        input: &mut BytesMut,
    ) -> Result<Option<Reply>, ProtocolError> {
        if head.status != Status::Success {
            let (kind, command) = (expected.kind, expected.command);
            return outcome::read(kind, command, head, input, value::take).map(Some);
        }
        let row = head.take(input, value::take);
        if !row.key.is_empty() {
            self.0.push((row.key, row.value));
            return Ok(None);
        }
        let rows = std::mem::take(&mut self.0);
        match expected.kind {
            Kind::Stats => Ok(Some(Reply::Stats(rows))),
            Kind::StatsDump => {
                let dump = rows.first().map(|(_, text)| &**text).unwrap_or_default();
                let reply = text::read_dump(dump, limits)?;
                let found = Excerpt::new(dump);
                let command = expected.command;
                let none = ProtocolError::Unexpected { command, found };
                reply.ok_or(none).map(Some)
            }
            _ => Ok(Some(Reply::Ok)),
        }
    }
}
