//! Replies as packets, written and read.

use bytes::{Buf, Bytes, BytesMut};

use super::header::{self, Header, RESPONSE};
use super::packet::{Extras, Name, put};
use super::shape::Shape;
use super::{BadFrame, Opcode, Status};
use crate::{Limits, Outgoing, value};

/// One reply as the server sends it.
///
/// ```text
/// 0x81 opcode … status … opaque cas    flags? key? value?
/// ```
///
/// Which parts there are depends on the command: an item has flags, its cas
/// number and its value, and its key if it was asked to come back; a row of
/// statistics has a key and a value; a number is a value of 8 bytes. A reply
/// that is not a success has a message for people as its value.
///
/// ```
/// use bytes::{Buf, BytesMut};
/// use mc_proto::binary::{Opcode, Response, Status};
/// use mc_proto::{Limits, Outgoing};
///
/// let miss = Response::of(Opcode::Get, 7, Status::KeyNotFound);
/// let mut out = Outgoing::default();
/// miss.encode(&mut out)?;
///
/// let mut input = BytesMut::from(out.chunk());
/// let limits = Limits::default();
/// assert_eq!(Response::decode(&mut input, &limits)?, Some(miss));
/// assert_eq!(Response::decode(&mut input, &limits)?, None);
/// # Ok::<(), mc_proto::binary::BadFrame>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The command that it answers, in the form that was sent.
    pub opcode: Opcode,
    /// How it went.
    pub status: Status,
    /// The number that the request had.
    pub opaque: u32,
    /// The item's cas number; 0 where there is none.
    pub cas: u64,
    /// The item's flags: of an item, and with memcached of a touch.
    pub flags: Option<u32>,
    /// The key of an item, or the name of a row.
    pub key: Bytes,
    /// The value of an item or a row, a number, or a message.
    pub value: Bytes,
}

impl Response {
    /// A reply without an item, with memcached's message if it is no success.
    #[must_use]
    pub fn of(opcode: Opcode, opaque: u32, status: Status) -> Self {
        Self {
            opcode,
            status,
            opaque,
            cas: 0,
            flags: None,
            key: Bytes::new(),
            value: Bytes::from_static(status.message().as_bytes()),
        }
    }

    /// The number that a counter holds, if the value is one.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        let bytes = <[u8; 8]>::try_from(&*self.value).ok()?;
        Some(u64::from_be_bytes(bytes))
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`BadFrame::Field`] if its parts are not those of its command. Then
    /// nothing was written.
    pub fn encode(&self, out: &mut Outgoing) -> Result<(), BadFrame> {
        let shape = Shape::of_response(self.opcode, self.status, &UNBOUNDED);
        let flags_len = self.flags.map_or(0, |flags| size_of_val(&flags));
        shape.check(flags_len, self.key.len(), self.value.len())?;
        let header = Header {
            opcode: self.opcode.byte(),
            status: self.status.code(),
            opaque: self.opaque,
            cas: self.cas,
            ..Header::default()
        };
        let none = Extras::default();
        let extras = self.flags.map_or(none, |flags| none.u32(flags));
        let value = self.value.clone().into();
        put(out, RESPONSE, header, extras, Name::Word(&self.key), &value);
        Ok(())
    }

    /// Takes the reply at the start of the input off it; `None` if it has not
    /// arrived as a whole. A large value shares the buffer of the input.
    ///
    /// # Errors
    /// [`BadFrame`] if the bytes are no reply, or one over the limits. Nothing
    /// was taken, and nothing behind them can be believed.
    pub fn decode(input: &mut BytesMut, limits: &Limits) -> Result<Option<Self>, BadFrame> {
        match Head::read(input, limits)? {
            Some(head) if head.missing(input) == 0 => Ok(Some(head.take(input, value::take))),
            _ => Ok(None),
        }
    }
}

/// The header of a reply that can be one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) opcode: Opcode,
    pub(super) status: Status,
    pub(super) opaque: u32,
    pub(super) cas: u64,
    /// How much of the header and the extras is not taken off the input: all or nothing.
    front: usize,
    /// The extras, once those are taken.
    flags: Option<u32>,
    key: usize,
    value: usize,
}

impl Head {
    /// Reads a header, and compares every length in it with what the command
    /// may have, before anything of the body is waited for.
    pub(super) fn read(input: &[u8], limits: &Limits) -> Result<Option<Self>, BadFrame> {
        let Some(header) = Header::read(input, RESPONSE)? else {
            return Ok(None);
        };
        let (found, code) = (header.opcode, header.status);
        let opcode = Opcode::from_byte(found).ok_or(BadFrame::UnknownOpcode { found })?;
        let status = Status::from_code(code).ok_or(BadFrame::UnknownStatus { found: code })?;
        let extras = usize::from(header.extras_len);
        let head = Self {
            opcode,
            status,
            opaque: header.opaque,
            cas: header.cas,
            front: header::LEN.saturating_add(extras),
            flags: None,
            key: usize::from(header.key_len),
            value: header.value_len()?,
        };
        Shape::of_response(opcode, status, limits).check(extras, head.key, head.value)?;
        Ok(Some(head))
    }

    /// How long the value is.
    pub(super) fn value_len(&self) -> usize {
        self.value
    }

    /// Whether there is a key in it: the name of a row, if it is one.
    pub(super) fn has_name(&self) -> bool {
        self.key > 0
    }

    /// How long the reply is from here on.
    fn len(&self) -> usize {
        self.front
            .saturating_add(self.key)
            .saturating_add(self.value)
    }

    /// How many bytes of the reply have not arrived.
    pub(super) fn missing(&self, input: &[u8]) -> usize {
        self.len().saturating_sub(input.len())
    }

    /// Takes a whole reply off the input, and makes nothing of its body.
    pub(super) fn skip(&self, input: &mut BytesMut) {
        input.advance(self.len().min(input.len()));
    }

    /// Takes the header and the extras off the input, if they are there, so that the rest comes first.
    pub(super) fn begin(&mut self, input: &mut BytesMut) -> bool {
        let Some(front) = input.get(..self.front) else {
            return false;
        };
        let extras = front.get(header::LEN..).map(<[u8; 4]>::try_from);
        let flags = extras.and_then(Result::ok).map(u32::from_be_bytes);
        self.flags = self.flags.or(flags);
        input.advance(self.front);
        self.front = 0;
        true
    }

    /// Takes a whole reply off the input, its value with `take`.
    pub(super) fn take(
        mut self,
        input: &mut BytesMut,
        take: impl FnOnce(&mut BytesMut, usize) -> Bytes,
    ) -> Response {
        self.begin(input);
        Response {
            opcode: self.opcode,
            status: self.status,
            opaque: self.opaque,
            cas: self.cas,
            flags: self.flags,
            key: match self.key {
                0 => Bytes::new(),
                len => value::take(input, len),
            },
            value: take(input, self.value),
        }
    }
}

/// What a server need not keep to when it writes.
const UNBOUNDED: Limits = Limits {
    max_value_len: usize::MAX,
    max_line_len: usize::MAX,
    max_keys: usize::MAX,
    max_batch: usize::MAX,
    max_rows: usize::MAX,
};
