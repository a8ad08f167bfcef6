//! Commands about the server as a whole.
//!
//! ```text
//! version\r\n             →  VERSION <text>\r\n
//! flush_all [<delay>]\r\n →  OK\r\n
//! verbosity <level>\r\n   →  OK\r\n
//! shutdown [graceful]\r\n →  (the connection is closed), or a refusal
//! quit\r\n                →  (the connection is closed)
//! ```

use bytes::Bytes;

use super::incoming::{Parsed, Words};
use super::word::check_text;
use crate::line::{self, CRLF, Ending};
use crate::{Outgoing, Refusal, RefusalKind, Reply, ReplyError, Request, SendError};

/// Writes a command that is one word.
pub(super) fn encode(command: &str, out: &mut Outgoing) {
    out.put(command.as_bytes());
    out.put(CRLF);
}

pub(super) fn encode_verbosity(level: u32, ending: Ending, out: &mut Outgoing) {
    out.put(b"verbosity ");
    out.put_number(u64::from(level));
    out.put(ending.as_bytes());
}

pub(super) fn decode_verbosity<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let level = words.number()?;
    words.end()?;
    Ok(Request::Verbosity { level })
}

pub(super) fn decode_shutdown<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let mode = words.next();
    words.end()?;
    match mode {
        None => Ok(Request::Shutdown { graceful: false }),
        Some(b"graceful") => Ok(Request::Shutdown { graceful: true }),
        Some(_) => Err(Refusal::new(RefusalKind::Client, "invalid shutdown mode")),
    }
}

pub(super) fn encode_shutdown(graceful: bool, out: &mut Outgoing) {
    encode(
        if graceful {
            "shutdown graceful"
        } else {
            "shutdown"
        },
        out,
    );
}

/// Writes `flush_all`. A delay is an end time, which servers keep in 32 bits
/// with a sign.
pub(super) fn encode_flush_all(
    delay: Option<u32>,
    ending: Ending,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    if let Some(delay) = delay.filter(|&delay| i32::try_from(delay).is_err()) {
        return Err(SendError::DelayTooLong { delay });
    }
    out.put(b"flush_all");
    if let Some(delay) = delay {
        out.put(b" ");
        out.put_number(u64::from(delay));
    }
    out.put(ending.as_bytes());
    Ok(())
}

pub(super) fn decode_flush_all<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let delay = words.next();
    words.end()?;
    let bad = || Refusal::new(RefusalKind::Client, "invalid exptime argument");
    let delay = delay.map(|digits| {
        let fits = line::number(digits).and_then(|delay| i32::try_from(delay).ok());
        fits.map(i32::unsigned_abs).ok_or_else(bad)
    });
    Ok(Request::FlushAll {
        delay: delay.transpose()?,
    })
}

pub(super) fn encode_version(version: &[u8], out: &mut Outgoing) -> Result<(), ReplyError> {
    check_text("version", version)?;
    out.put(b"VERSION ");
    out.put(version);
    out.put(CRLF);
    Ok(())
}

pub(super) fn decode_version(line: &[u8]) -> Option<Reply> {
    let version = line.strip_prefix(b"VERSION ")?;
    Some(Reply::Version(Bytes::copy_from_slice(version)))
}
