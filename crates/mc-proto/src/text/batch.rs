//! A batch: its requests one behind the other, and as many replies.
//!
//! The text protocol can leave out replies (`noreply`), but then nobody can
//! tell whose an error is. So every reply is sent and counted.

use bytes::{Buf, BytesMut};

use super::reply::{Step, read_refusal, read_single};
use crate::connection::Parts;
use crate::kind::after_one;
use crate::line::Ending;
use crate::{
    Batch, Disposition, Limits, Outgoing, Protocol, ProtocolError, Reply, ReplyError, SendError,
};

pub(super) fn encode(
    requests: &Batch<'_>,
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    requests.check(limits)?;
    requests
        .iter()
        .try_for_each(|request| super::write_request(request, Ending::Plain, limits, out))
}

pub(super) fn encode_reply(
    requests: &Batch<'_>,
    replies: &[Reply],
    out: &mut Outgoing,
) -> Result<(), ReplyError> {
    let mut pairs = requests.iter().zip(replies);
    pairs.try_for_each(|(request, reply)| super::write_reply(request, reply, out))
}

/// The line of a value that was stored, with its end.
const STORED: &[u8] = b"STORED\r\n";

/// The replies to one batch, as far as they have arrived.
#[derive(Debug, Default)]
pub(super) struct Replies(Vec<Reply>);

impl Replies {
    /// Takes the replies off the input that say that a value was stored, all but the last: most of most batches.
    pub(super) fn stored(&mut self, input: &mut BytesMut, parts: Parts<'_>, limits: &Limits) {
        if STORED.len() > limits.max_line_len {
            return;
        }
        let (mut rest, told) = (&input[..], self.0.len());
        let but_last = parts.len().saturating_sub(1);
        self.0.reserve(parts.len().saturating_sub(told));
        for kind in parts.iter().take(but_last).skip(told) {
            let Some(behind) = rest.strip_prefix(STORED).filter(|_| kind.stores()) else {
                break;
            };
            self.0.push(Reply::Stored);
            rest = behind;
        }
        let taken = input.len().saturating_sub(rest.len());
        input.advance(taken);
    }

    /// Reads a line, which is the next reply. It is the last if nothing behind
    /// it can be believed.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        parts: Parts<'_>,
    ) -> Result<Option<Step>, ProtocolError> {
        let Some(kind) = parts.get(self.0.len()) else {
            return Ok(None);
        };
        let single = read_single(line, kind)?;
        let Some(reply) = single.or_else(|| read_refusal(line, kind)) else {
            return Ok(None);
        };
        let drops = after_one(Protocol::Text, kind, &reply) == Disposition::Drop;
        self.0.push(reply);
        if drops || self.0.len() >= parts.len() {
            let replies = std::mem::take(&mut self.0);
            return Ok(Some(Step::Done(Reply::Batch(replies))));
        }
        Ok(Some(Step::More))
    }
}
