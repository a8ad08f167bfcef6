//! `stats [<topic>]\r\n` → any number of `STAT <name> [<value>]\r\n`, `END\r\n`

use bytes::Bytes;

use super::incoming::{Parsed, Words};
use super::reply::Step;
use super::word::check_text;
use crate::line::{self, CRLF, split_word};
use crate::{
    Limits, Outgoing, PrefixCounts, ProtocolError, Refusal, RefusalKind, Reply, ReplyError,
    Request, StatsTopic,
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
    let (Some(word), second) = (words.next(), words.next()) else {
        return Ok(Request::Stats { topic: None });
    };
    words.end()?;
    let said = |topic: &StatsTopic| {
        let (first, rest) = split_word(topic.name().as_bytes());
        first == word && rest == second
    };
    match StatsTopic::ALL.into_iter().find(said) {
        Some(topic) => Ok(Request::Stats { topic: Some(topic) }),
        None if word == b"detail" => Err(Refusal::new(
            RefusalKind::Client,
            "usage: stats detail on|off|dump",
        )),
        None => Err(Refusal::from(RefusalKind::UnknownCommand)),
    }
}

pub(super) fn encode_reply(rows: &[(Bytes, Bytes)], out: &mut Outgoing) -> Result<(), ReplyError> {
    for (name, value) in rows {
        check_name("name", name)?;
        check_text("value", value)?;
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

pub(crate) fn encode_prefixes(rows: &[PrefixCounts], out: &mut Outgoing) -> Result<(), ReplyError> {
    for row in rows {
        check_name("prefix", &row.prefix)?;
        out.put(b"PREFIX ");
        out.put(&row.prefix);
        let counts = [row.gets, row.hits, row.sets, row.deletes];
        for (name, count) in COUNTS.iter().zip(counts) {
            out.put(b" ");
            out.put(name);
            out.put(b" ");
            out.put_number(count);
        }
        out.put(CRLF);
    }
    out.put(b"END\r\n");
    Ok(())
}

/// Refuses a name that would end its line, or its place in it.
fn check_name(field: &'static str, name: &[u8]) -> Result<(), ReplyError> {
    check_text(field, name)?;
    match name.iter().find(|&&byte| byte == b' ') {
        Some(&byte) => Err(ReplyError::Byte { field, byte }),
        None => Ok(()),
    }
}

/// The names of the counts of a prefix.
const COUNTS: [&[u8]; 4] = [b"get", b"hit", b"set", b"del"];

/// The rows of one dump by prefix, as far as they have arrived.
#[derive(Debug, Default)]
pub(super) struct Prefixes(Vec<PrefixCounts>);

impl Prefixes {
    /// Reads a line, if it is a row or the end.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        limits: &Limits,
    ) -> Result<Option<Step>, ProtocolError> {
        let Some(row) = line.strip_prefix(b"PREFIX ") else {
            let rows = (line == b"END").then(|| std::mem::take(&mut self.0));
            return Ok(rows.map(Reply::Prefixes).map(Step::Done));
        };
        check_rows(self.0.len(), limits)?;
        let row = read_prefix(row)?;
        Ok(row.map(|row| {
            self.0.push(row);
            Step::More
        }))
    }
}

/// Reads a dump by prefix that has arrived as one text, which is how the
/// binary protocol has it. `None` if it is none.
pub(crate) fn read_dump(text: &[u8], limits: &Limits) -> Result<Option<Reply>, ProtocolError> {
    let mut prefixes = Prefixes::default();
    for line in text.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match prefixes.line(line, limits)? {
            Some(Step::More) => {}
            Some(Step::Done(reply)) => return Ok(Some(reply)),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// `<prefix> get <n> hit <n> set <n> del <n>`. A prefix is a part of a key, so
/// that there is no space in it.
fn read_prefix(row: &[u8]) -> Result<Option<PrefixCounts>, ProtocolError> {
    let mut words = row.split(|&byte| byte == b' ');
    let prefix = words.next().unwrap_or_default();
    let mut counts = [0; 4];
    for (name, count) in COUNTS.iter().zip(&mut counts) {
        let (Some(found), Some(digits)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        if found != *name {
            return Ok(None);
        }
        *count = line::field("count", digits, u64::MAX)?;
    }
    let [gets, hits, sets, deletes] = counts;
    Ok(words.next().is_none().then(|| PrefixCounts {
        prefix: Bytes::copy_from_slice(prefix),
        gets,
        hits,
        sets,
        deletes,
    }))
}

fn check_rows(rows: usize, limits: &Limits) -> Result<(), ProtocolError> {
    let max = limits.max_rows;
    match rows < max {
        true => Ok(()),
        false => Err(ProtocolError::TooManyRows { max }),
    }
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
        check_rows(self.0.len(), limits)?;
        let (name, value) = split_word(row);
        let copy = Bytes::copy_from_slice;
        self.0.push((copy(name), copy(value.unwrap_or_default())));
        Ok(Some(Step::More))
    }
}
