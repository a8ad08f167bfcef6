//! Why a connection is over, and what that means to whom.

use std::sync::Arc;
use std::time::Duration;

use mc_proto::{Disposition, ProtocolError, Reply};

use crate::cluster::Report;
use crate::error::{Error, ErrorKind, Outcome};

/// Why a connection is over.
#[derive(Debug)]
pub(crate) enum Lost {
    /// The server closed it.
    Closed,
    Io(std::io::Error),
    Protocol(ProtocolError),
    /// The server refused a request in a way after which its next bytes cannot be trusted.
    Refused,
    /// Answers were overdue for too long.
    Overdue,
    /// The socket took nothing for as long as the send timeout.
    Stalled(Duration),
    /// The client, or the runtime that it ran on, is gone.
    Stopped,
}

impl Lost {
    /// What it tells of the server. That a connection broke is no reason to leave the server alone at
    /// once: it may have restarted.
    pub(crate) fn report(&self) -> Report {
        match self {
            Self::Protocol(ProtocolError::TooManyConnections) => Report::Failed,
            Self::Closed | Self::Io(_) | Self::Protocol(_) | Self::Stalled(_) => Report::TimedOut,
            Self::Refused | Self::Overdue | Self::Stopped => Report::NotSent,
        }
    }

    /// What it means to whoever's request was sent.
    pub(crate) fn into_error(self) -> Error {
        let (kind, message) = match &self {
            Self::Closed => (
                ErrorKind::Closed,
                "the server closed the connection before it answered, as proxies do \
                 at a command that they do not know"
                    .to_owned(),
            ),
            Self::Io(error) => (ErrorKind::Closed, format!("the connection broke: {error}")),
            Self::Protocol(error @ ProtocolError::TooManyConnections) => {
                (ErrorKind::TooManyConnections, error.to_string())
            }
            Self::Protocol(error) => (ErrorKind::Protocol, error.to_string()),
            Self::Refused => (
                ErrorKind::Closed,
                "the connection was dropped after the server refused a request".to_owned(),
            ),
            Self::Overdue => (
                ErrorKind::Closed,
                "the connection was dropped: its answers were overdue for too long".to_owned(),
            ),
            Self::Stalled(timeout) => (
                ErrorKind::Closed,
                format!(
                    "the connection was dropped: the server took nothing for the send timeout of {timeout:?}"
                ),
            ),
            Self::Stopped => (ErrorKind::Closed, "the client was shut down".to_owned()),
        };
        let error = Error::new(kind, Outcome::MaybeApplied, message).dropped();
        match self {
            Self::Io(cause) => error.because(cause),
            Self::Protocol(cause) => error.because(cause),
            _ => error,
        }
    }
}

/// What a reply is to whoever asked: an error, if the server refused in a way after which the connection is dropped.
pub(crate) fn answer(
    reply: Reply,
    disposition: Disposition,
    server: &Arc<str>,
) -> Result<Reply, Error> {
    match (reply, disposition) {
        (Reply::Refused(refusal), Disposition::Drop) => {
            let error = Error::refused(&refusal).at(server);
            Err(error.dropped())
        }
        (reply, _) => Ok(reply),
    }
}
