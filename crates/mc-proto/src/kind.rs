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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefusalKind;

    const ALL: [Kind; 13] = [
        Kind::Get { cas: false },
        Kind::Get { cas: true },
        Kind::GetMany { cas: false },
        Kind::GetMany { cas: true },
        Kind::Store,
        Kind::Cas,
        Kind::Delete,
        Kind::Arithmetic,
        Kind::Touch,
        Kind::Stats,
        Kind::Version,
        Kind::FlushAll,
        Kind::Quit,
    ];

    /// After this refusal the connection is kept by all but these.
    fn check(refusal: RefusalKind, dropped_by: &[Kind]) {
        let reply = Reply::Refused(refusal.into());
        let drops = |kind: &Kind| after(*kind, &reply) == Disposition::Drop;
        let found: Vec<Kind> = ALL.into_iter().filter(drops).collect();
        assert_eq!(found, dropped_by, "{reply:?}");
    }

    #[test]
    fn after_a_refusal() {
        check(RefusalKind::Server, &[]);
        check(RefusalKind::OutOfMemory, &[]);
        check(RefusalKind::TooLarge, &[]);
        check(RefusalKind::Client, &[Kind::Store, Kind::Cas]);
        check(RefusalKind::NotNumeric, &[Kind::Store, Kind::Cas]);
        check(RefusalKind::UnknownCommand, &ALL);
        check(RefusalKind::Unauthenticated, &ALL);
    }

    #[test]
    fn after_an_answer() {
        let answers = [
            Reply::Value(None),
            Reply::Values(vec![None]),
            Reply::Stored,
            Reply::NotStored,
            Reply::Exists,
            Reply::NotFound,
            Reply::Deleted,
            Reply::Touched,
            Reply::Number(0),
            Reply::Version("1".into()),
            Reply::Stats(vec![]),
            Reply::Ok,
        ];
        for reply in answers {
            let accepting: Vec<_> = ALL
                .into_iter()
                .filter(|kind| kind.accepts(&reply))
                .collect();
            assert!(
                !accepting.is_empty() && !accepting.contains(&Kind::Quit),
                "{reply:?}"
            );
            assert!(
                accepting
                    .into_iter()
                    .all(|kind| after(kind, &reply) == Disposition::Keep)
            );
        }
    }
}
