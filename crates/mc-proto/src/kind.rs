//! What is kept of a request until its reply is there.

use crate::{Reply, Request};

/// The shape of a request: enough to know its replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Get { cas: bool },
    GetMany { cas: bool },
    Store,
    Cas,
    Delete,
    Arithmetic,
    Touch,
    Stats,
    Version,
    FlushAll,
    Quit,
}

/// Whether a connection can be used further after a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Both ends are still in step.
    Keep,
    /// The ends may be out of step: what follows cannot be believed, and the
    /// connection must be closed.
    Drop,
}

impl Kind {
    /// The shape of this request.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        match request {
            Request::Get { cas, .. } => Self::Get { cas: *cas },
            Request::GetMany { cas, .. } => Self::GetMany { cas: *cas },
            Request::Store {
                verb: crate::Verb::Cas(_),
                ..
            } => Self::Cas,
            Request::Store { .. } => Self::Store,
            Request::Delete { .. } => Self::Delete,
            Request::Incr { .. } | Request::Decr { .. } => Self::Arithmetic,
            Request::Touch { .. } => Self::Touch,
            Request::Stats { .. } => Self::Stats,
            Request::Version => Self::Version,
            Request::FlushAll { .. } => Self::FlushAll,
            Request::Quit => Self::Quit,
        }
    }

    /// Whether a request of this shape can have this reply.
    ///
    /// memcached's `doc/protocol.txt` says that `NOT_STORED` "normally" means
    /// an unmet condition, so that a set may have it as well.
    pub(crate) fn accepts(self, reply: &Reply) -> bool {
        match reply {
            Reply::Value(_) => matches!(self, Self::Get { .. }),
            Reply::Values(_) => matches!(self, Self::GetMany { .. }),
            Reply::Stored => matches!(self, Self::Store | Self::Cas),
            Reply::NotStored => self == Self::Store,
            Reply::Exists => self == Self::Cas,
            Reply::NotFound => {
                matches!(
                    self,
                    Self::Cas | Self::Delete | Self::Arithmetic | Self::Touch
                )
            }
            Reply::Deleted => self == Self::Delete,
            Reply::Touched => self == Self::Touch,
            Reply::Number(_) => self == Self::Arithmetic,
            Reply::Version(_) => self == Self::Version,
            Reply::Stats(_) => self == Self::Stats,
            Reply::Ok => self == Self::FlushAll,
            Reply::Refused(_) => self != Self::Quit,
        }
    }
}

/// What becomes of the connection after this reply to such a request.
///
/// A server that could not do it (`SERVER_ERROR`) has read the whole request.
/// One that found a storage command wrong (`CLIENT_ERROR`) may read the value
/// behind it as commands; one that does not know a command (`ERROR`) may be
/// out of step already; and one that wants a password takes nothing else.
pub(crate) fn after(kind: Kind, reply: &Reply) -> Disposition {
    use crate::RefusalKind as Refusal;

    let stores = matches!(kind, Kind::Store | Kind::Cas);
    match reply {
        Reply::Value(_)
        | Reply::Values(_)
        | Reply::Stored
        | Reply::NotStored
        | Reply::Exists
        | Reply::NotFound
        | Reply::Deleted
        | Reply::Touched
        | Reply::Number(_)
        | Reply::Version(_)
        | Reply::Stats(_)
        | Reply::Ok => Disposition::Keep,
        Reply::Refused(refusal) => match refusal.kind {
            Refusal::Server | Refusal::OutOfMemory | Refusal::TooLarge => Disposition::Keep,
            Refusal::Client | Refusal::NotNumeric if !stores => Disposition::Keep,
            Refusal::Client | Refusal::NotNumeric => Disposition::Drop,
            Refusal::UnknownCommand | Refusal::Unauthenticated => Disposition::Drop,
        },
    }
}
