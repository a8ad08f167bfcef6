//! The replies of the meta commands: a status, flags, and a value or not.

use bytes::Bytes;

use super::debug::Fields;
use super::flags::Flags;
use super::request::{Request, Shape};
use super::returned::{Echo, Returned};
use super::{debug, key};
use crate::line::{self, CRLF};
use crate::text::value_len;
use crate::{Limits, Outgoing, ProtocolError, ReplyError};

/// The answer to one meta [`Request`](super::Request).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `HD`: it is done, or found.
    Done(Returned),
    /// `VA`: the value that was asked for; to `ma` it is the number.
    Value(Bytes, Returned),
    /// `EN`: to `mg` and `me`, the key holds nothing.
    Miss,
    /// `NF`: to any other, the key holds nothing.
    NotFound(Returned),
    /// `NS`: the condition was not met.
    NotStored(Returned),
    /// `EX`: the item has another cas number.
    Exists(Returned),
    /// `MN`: to `mn`.
    Noop,
    /// `ME`: what is known about the item, as names and values.
    Debug(Vec<(Bytes, Bytes)>),
}

/// The two letters of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Done,
    Value,
    Miss,
    NotFound,
    NotStored,
    Exists,
    Noop,
    Debug,
}

/// A line that is a reply, or the part of one in front of its value.
#[derive(Debug)]
pub(super) struct Head<'l> {
    pub(super) echo: Echo<'l>,
    pub(super) status: Status,
    /// The length of the value, if one follows.
    pub(super) len: Option<usize>,
    pub(super) returned: Returned,
    fields: Fields,
}

impl Status {
    const ALL: [(Self, [u8; 2]); 8] = [
        (Self::Done, *b"HD"),
        (Self::Value, *b"VA"),
        (Self::Miss, *b"EN"),
        (Self::NotFound, *b"NF"),
        (Self::NotStored, *b"NS"),
        (Self::Exists, *b"EX"),
        (Self::Noop, *b"MN"),
        (Self::Debug, *b"ME"),
    ];

    fn decode(found: [u8; 2]) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, letters)| *letters == found)
            .map(|(status, _)| status)
    }

    fn encode(self, out: &mut Outgoing) {
        if let Some((_, letters)) = Self::ALL.iter().find(|(status, _)| *status == self) {
            out.put(letters);
        }
    }
}

impl<'l> Head<'l> {
    /// Reads a line; `None` if it is no reply of a meta command.
    #[inline]
    pub(super) fn decode(line: &'l [u8], limits: &Limits) -> Result<Option<Self>, ProtocolError> {
        let (letters, mut rest) = match line {
            [first, second] => ([*first, *second], &[][..]),
            [first, second, b' ', rest @ ..] => ([*first, *second], rest),
            _ => return Ok(None),
        };
        let Some(status) = Status::decode(letters) else {
            return Ok(None);
        };
        let mut len = None;
        match status {
            Status::Debug => return Ok(Self::decode_debug(rest)),
            Status::Value => {
                let (word, behind) = line::split_word(rest);
                len = Some(value_len(word, limits)?);
                rest = behind.unwrap_or_default();
            }
            _ => {}
        }
        let (returned, echo) = Returned::decode(rest)?;
        Ok(Some(Self {
            echo,
            status,
            len,
            returned,
            fields: Vec::new(),
        }))
    }

    fn decode_debug(rest: &'l [u8]) -> Option<Self> {
        let (key, fields) = debug::decode_reply(rest)?;
        let echo = Echo {
            key: Some(key),
            ..Echo::default()
        };
        Some(Self {
            echo,
            status: Status::Debug,
            len: None,
            returned: Returned::default(),
            fields,
        })
    }

    /// The reply, without the value that may follow.
    pub(super) fn take_reply(&mut self) -> Reply {
        let returned = self.returned;
        match self.status {
            Status::Done => Reply::Done(returned),
            Status::Value => Reply::Value(Bytes::new(), returned),
            Status::Miss => Reply::Miss,
            Status::NotFound => Reply::NotFound(returned),
            Status::NotStored => Reply::NotStored(returned),
            Status::Exists => Reply::Exists(returned),
            Status::Noop => Reply::Noop,
            Status::Debug => Reply::Debug(std::mem::take(&mut self.fields)),
        }
    }
}

impl Reply {
    pub(super) fn status(&self) -> Status {
        match self {
            Self::Done(_) => Status::Done,
            Self::Value(..) => Status::Value,
            Self::Miss => Status::Miss,
            Self::NotFound(_) => Status::NotFound,
            Self::NotStored(_) => Status::NotStored,
            Self::Exists(_) => Status::Exists,
            Self::Noop => Status::Noop,
            Self::Debug(_) => Status::Debug,
        }
    }

    fn returned(&self) -> Option<&Returned> {
        match self {
            Self::Done(returned)
            | Self::Value(_, returned)
            | Self::NotFound(returned)
            | Self::NotStored(returned)
            | Self::Exists(returned) => Some(returned),
            Self::Miss | Self::Noop | Self::Debug(_) => None,
        }
    }
}

/// Writes a reply that the request can have, with what the request wants
/// repeated; nothing if the request wants this reply left out.
pub(crate) fn write_reply(
    request: &Request<'_>,
    reply: &Reply,
    out: &mut Outgoing,
) -> Result<(), ReplyError> {
    let (shape, status) = (Shape::of(request), reply.status());
    if request.is_quiet() && shape.hides(status) {
        return Ok(());
    }
    if let (Request::Debug(debug), Reply::Debug(fields)) = (request, reply) {
        return debug.encode_reply(fields, out);
    }
    status.encode(out);
    if let Reply::Value(value, _) = reply {
        out.put(b" ");
        out.put_number(value.len() as u64);
    }
    if let Some(returned) = reply.returned() {
        returned.encode(out);
    }
    if !shape.is_bare(status) {
        encode_echo(request, out);
    }
    out.put(CRLF);
    if let Reply::Value(value, _) = reply {
        out.put_value(&value.clone().into(), CRLF);
    }
    Ok(())
}

/// Writes the mark and the key of a request, each if it comes back.
fn encode_echo(request: &Request<'_>, out: &mut Outgoing) {
    let (opaque, key) = request.echoes();
    if let Some(opaque) = opaque {
        out.put(b" O");
        out.put(opaque.as_bytes());
    }
    if let Some(key) = key {
        let line = out.line();
        line.extend_from_slice(b" k");
        key::put_written(&key, line);
        Flags(line).on(b'b', key.is_raw());
    }
}
