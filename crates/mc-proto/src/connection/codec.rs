//! The protocol of a connection: writes requests, reads replies.

use bytes::{Bytes, BytesMut};

use super::{Expected, Numbers, Skipped};
use crate::line::CRLF;
use crate::{
    Limits, Outgoing, Protocol, ProtocolError, Refusal, Reply, Request, SendError, binary, meta,
    text,
};

/// How a connection speaks, and where the reading of a reply has stopped.
#[derive(Debug)]
pub(super) enum Codec {
    Text(text::Decoder),
    Meta(meta::Decoder),
    Binary(binary::Decoder),
}

/// What has been read of the reply whose turn it is.
#[derive(Debug)]
pub(crate) enum Decoded {
    /// The server has accepted, and rows will come.
    Begun,
    /// A row of a stream.
    Row(Bytes),
    /// The reply, which ends it.
    Reply(Reply),
}

impl Codec {
    pub(super) fn new(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Text => Self::Text(text::Decoder::default()),
            Protocol::Meta => Self::Meta(meta::Decoder::default()),
            Protocol::Binary => Self::Binary(binary::Decoder::default()),
        }
    }

    /// Writes a request. `opaque` is the first of the numbers that name it and
    /// its parts, for a protocol that sends them.
    #[inline]
    pub(super) fn encode(
        &self,
        request: &Request<'_>,
        limits: &Limits,
        opaque: u32,
        out: &mut Outgoing,
    ) -> Result<(), SendError> {
        match self {
            Self::Text(_) => text::encode_request(request, limits, out),
            Self::Meta(_) => meta::encode_awaited(request, limits, opaque, out),
            Self::Binary(_) => binary::encode_request(request, limits, opaque, out),
        }
    }

    /// Writes a request that asks for no reply. Meta has no such form: what is
    /// quiet there is answered if it fails.
    pub(super) fn encode_noreply(
        &self,
        request: &Request<'_>,
        limits: &Limits,
        opaque: u32,
        out: &mut Outgoing,
    ) -> Result<(), SendError> {
        match self {
            Self::Text(_) | Self::Meta(_) => text::encode_noreply(request, limits, out),
            Self::Binary(_) => binary::encode_noreply(request, limits, opaque, out),
        }
    }

    /// What stands behind a value.
    pub(super) fn value_end(&self) -> &'static [u8] {
        match self {
            Self::Text(_) | Self::Meta(_) => CRLF,
            Self::Binary(_) => b"",
        }
    }

    /// Takes the answer to a request that wanted none off the input, where
    /// answers say by its number whose they are.
    pub(super) fn skip_noreply(
        &self,
        input: &mut BytesMut,
        numbers: &Numbers,
        limits: &Limits,
    ) -> Result<Skipped, ProtocolError> {
        match self {
            Self::Text(_) | Self::Meta(_) => Ok(Skipped::Nothing),
            Self::Binary(decoder) => decoder.skip_noreply(input, numbers, limits),
        }
    }

    /// The refusal in a reply, if it may be meant for a request in front of
    /// the one whose turn it is.
    pub(super) fn unplaced<'r>(&self, reply: &'r Reply) -> Option<&'r Refusal> {
        match (self, reply) {
            (Self::Binary(_), _) => None,
            (_, Reply::Refused(refusal)) => Some(refusal),
            (_, Reply::Batch(replies)) => match replies.first() {
                Some(Reply::Refused(refusal) | Reply::Unplaced(refusal)) => Some(refusal),
                _ => None,
            },
            _ => None,
        }
    }

    /// Takes bytes off the input until there is something to tell. `None`
    /// means that more are needed; then call again with more behind the rest.
    #[inline]
    pub(super) fn decode(
        &mut self,
        input: &mut BytesMut,
        expected: &Expected<'_>,
        limits: &Limits,
    ) -> Result<Option<Decoded>, ProtocolError> {
        match self {
            Self::Text(decoder) => decoder.decode(input, expected, limits),
            Self::Meta(decoder) => decoder.decode(input, expected, limits),
            Self::Binary(decoder) => decoder.decode(input, expected, limits),
        }
    }

    /// The reply to the request whose turn it is, if that was read with the
    /// one before it.
    #[inline]
    pub(super) fn answered(&mut self) -> Option<Reply> {
        match self {
            Self::Text(decoder) => decoder.answered(),
            Self::Meta(_) | Self::Binary(_) => None,
        }
    }

    /// How many bytes of the current value, and of what is known to come
    /// behind it, have not arrived.
    #[inline]
    pub(super) fn missing(&self) -> usize {
        match self {
            Self::Text(decoder) => decoder.missing(),
            Self::Meta(decoder) => decoder.missing(),
            Self::Binary(decoder) => decoder.missing(),
        }
    }
}
