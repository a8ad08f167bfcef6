//! Streams: rows that come one by one, as many as there are.
//!
//! ```text
//! lru_crawler metadump <classes>\r\n  →  any number of key=<key> exp=… la=… \n, then END\r\n
//! lru_crawler mgdump <classes>\r\n    →  any number of mg <key>\r\n, then EN\r\n
//! watch [<topic>…]\r\n               →  OK\r\n, then ts=… gid=… type=… \n for ever
//! ```

use bytes::Bytes;

use super::incoming::{Parsed, Words};
use super::reply::Step;
use super::word::{self, check_text};
use crate::kind::Kind;
use crate::line::{self, CRLF};
use crate::{
    ClassSet, Classes, LogTopic, LogTopics, Outgoing, Refusal, RefusalKind, Reply, ReplyError,
    Request,
};

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

/// Reads which classes a crawl goes through.
pub(super) fn decode_classes(word: &[u8]) -> Result<Classes, Refusal> {
    match word {
        b"all" => return Ok(Classes::All),
        b"hash" => return Ok(Classes::Hash),
        _ => {}
    }
    let class = |digits| line::number(digits).and_then(|class| u8::try_from(class).ok());
    let classes: Option<Vec<u8>> = word.split(|&byte| byte == b',').map(class).collect();
    let set = classes.and_then(|classes| ClassSet::new(classes).ok());
    Ok(Classes::Only(set.ok_or(RefusalKind::BadClass)?))
}

pub(super) fn decode_watch<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let names = std::iter::from_fn(|| words.next());
    let topics = names.map(|name| {
        let mut topics = LogTopic::ALL.into_iter();
        topics.find(|topic| topic.name().as_bytes() == name)
    });
    let topics: Option<LogTopics> = topics.collect();
    Ok(Request::Watch(topics.ok_or(RefusalKind::UnknownCommand)?))
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
