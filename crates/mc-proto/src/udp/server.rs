//! The other side: requests that arrive, and replies cut into datagrams.

use bytes::{Buf, BufMut};
use thiserror::Error;

use super::{HEADER_LEN, Header, NotCarried, carried};
use crate::text::{self, BadRequest};
use crate::{Excerpt, Limits, Outgoing, Request};

/// The longest datagram that a server sends, header included, in bytes.
///
/// memcached's `UDP_MAX_PAYLOAD_SIZE`: what no Ethernet has to cut.
pub const MAX_DATAGRAM_LEN: usize = 1400;

/// A request that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// What the reply has to repeat.
    pub id: u16,
    /// What is asked. It borrows the datagram.
    pub request: Request<'a>,
    /// Whether the client wants no reply, not even a refusal.
    pub noreply: bool,
}

/// Why a datagram is no request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadDatagram {
    /// There is no [`Header`] in it.
    #[error("'{found}' does not start with a header")]
    NoHeader {
        /// The datagram.
        found: Excerpt,
    },
    /// It is a part of a request only.
    #[error("a request in {total} datagrams is not supported")]
    Split {
        /// How many there are.
        total: u16,
    },
    /// It has not exactly one request in it.
    #[error("'{found}' is not one whole request")]
    NotOne {
        /// What follows the header.
        found: Excerpt,
    },
    /// Its request is wrong.
    #[error(transparent)]
    Request(#[from] BadRequest),
    /// Its request has no good form in datagrams.
    #[error(transparent)]
    NotCarried(#[from] NotCarried),
}

/// A reply that has more datagrams than can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a reply of {len} bytes does not fit {} datagrams", u16::MAX)]
pub struct ReplyTooLong {
    /// How long it is in bytes.
    pub len: usize,
}

/// Reads the request in a datagram.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Limits, Outgoing, Reply, text, udp};
///
/// let datagram = b"\0\x07\0\0\0\x01\0\0get a\r\n";
/// let incoming = udp::decode_request(datagram, &Limits::default())?;
/// let mut reply = Outgoing::default();
/// text::encode_reply(&incoming.request, &Reply::Value(None), &mut reply)?;
/// let sent: Vec<_> = udp::datagrams(incoming.id, reply)?.collect();
/// assert_eq!(sent, [b"\0\x07\0\0\0\x01\0\0END\r\n"]);
///
/// let many = b"\0\x07\0\0\0\x01\0\0get a b\r\n";
/// let refused = udp::decode_request(many, &Limits::default()).unwrap_err();
/// assert!(refused.to_string().starts_with("this get cannot travel over UDP"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`BadDatagram`]. It is best left without a reply.
pub fn decode_request<'a>(
    datagram: &'a [u8],
    limits: &Limits,
) -> Result<Incoming<'a>, BadDatagram> {
    let (Header { id, total, .. }, payload) =
        Header::decode(datagram).ok_or_else(|| BadDatagram::NoHeader {
            found: Excerpt::new(datagram),
        })?;
    if total != 1 {
        return Err(BadDatagram::Split { total });
    }
    match text::decode_request(payload, limits)? {
        Some(text::Incoming {
            request,
            noreply,
            len,
        }) if len == payload.len() => {
            carried::check(&request)?;
            Ok(Incoming {
                id,
                request,
                noreply,
            })
        }
        _ => Err(BadDatagram::NotOne {
            found: Excerpt::new(payload),
        }),
    }
}

/// Cuts a reply into datagrams of at most [`MAX_DATAGRAM_LEN`], in order.
///
/// # Errors
/// [`ReplyTooLong`] for one of more than some 90 MB.
pub fn datagrams(
    id: u16,
    mut reply: Outgoing,
) -> Result<impl Iterator<Item = Vec<u8>>, ReplyTooLong> {
    const PAYLOAD: usize = MAX_DATAGRAM_LEN - HEADER_LEN;
    let len = reply.remaining();
    let total = u16::try_from(len.div_ceil(PAYLOAD)).map_err(|_| ReplyTooLong { len })?;
    Ok((0..total).map(move |sequence| {
        let header = Header {
            id,
            sequence,
            total,
        };
        let mut datagram = header.encode().to_vec();
        let len = reply.remaining().min(PAYLOAD);
        datagram.put((&mut reply).take(len));
        datagram
    }))
}
