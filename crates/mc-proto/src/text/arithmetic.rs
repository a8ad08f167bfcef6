//! `incr <key> <delta>\r\n` and `decr`, → `<number>\r\n` | `NOT_FOUND\r\n`

use super::incoming::{Parsed, Words};
use crate::line::{self, CRLF, Ending};
use crate::{Key, Outgoing, ProtocolError, Refusal, RefusalKind, Reply, Request};

pub(super) fn encode(command: &str, key: &Key<'_>, delta: u64, ending: Ending, out: &mut Outgoing) {
    out.put(command.as_bytes());
    out.put(b" ");
    out.put_key(key);
    out.put(b" ");
    out.put_number(delta);
    out.put(ending.as_bytes());
}

/// Reads the key and the delta that both commands have.
pub(super) fn decode<'a>(
    mut words: Words<'a>,
    request: fn(Key<'a>, u64) -> Request<'a>,
) -> Parsed<'a> {
    let (key, delta) = (words.key()?, words.word()?);
    words.end()?;
    let bad = || Refusal::new(RefusalKind::Client, "invalid numeric delta argument");
    Ok(request(key, line::number(delta).ok_or_else(bad)?))
}

pub(super) fn encode_reply(number: u64, out: &mut Outgoing) {
    out.put_number(number);
    out.put(CRLF);
}

/// Reads the number. `doc/protocol.txt` allows spaces behind it, as they are
/// behind a number that the server has made shorter in place.
pub(super) fn decode_reply(line: &[u8]) -> Result<Reply, ProtocolError> {
    let digits = line::trim_end(line);
    line::field("number", digits, u64::MAX).map(Reply::Number)
}
