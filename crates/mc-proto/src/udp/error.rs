//! What can go wrong with a read: before it is sent, and after.

use thiserror::Error;

use crate::{Excerpt, ProtocolError};

/// Why a read was not sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    /// As many reads are under way as are allowed.
    #[error("{max} reads are under way; no more are allowed")]
    TooManyOutstanding {
        /// [`Limits::max_outstanding`](super::Limits::max_outstanding), or the
        /// 65536 ids that there are.
        max: usize,
    },
    /// No connection would have sent it.
    #[error(transparent)]
    Request(#[from] crate::SendError),
}

/// Why a read has no reply. It changed nothing and can be sent again.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadError {
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
