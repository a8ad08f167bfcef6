//! Why a connection is over, and what that means to whom.

use std::io;
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
    Io(io::Error),
    Protocol(ProtocolError),
    /// The server refused a request in a way after which its next bytes cannot be trusted.
    Refused,
    /// Answers were overdue for too long.
    Overdue,
    /// The socket took nothing for so long: the send timeout, or as long as callers are let wait behind it.
    Stalled(Duration),
    /// The client, or the runtime that it ran on, is gone.
    #[cfg(feature = "tokio")]
    Stopped,
    /// The task that served it has panicked, as tokio does where a runtime has no timers or no sockets.
    #[cfg(feature = "tokio")]
    Panicked,
}

/// What a connection has come to by its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    /// Any request was answered on it.
    pub(crate) answered: bool,
    /// Requests wait for it, or for an answer.
    pub(crate) wanted: bool,
    /// Some of them were sent, in part at least.
    pub(crate) sent: bool,
}

impl Life {
    /// Whether a connection that broke, or was closed, was none in the first place: a proxy whose server is gone
    /// accepts, and then resets, or closes before it has read anything. (One that reads a request and then closes in
    /// order may be one that does not know the command.)
    fn was_none(self, lost: &Lost) -> bool {
        let at_once = matches!(lost, Lost::Io(_)) || !self.sent;
        self.wanted && !self.answered && at_once
    }
}

impl Lost {
    /// The end of a connection. A server that has `answered`, or a proxy, may well end in order while more is on its way to
    /// it; one that never did was none if the system tells of a `reset` behind the end.
    pub(crate) fn ended(answered: bool, reset: impl FnOnce() -> Option<io::Error>) -> Self {
        match answered {
            true => Self::Closed,
            false => reset().map_or(Self::Closed, Self::Io),
        }
    }

    /// This, why a write failed, or what was `heard` after it, which mostly tells more: what the server said before it hung
    /// up. An end alone tells less if nothing was `answered`, as the write has taken the reset that is behind it.
    pub(crate) fn unless_heard(self, heard: Option<Self>, answered: bool) -> Self {
        match heard {
            None => self,
            Some(Self::Closed) if !answered => self,
            Some(heard) => heard,
        }
    }

    /// What it tells of the server. That a connection broke is no reason to leave the server alone at
    /// once: it may have restarted. That of one on which no request was on its way tells nothing; nor does the end, in
    /// order, of one that has answered before: a proxy ends it so at a command that it does not know, and whether a
    /// server has gone away, the next connection tells.
    pub(crate) fn report(&self, life: Life) -> Report {
        match self {
            Self::Protocol(ProtocolError::TooManyConnections) => Report::Failed,
            Self::Closed | Self::Io(_) if life.was_none(self) => Report::Failed,
            Self::Closed if life.answered => Report::NotSent,
            Self::Closed | Self::Io(_) | Self::Protocol(_) | Self::Stalled(_) if life.sent => {
                Report::TimedOut
            }
            _ => Report::NotSent,
        }
    }

    /// What it means to whoever's request was sent, on a connection on which others were `answered` before, or none.
    pub(crate) fn into_error(self, answered: bool) -> Error {
        let hint = match answered {
            true => "",
            false => " (a server that wants TLS, or another protocol, may do so at once)",
        };
        let (kind, message) = match &self {
            Self::Closed => (
                ErrorKind::Closed,
                format!(
                    "the server closed the connection before it answered, as proxies do \
                     at a command that they do not know{hint}"
                ),
            ),
            Self::Io(error) => (
                ErrorKind::Closed,
                format!("the connection broke: {error}{hint}"),
            ),
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
                    "the connection was dropped: the server took nothing of what was sent for {timeout:?}"
                ),
            ),
            #[cfg(feature = "tokio")]
            Self::Stopped => (ErrorKind::Closed, "the client was shut down".to_owned()),
            #[cfg(feature = "tokio")]
            Self::Panicked => (
                ErrorKind::Closed,
                "the task of the connection has panicked: its runtime needs timers and sockets, \
                 which `enable_all` gives it"
                    .to_owned(),
            ),
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
///
/// Of a batch it is the last reply that was such a refusal. It is marked for [`ending`], by a batch of its own: no
/// batch of a server holds one.
#[inline]
pub(crate) fn answer(
    mut reply: Reply,
    disposition: Disposition,
    server: &Arc<str>,
) -> Result<Reply, Error> {
    match (&mut reply, disposition) {
        (Reply::Refused(refusal), Disposition::Drop) => {
            let error = Error::refused(refusal).at(server);
            Err(error.dropped())
        }
        (Reply::Batch(replies), Disposition::Drop) => {
            let last = replies.pop_if(|last| matches!(last, Reply::Refused(_)));
            replies.extend(last.map(|last| Reply::Batch(vec![last])));
            Ok(reply)
        }
        _ => Ok(reply),
    }
}

/// Takes the last of a batch's replies, if it is a refusal that has ended the connection: as the error that it is.
pub(crate) fn ending(replies: &mut Vec<Reply>, server: &Arc<str>) -> Option<Error> {
    let marked = replies.pop_if(|last| matches!(last, Reply::Batch(_)));
    let Some(Reply::Batch(mut last)) = marked else {
        return None;
    };
    answer(last.pop()?, Disposition::Drop, server).err()
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind::ConnectionReset;

    use mc_proto::RefusalKind;

    use super::*;
    use crate::error::Connection;

    #[test]
    fn what_the_end_of_a_connection_tells_of_the_server() {
        let life = |answered, wanted, sent| Life {
            answered,
            wanted,
            sent,
        };
        let (closed, reset) = (|| Lost::Closed, || Lost::Io(ConnectionReset.into()));
        let rows = [
            (reset(), life(false, true, true), Report::Failed),
            (reset(), life(false, true, false), Report::Failed),
            (closed(), life(false, true, false), Report::Failed),
            (closed(), life(false, true, true), Report::TimedOut),
            (reset(), life(true, true, true), Report::TimedOut),
            (closed(), life(true, true, true), Report::NotSent),
            (reset(), life(true, true, false), Report::NotSent),
            (closed(), life(false, false, false), Report::NotSent),
            (reset(), life(false, false, false), Report::NotSent),
            (Lost::Refused, life(false, true, true), Report::NotSent),
            (Lost::Overdue, life(false, true, true), Report::NotSent),
        ];
        for (lost, life, report) in rows {
            assert_eq!(lost.report(life), report, "{lost:?}, {life:?}");
        }
    }

    #[test]
    fn a_refusal_at_the_end_of_a_batch_ends_the_connection_or_not() {
        let server = "server".into();
        let ended = |last: Reply, disposition| {
            let batch = Reply::Batch(vec![Reply::Deleted, last]);
            let Ok(Reply::Batch(mut replies)) = answer(batch, disposition, &server) else {
                panic!("a batch stays one");
            };
            let ended = ending(&mut replies, &server);
            (ended.map(|error| error.connection()), replies.len())
        };
        let refused = || Reply::Refused(RefusalKind::Client.into());
        assert_eq!(ended(refused(), Disposition::Keep), (None, 2));
        let dropped = Some(Connection::Dropped);
        assert_eq!(ended(refused(), Disposition::Drop), (dropped, 1));
        assert_eq!(ended(Reply::Deleted, Disposition::Drop), (None, 2));
    }

    #[test]
    fn a_reset_counts_where_nothing_was_answered() {
        let reset = || Lost::Io(ConnectionReset.into());
        let behind_it = || Some(ConnectionReset.into());
        assert!(matches!(Lost::ended(false, behind_it), Lost::Io(_)));
        assert!(matches!(Lost::ended(false, || None), Lost::Closed));
        assert!(matches!(Lost::ended(true, behind_it), Lost::Closed));
        for (heard, answered, is_reset) in [
            (None, true, true),
            (Some(Lost::Closed), false, true),
            (Some(Lost::Closed), true, false),
            (Some(Lost::Refused), false, false),
        ] {
            let told = reset().unless_heard(heard, answered);
            assert_eq!(matches!(told, Lost::Io(_)), is_reset, "{told:?}");
        }
    }
}
