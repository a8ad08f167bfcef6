//! `delete <key>\r\n` → `DELETED\r\n` | `NOT_FOUND\r\n`

use super::incoming::{Parsed, Words};
use crate::line::Ending;
use crate::{Key, Outgoing, Refusal, RefusalKind, Request};

pub(super) fn encode(key: &Key<'_>, ending: Ending, out: &mut Outgoing) {
    out.put(b"delete ");
    out.put_key(key);
    out.put(ending.as_bytes());
}

/// Old clients send a 0 behind the key, which once was a time.
pub(super) fn decode<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let key = words.key()?;
    if !matches!(words.next(), None | Some(b"0")) {
        let usage = "bad command line format.  Usage: delete <key> [noreply]";
        return Err(Refusal::new(RefusalKind::Client, usage));
    }
    words.end()?;
    Ok(Request::Delete { key })
}
