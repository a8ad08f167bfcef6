//! `touch <key> <exptime>\r\n` → `TOUCHED\r\n` | `NOT_FOUND\r\n`

use super::incoming::{Parsed, Words};
use crate::line::{self, Ending};
use crate::{Exptime, Key, Outgoing, Request};

pub(super) fn encode(key: &Key<'_>, exptime: Exptime, ending: Ending, out: &mut Outgoing) {
    out.put(b"touch ");
    out.put_key(key);
    out.put(b" ");
    encode_exptime(exptime, out.line());
    out.put(ending.as_bytes());
}

pub(super) fn decode<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let (key, exptime) = (words.key()?, words.exptime()?);
    words.end()?;
    Ok(Request::Touch { key, exptime })
}

/// Writes an end time, the only number that may be negative.
#[inline]
pub(crate) fn encode_exptime(exptime: Exptime, line: &mut Vec<u8>) {
    if exptime.seconds() < 0 {
        line.push(b'-');
    }
    line::put_number(line, exptime.seconds().unsigned_abs());
}

/// Writes an end time behind a space.
#[inline]
pub(super) fn put_exptime_word(exptime: Exptime, line: &mut Vec<u8>) {
    match u64::try_from(exptime.seconds()) {
        Ok(seconds) => line::put_number_word(line, seconds),
        Err(_) => {
            line.push(b' ');
            encode_exptime(exptime, line);
        }
    }
}

/// Reads an end time of 32 bits.
pub(crate) fn decode_exptime(word: &[u8]) -> Option<Exptime> {
    let seconds = match word.strip_prefix(b"-") {
        Some(digits) => 0_i64.checked_sub_unsigned(line::number(digits)?)?,
        None => i64::try_from(line::number(word)?).ok()?,
    };
    i32::try_from(seconds).ok().map(Exptime::from_wire)
}
