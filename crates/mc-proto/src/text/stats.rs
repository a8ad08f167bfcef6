//! `stats [<topic>]\r\n` → any number of `STAT <name> [<value>]\r\n`, `END\r\n`

use bytes::Bytes;

use super::incoming::{Parsed, Words};
use super::reply::Step;
use super::word::check_text;
use crate::line::{CRLF, split_word};
use crate::{
    Limits, Outgoing, ProtocolError, Refusal, RefusalKind, Reply, ReplyError, Request, StatsTopic,
};

pub(super) fn encode(topic: Option<StatsTopic>, out: &mut Outgoing) {
    out.put(b"stats");
    if let Some(topic) = topic {
        out.put(b" ");
        out.put(topic.name().as_bytes());
    }
    out.put(CRLF);
}

pub(super) fn decode<'a>(mut words: Words<'a>) -> Parsed<'a> {
    let Some(word) = words.next() else {
        return Ok(Request::Stats { topic: None });
    };
    words.end()?;
    let mut topics = StatsTopic::ALL.into_iter();
    match topics.find(|topic| topic.name().as_bytes() == word) {
        Some(topic) => Ok(Request::Stats { topic: Some(topic) }),
        None => Err(Refusal::from(RefusalKind::UnknownCommand)),
    }
}

pub(super) fn encode_reply(rows: &[(Bytes, Bytes)], out: &mut Outgoing) -> Result<(), ReplyError> {
    for (name, value) in rows {
        check_text("name", name)?;
        check_text("value", value)?;
        if let Some(&byte) = name.iter().find(|&&byte| byte == b' ') {
            return Err(ReplyError::Byte {
                field: "name",
                byte,
            });
        }
    }
    for (name, value) in rows {
        out.put(b"STAT ");
        out.put(name);
        if !value.is_empty() {
            out.put(b" ");
            out.put(value);
        }
        out.put(CRLF);
    }
    out.put(b"END\r\n");
    Ok(())
}

/// The rows of one reply, as far as they have arrived.
#[derive(Debug, Default)]
pub(super) struct Rows(Vec<(Bytes, Bytes)>);

impl Rows {
    /// Reads a line, if it is a row or the end.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        limits: &Limits,
    ) -> Result<Option<Step>, ProtocolError> {
        let Some(row) = line.strip_prefix(b"STAT ") else {
            let rows = (line == b"END").then(|| std::mem::take(&mut self.0));
            return Ok(rows.map(Reply::Stats).map(Step::Done));
        };
        if self.0.len() >= limits.max_rows {
            return Err(ProtocolError::TooManyRows {
                max: limits.max_rows,
            });
        }
        let (name, value) = split_word(row);
        let copy = Bytes::copy_from_slice;
        self.0.push((copy(name), copy(value.unwrap_or_default())));
        Ok(Some(Step::More))
    }
}
