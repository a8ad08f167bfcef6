//! One request over UDP, and its reply, without the socket.
//!
//! Each request has a socket of its own, whose port nobody can guess: what comes late, or from a stranger, finds it
//! closed. A reply that does not come whole until the deadline is an error, never a miss; nothing is sent twice.

use std::io;
use std::sync::Arc;

use mc_behaviors::Transport;
use mc_proto::udp::{Client, Id, ReceiveError, SendError};
use mc_proto::{Limits, Protocol, Reply, Request, udp};

use super::Endpoint;
use crate::cluster::Report;
use crate::error::{Error, ErrorKind, Outcome, Stage};

/// Room for any datagram.
pub(crate) const MOST: usize = 1 << 16;

/// Requests to one server, or of one call, that are under way at most; more wait. Each has a socket.
pub(crate) const MOST_SOCKETS: usize = 256;

/// A request, and its reply as far as that has come.
pub(crate) struct Datagram {
    server: Arc<str>,
    client: Client<()>,
    /// `None` if no reply is awaited.
    id: Option<Id>,
    /// Whether the one key is asked for as a list, and so answered.
    listed: bool,
    bytes: Vec<u8>,
    sent: bool,
}

impl Endpoint {
    /// Whether each request is a datagram, and there are no connections.
    pub(crate) fn is_datagram(&self) -> bool {
        self.address.transport == Transport::Udp
    }

    /// A request as a datagram; whether its reply is `awaited`.
    ///
    /// # Errors
    /// It is none that UDP carries, or the client is to do what UDP cannot.
    pub(crate) fn datagram(
        &self,
        request: &Request<'_>,
        limits: Limits,
        awaited: bool,
    ) -> Result<Datagram, Error> {
        self.check_datagrams()?;
        let limits = udp::Limits {
            reply: limits,
            ..udp::Limits::default()
        };
        let mut datagram = Datagram {
            server: Arc::clone(&self.name),
            client: Client::new(fastrand::u16(..), limits),
            id: None,
            listed: matches!(request, Request::GetMany { .. }),
            bytes: Vec::new(),
            sent: false,
        };
        let pushed = datagram.push(&single(request), awaited);
        pushed.map_err(|why| unsendable(&why).at(&self.name))?;
        Ok(datagram)
    }

    fn check_datagrams(&self) -> Result<(), Error> {
        let what = match self.protocol() {
            Some(Protocol::Text) => match () {
                () if self.access.is_secured() => "no TLS",
                () if self.access.credentials.is_some() => "no password",
                () => return Ok(()),
            },
            _ => "the text protocol only",
        };
        Err(Error::config(format!("UDP carries {what}")).at(&self.name))
    }
}

/// A list of one key as that key: there are no lists over UDP.
fn single<'r>(request: &'r Request<'r>) -> Request<'r> {
    match request {
        Request::GetMany { keys, cas } if keys.len() == 1 => Request::Get {
            key: keys[0],
            cas: *cas,
        },
        other => other.clone(),
    }
}

/// What an answer tells of the server.
pub(crate) fn report<T>(answer: &Result<T, Error>) -> Report {
    match answer.as_ref().map_err(Error::kind) {
        Ok(_) | Err(ErrorKind::Protocol) => Report::Answered,
        Err(ErrorKind::Connect) => Report::Failed,
        Err(ErrorKind::Timeout(Stage::Reply)) => Report::TimedOut,
        Err(_) => Report::NotSent,
    }
}

fn unsendable(why: &SendError) -> Error {
    match why {
        SendError::Request(why) => Error::unsendable(why),
        SendError::TooLong { .. } => Error::caller(ErrorKind::ValueTooLarge, why.to_string()),
        why => Error::caller(ErrorKind::InvalidArgument, why.to_string()),
    }
}

impl Datagram {
    fn push(&mut self, request: &Request<'_>, awaited: bool) -> Result<(), SendError> {
        if !awaited {
            return self.client.push_noreply(request, &mut self.bytes);
        }
        let pushed = self.client.push(request, (), &mut self.bytes);
        self.id = Some(pushed.map_err(|(why, ())| why)?);
        Ok(())
    }

    /// What to send, in one piece. From here on it may have been done.
    pub(crate) fn sending(&mut self) -> &[u8] {
        self.sent = true;
        &self.bytes
    }

    /// Takes what has come; the answer, when that is whole.
    pub(crate) fn received(&mut self, datagram: &[u8]) -> Option<Result<Reply, Error>> {
        let answer = self.client.receive(datagram)?;
        Some(match answer.result {
            Ok(Reply::Value(value)) if self.listed => Ok(Reply::Values(vec![value])),
            Ok(reply) => Ok(reply),
            Err(why) => Err(self.error(ErrorKind::Protocol, why.to_string(), why)),
        })
    }

    /// The deadline has passed.
    pub(crate) fn expired(&mut self) -> Error {
        let answer = self.id.and_then(|id| self.client.expire(id));
        match answer.map(|answer| answer.result) {
            Some(Err(why)) if self.sent => {
                let message = format!("the deadline passed while waiting for the answer: {why}");
                self.error(ErrorKind::Timeout(Stage::Reply), message, why)
            }
            _ => Error::timeout(Stage::Connect, Outcome::NotSent).at(&self.server),
        }
    }

    /// What the system has told, such as that nobody listens there, or that there is no way there: then, and only then,
    /// what was sent was not done.
    pub(crate) fn unreachable(&self, cause: io::Error) -> Error {
        use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
        let outcome = match cause.kind() {
            ConnectionRefused | HostUnreachable | NetworkUnreachable => Outcome::NotSent,
            _ if self.sent => Outcome::MaybeApplied,
            _ => Outcome::NotSent,
        };
        let message = format!("cannot reach the server: {cause}");
        let error = Error::new(ErrorKind::Connect, outcome, message);
        error.because(cause).at(&self.server)
    }

    fn error(&self, kind: ErrorKind, message: String, why: ReceiveError) -> Error {
        let error = Error::new(kind, Outcome::MaybeApplied, message);
        error.because(why).at(&self.server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_not_said_to_be_unsent() {
        let mut datagram = Datagram {
            server: "cache1".into(),
            client: Client::new(0, udp::Limits::default()),
            id: None,
            listed: false,
            bytes: Vec::new(),
            sent: false,
        };
        let outcome =
            |datagram: &Datagram, kind: io::ErrorKind| datagram.unreachable(kind.into()).outcome();
        assert_eq!(outcome(&datagram, io::ErrorKind::Other), Outcome::NotSent);
        datagram.sending();
        let sent = outcome(&datagram, io::ErrorKind::Other);
        assert_eq!(sent, Outcome::MaybeApplied);
        let refused = outcome(&datagram, io::ErrorKind::ConnectionRefused);
        assert_eq!(refused, Outcome::NotSent, "nobody has got it");
    }
}
