//! What comes out of a connection.

use bytes::Bytes;

use super::Id;
use crate::{Disposition, Reply};

/// What [`receive`](super::Connection::receive) has read.
///
/// All but streams are answered at once, so that who pushes no stream meets
/// answers only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<T> {
    /// The server has accepted a stream: rows will come.
    Begun {
        /// The stream.
        id: Id,
    },
    /// A row of a stream, without its line end.
    Row {
        /// The stream.
        id: Id,
        /// The row, in the server's words.
        row: Bytes,
    },
    /// The answer to a request, and the end of a stream.
    Answer(Answer<T>),
}

/// A reply with the tag of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was pushed with the request.
    pub tag: T,
    /// What the server says.
    pub reply: Reply,
    /// Whether the connection can be used further. If not, it takes and
    /// answers nothing more.
    pub disposition: Disposition,
}

/// How much of a request may have reached the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Nothing: it was not done, and may be sent elsewhere.
    Nothing,
    /// Some or all of it: it may or may not have been done.
    Maybe,
}

impl<T> Received<T> {
    /// The answer, if it is one.
    #[must_use]
    pub fn answer(self) -> Option<Answer<T>> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Begun { .. } | Self::Row { .. } => None,
        }
    }
}
