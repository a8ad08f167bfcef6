//! What is kept of a request until its reply is there.

use crate::meta::Shape;
use crate::{Protocol, RefusalKind, Reply, Request, SaslStep, SendError, StatsTopic, Verb};

/// The shape of a request: enough to know its replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Get {
        cas: bool,
    },
    GetMany {
        cas: bool,
    },
    Gat {
        cas: bool,
    },
    GatMany {
        cas: bool,
    },
    Set,
    Add,
    Replace,
    Append,
    Prepend,
    Cas,
    Delete,
    Incr,
    Decr,
    Touch,
    Batch,
    Noop,
    /// In meta's own words.
    Meta(Shape),
    Stats,
    /// `stats detail on` and `off`.
    StatsDetail,
    /// `stats detail dump`.
    StatsDump,
    StatsReset,
    Version,
    FlushAll,
    Verbosity,
    Admin,
    Metadump,
    Mgdump,
    Watch,
    Auth,
    SaslList,
    SaslStart,
    SaslContinue,
    Shutdown,
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
    #[inline]
    pub(crate) fn of(request: &Request<'_>) -> Self {
        // Most of most batches.
        if let Request::Store { verb, .. } = request {
            return Self::of_store(*verb);
        }
        match request {
            Request::Get { cas, .. } => Self::Get { cas: *cas },
            Request::GetMany { cas, .. } => Self::GetMany { cas: *cas },
            Request::Gat { cas, .. } => Self::Gat { cas: *cas },
            Request::GatMany { cas, .. } => Self::GatMany { cas: *cas },
            Request::Store { verb, .. } => Self::of_store(*verb),
            Request::Delete { .. } => Self::Delete,
            Request::Incr { .. } => Self::Incr,
            Request::Decr { .. } => Self::Decr,
            Request::Touch { .. } => Self::Touch,
            Request::Batch(_) => Self::Batch,
            Request::Noop => Self::Noop,
            Request::Meta(request) => Self::Meta(Shape::of(request)),
            Request::Stats { topic } => Self::of_stats(*topic),
            Request::Version => Self::Version,
            Request::FlushAll { .. } => Self::FlushAll,
            Request::Verbosity { .. } => Self::Verbosity,
            Request::Admin(_) => Self::Admin,
            Request::Metadump(_) => Self::Metadump,
            Request::Mgdump(_) => Self::Mgdump,
            Request::Watch(_) => Self::Watch,
            Request::Auth { .. } => Self::Auth,
            Request::Sasl(SaslStep::List) => Self::SaslList,
            Request::Sasl(SaslStep::Start { .. }) => Self::SaslStart,
            Request::Sasl(SaslStep::Continue { .. }) => Self::SaslContinue,
            Request::Shutdown { .. } => Self::Shutdown,
            Request::Quit => Self::Quit,
        }
    }

    /// The shape of a storage command.
    #[inline]
    pub(crate) fn of_store(verb: Verb) -> Self {
        match verb {
            Verb::Set => Self::Set,
            Verb::Add => Self::Add,
            Verb::Replace => Self::Replace,
            Verb::Append => Self::Append,
            Verb::Prepend => Self::Prepend,
            Verb::Cas(_) => Self::Cas,
        }
    }

    fn of_stats(topic: Option<StatsTopic>) -> Self {
        match topic {
            Some(StatsTopic::DetailOn | StatsTopic::DetailOff) => Self::StatsDetail,
            Some(StatsTopic::DetailDump) => Self::StatsDump,
            Some(StatsTopic::Reset) => Self::StatsReset,
            _ => Self::Stats,
        }
    }

    /// Whether it stores a value.
    pub(crate) fn stores(self) -> bool {
        matches!(
            self,
            Self::Set | Self::Add | Self::Replace | Self::Append | Self::Prepend | Self::Cas
        )
    }

    /// Whether a value follows its line.
    fn sends_value(self) -> bool {
        self.stores() || matches!(self, Self::Meta(shape) if shape.stores())
    }

    /// Whether it changes one item, and may be part of a batch.
    pub(crate) fn changes(self) -> bool {
        self.stores() || matches!(self, Self::Delete | Self::Incr | Self::Decr | Self::Touch)
    }

    /// Whether it may be sent without asking for a reply: it does something,
    /// and one may do without knowing how that went.
    pub(crate) fn may_be_noreply(self) -> bool {
        self.changes() || matches!(self, Self::FlushAll | Self::Verbosity)
    }

    /// Refuses what is sent for its reply; `command` is its name.
    pub(crate) fn check_noreply(self, command: &'static str) -> Result<(), SendError> {
        match self.may_be_noreply() {
            true => Ok(()),
            false => Err(SendError::NeedsReply { command }),
        }
    }

    /// Whether it can be asked over UDP: it needs one datagram and its reply
    /// one message, and neither a password nor a state of the connection.
    pub(crate) fn fits_datagrams(self) -> bool {
        match self {
            Self::Get { .. } | Self::Gat { .. } => true,
            Self::Stats | Self::StatsDetail | Self::StatsDump | Self::StatsReset => true,
            Self::Version | Self::FlushAll | Self::Verbosity => true,
            _ => self.changes(),
        }
    }

    /// Whether rows come before its reply. Such a request has the connection
    /// for itself: servers refuse it behind others, or lose what is behind it.
    pub(crate) fn streams(self) -> bool {
        matches!(self, Self::Metadump | Self::Mgdump | Self::Watch)
    }

    /// Whether it is the last request of its connection.
    pub(crate) fn is_last(self) -> bool {
        matches!(self, Self::Watch | Self::Shutdown | Self::Quit)
    }

    /// Whether a request of this shape can have this reply.
    ///
    /// memcached's `doc/protocol.txt` says that `NOT_STORED` "normally" means
    /// an unmet condition, so that a set may have it as well.
    pub(crate) fn accepts(self, reply: &Reply) -> bool {
        match reply {
            Reply::Value(_) => matches!(self, Self::Get { .. } | Self::Gat { .. }),
            Reply::Values(_) => matches!(self, Self::GetMany { .. } | Self::GatMany { .. }),
            Reply::Stored => self.stores(),
            Reply::NotStored => self.stores() && self != Self::Cas,
            Reply::Exists => self == Self::Cas,
            Reply::NotFound => self == Self::Cas || (self.changes() && !self.stores()),
            Reply::Deleted => self == Self::Delete,
            Reply::Touched => self == Self::Touch,
            Reply::Number(_) => matches!(self, Self::Incr | Self::Decr),
            Reply::Batch(_) => self == Self::Batch,
            // No server says so.
            Reply::Unplaced(_) => false,
            Reply::Meta(reply) => matches!(self, Self::Meta(shape) if shape.accepts(reply)),
            Reply::Version(_) => self == Self::Version,
            Reply::Stats(_) => self == Self::Stats,
            Reply::Prefixes(_) => self == Self::StatsDump,
            Reply::Mechanisms(_) => self == Self::SaslList,
            Reply::Challenge(_) => matches!(self, Self::SaslStart | Self::SaslContinue),
            Reply::Ok => self.is_done_by_ok(),
            Reply::Refused(refusal) => self.is_refused_by(refusal.kind),
        }
    }

    /// Whether all that there is to say is that it was done.
    pub(crate) fn is_done_by_ok(self) -> bool {
        match self {
            Self::Noop
            | Self::StatsDetail
            | Self::StatsReset
            | Self::FlushAll
            | Self::Verbosity
            | Self::Admin
            | Self::Metadump
            | Self::Mgdump
            | Self::Watch
            | Self::Auth
            | Self::SaslStart
            | Self::SaslContinue => true,
            Self::Get { .. }
            | Self::GetMany { .. }
            | Self::Gat { .. }
            | Self::GatMany { .. }
            | Self::Set
            | Self::Add
            | Self::Replace
            | Self::Append
            | Self::Prepend
            | Self::Cas
            | Self::Delete
            | Self::Incr
            | Self::Decr
            | Self::Touch
            | Self::Batch
            | Self::Meta(_)
            | Self::Stats
            | Self::StatsDump
            | Self::Version
            | Self::SaslList
            | Self::Shutdown
            | Self::Quit => false,
        }
    }

    fn is_refused_by(self, refusal: RefusalKind) -> bool {
        match refusal {
            RefusalKind::Busy | RefusalKind::BadClass | RefusalKind::NotStarted => {
                matches!(self, Self::Admin | Self::Metadump | Self::Mgdump)
            }
            RefusalKind::NoSparePage
            | RefusalKind::SameClass
            | RefusalKind::MemoryLimitTooSmall
            | RefusalKind::MemoryLimitFailed => self == Self::Admin,
            RefusalKind::TooManyWatchers | RefusalKind::WatcherFailed => self == Self::Watch,
            _ => !matches!(self, Self::Quit | Self::Batch),
        }
    }
}

/// What becomes of the connection after this reply to such a request; `parts`
/// gives the requests of a batch.
///
/// A batch of which one reply ends the connection, or which lacks replies, is
/// the last as well.
#[inline]
pub(crate) fn after<I: Iterator<Item = Kind>>(
    protocol: Protocol,
    kind: Kind,
    parts: impl FnOnce() -> I,
    reply: &Reply,
) -> Disposition {
    let Reply::Batch(replies) = reply else {
        return after_one(protocol, kind, reply);
    };
    let mut parts = parts();
    let keeps = |reply| {
        let part = parts.next();
        part.is_some_and(|part| after_one(protocol, part, reply) == Disposition::Keep)
    };
    if replies.iter().all(keeps) && parts.next().is_none() {
        Disposition::Keep
    } else {
        Disposition::Drop
    }
}

/// What becomes of the connection after this reply to one such request.
///
/// A server that could not do it (`SERVER_ERROR`) has read the whole request.
/// One that found a storage command wrong (`CLIENT_ERROR`) may read the value
/// behind it as commands; one that does not know a command (`ERROR`) may be
/// out of step already; and one that wants a password takes nothing else.
#[inline]
pub(crate) fn after_one(protocol: Protocol, kind: Kind, reply: &Reply) -> Disposition {
    use crate::RefusalKind as Refusal;

    let lost_by_client_error = || match protocol {
        Protocol::Text | Protocol::Meta => kind.sends_value(),
        // A packet that does not fit its command: the server closes.
        Protocol::Binary => true,
    };
    let lost_by_not_numeric = || lost_by_client_error() && protocol != Protocol::Binary;

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
        | Reply::Meta(_)
        | Reply::Version(_)
        | Reply::Stats(_)
        | Reply::Prefixes(_)
        | Reply::Mechanisms(_)
        | Reply::Challenge(_)
        | Reply::Unplaced(_)
        | Reply::Ok => Disposition::Keep,
        // A batch holds none.
        Reply::Batch(_) => Disposition::Drop,
        Reply::Refused(refusal) => match refusal.kind {
            Refusal::Client if lost_by_client_error() => Disposition::Drop,
            Refusal::NotNumeric if lost_by_not_numeric() => Disposition::Drop,
            Refusal::Client
            | Refusal::NotNumeric
            | Refusal::Server
            | Refusal::OutOfMemory
            | Refusal::TooLarge
            | Refusal::Busy
            | Refusal::BadClass
            | Refusal::NoSparePage
            | Refusal::SameClass
            | Refusal::NotStarted
            | Refusal::MemoryLimitTooSmall
            | Refusal::MemoryLimitFailed
            | Refusal::TooManyWatchers
            | Refusal::WatcherFailed => Disposition::Keep,
            Refusal::UnknownCommand | Refusal::Unauthenticated => Disposition::Drop,
        },
    }
}

#[cfg(test)]
mod tests;
