//! The protocol of a connection: writes requests, reads replies.

use bytes::{Bytes, BytesMut};

use super::Expected;
use crate::{
    Limits, Outgoing, Protocol, ProtocolError, Reply, Request, SendError, binary, meta, text,
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

    /// Takes bytes off the input until there is something to tell. `None`
    /// means that more are needed; then call again with more behind the rest.
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

    /// How many bytes of the current value have not arrived.
    pub(super) fn missing(&self) -> usize {
        match self {
            Self::Text(decoder) => decoder.missing(),
            Self::Meta(decoder) => decoder.missing(),
            Self::Binary(decoder) => decoder.missing(),
        }
    }
}
