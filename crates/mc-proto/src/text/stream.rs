//! Streams: rows that come one by one, as many as there are.
//!
//! ```text
//! lru_crawler metadump <classes>\r\n  →  any number of key=<key> exp=… la=… \n, then END\r\n
//! lru_crawler mgdump <classes>\r\n    →  any number of mg <key>\r\n, then EN\r\n
//! watch [<topic>…]\r\n               →  OK\r\n, then ts=… gid=… type=… \n for ever
//! ```

use bytes::Bytes;

use super::reply::Step;
use super::word::{self, check_text};
use crate::kind::Kind;
use crate::line::CRLF;
use crate::{Classes, LogTopics, Outgoing, Reply, ReplyError, Request};

pub(super) fn encode_dump(command: &str, classes: Classes, out: &mut Outgoing) {
    out.put(command.as_bytes());
    out.put(b" ");
    encode_classes(classes, out);
    out.put(CRLF);
}

/// Writes which classes a crawl goes through.
pub(super) fn encode_classes(classes: Classes, out: &mut Outgoing) {
    match classes {
        Classes::All => out.put(b"all"),
        Classes::Hash => out.put(b"hash"),
        Classes::Only(set) => {
            for (index, class) in set.iter().enumerate() {
                if index > 0 {
                    out.put(b",");
                }
                out.put_number(u64::from(class));
            }
        }
    }
}

pub(super) fn encode_watch(topics: LogTopics, out: &mut Outgoing) {
    out.put(b"watch");
    for topic in topics.iter() {
        out.put(b" ");
        out.put(topic.name().as_bytes());
    }
    out.put(CRLF);
}

/// Writes a row of a stream as a server sends it.
///
/// The rows of a dump begin with `key=` or `mg `; those of a log with
/// anything.
///
/// # Errors
/// [`ReplyError`] if the request is no stream or the row not one of its rows,
/// or if the row would break its line. Then nothing was written.
pub fn encode_row(request: &Request<'_>, row: &[u8], out: &mut Outgoing) -> Result<(), ReplyError> {
    let kind = Kind::of(request);
    if !kind.streams() || !is_row(row, kind) {
        return Err(ReplyError::Mismatch {
            command: request.name(),
        });
    }
    check_text("row", row)?;
    out.put(row);
    // memcached ends only the rows of mgdump with a carriage return.
    out.put(if kind == Kind::Mgdump { CRLF } else { b"\n" });
    Ok(())
}

fn is_row(line: &[u8], kind: Kind) -> bool {
    match kind {
        Kind::Metadump => line.starts_with(b"key="),
        Kind::Mgdump => line.starts_with(b"mg "),
        _ => !line.is_empty(),
    }
}

/// A stream, as far as it has arrived.
#[derive(Debug, Default)]
pub(super) struct Stream {
    begun: bool,
}

impl Stream {
    /// Reads a line, if it is the start, a row or the end.
    ///
    /// `doc/protocol.txt` has an `OK` in front of a dump as well, which no
    /// version sends.
    pub(super) fn line(&mut self, line: &[u8], kind: Kind) -> Option<Step> {
        let first = !std::mem::replace(&mut self.begun, true);
        match line {
            b"OK" if first => Some(Step::Begun),
            _ if kind == Kind::Watch && first => None,
            _ if is_row(line, kind) => Some(Step::Row(Bytes::copy_from_slice(line))),
            _ if kind != Kind::Watch && word::done(kind) == Some(line) => {
                Some(Step::Done(Reply::Ok))
            }
            _ => None,
        }
    }
}
