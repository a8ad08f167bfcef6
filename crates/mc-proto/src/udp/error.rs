//! What can go wrong with a request: before it is sent, and after.

use thiserror::Error;

use super::NotCarried;
use crate::{Excerpt, ProtocolError};

/// Why a request was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// It has no good form in datagrams.
    #[error(transparent)]
    NotCarried(#[from] NotCarried),
    /// It does not fit one datagram.
    #[error("a datagram of {len} bytes is too long; at most {max} are allowed")]
    TooLong {
        /// How long it would be, header included, in bytes.
        len: usize,
        /// [`Limits::max_request_len`](super::Limits::max_request_len).
        max: usize,
    },
    /// As many requests are under way as are allowed.
    #[error("{max} requests are under way; no more are allowed")]
    TooManyOutstanding {
        /// [`Limits::max_outstanding`](super::Limits::max_outstanding), or the
        /// 65536 ids that there are.
        max: usize,
    },
    /// No connection would have sent it.
    #[error(transparent)]
    Request(#[from] crate::SendError),
}

/// Why a request has no reply. What it asks may have been done or not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// The deadline has passed before the whole reply was there. What was
    /// there is forgotten.
    #[error("{} of the reply's datagrams arrived in time", Arrived(*received, *total))]
    Incomplete {
        /// How many datagrams have arrived.
        received: u16,
        /// How many the reply has, if any has arrived.
        total: Option<u16>,
    },
    /// All datagrams are there, and together they are no whole reply.
    #[error("the datagrams are all there, but the reply in them is cut short")]
    Short,
    /// There is something behind the reply.
    #[error("'{found}' follows the reply in its datagrams")]
    Trailing {
        /// The bytes.
        found: Excerpt,
    },
    /// The reply is none to what was asked.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
}

/// Says "none", "2 of 3".
struct Arrived(u16, Option<u16>);

impl std::fmt::Display for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self(received, Some(total)) => write!(f, "{received} of {total}"),
            Self(..) => f.write_str("none"),
        }
    }
}
