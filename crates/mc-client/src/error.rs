//! What can go wrong, at which server, whether the request may have taken effect, and what became of the connection.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use mc_proto::{InvalidKey, Protocol, Refusal, RefusalKind, SendError};

/// Why a call failed.
///
/// One word wide and cheap to clone: a failed server is the error of each of its keys.
/// [`kind`](Self::kind) says what happened, [`server`](Self::server) where,
/// [`outcome`](Self::outcome) whether the request may have taken effect, and
/// [`connection`](Self::connection) whether the connection goes on.
/// The message is whole, as logs mostly show nothing else: it tells the [`source`](StdError::source), too.
///
/// ```
/// use mc_client::{Client, ErrorKind};
///
/// let error = Client::builder().servers(["cache1:port"]).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Config);
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    connection: Connection,
    message: String,
    server: Option<Arc<str>>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client's configuration: a server's name, a behavior, a placement that cannot be built.
    Config,
    /// A key that is empty, longer than 250 bytes with its namespace, or has a space, a control byte or DEL in it; with
    /// `verify_keys`, also one that is not printable ASCII.
    InvalidKey,
    /// An argument out of its range, such as an expiration beyond what a server can hold.
    InvalidArgument,
    /// A value longer than this client's limit.
    ValueTooLarge,
    /// A value longer than the server's item limit. The server has dropped the key's old item.
    ServerTooLarge,
    /// The server has no memory for the item. It may have dropped the key's old one.
    ServerOutOfMemory,
    /// `incr` or `decr` of a value that is not a number.
    NotNumeric,
    /// The server refused the request in other words; they are in the message.
    Refused,
    /// The stored value is not of the type asked for, or not what its flags say.
    WrongType,
    /// This build lacks what it takes; the message names the feature.
    Unsupported,
    /// The reader of the stored value wants it taken for a miss, see [`Error::miss`].
    Miss,
    /// The server's bytes are not an answer to what was asked. The connection was dropped.
    Protocol,
    /// The connection ended before the answer: the server closed it, it broke, its answers were overdue
    /// for too long, or the runtime that it ran on has ended.
    Closed,
    /// The deadline passed; the stage says what was being waited for.
    Timeout(Stage),
    /// The server's queue is full, and the client was told not to wait for room, see
    /// [`WhenFull`](crate::WhenFull). Over UDP also if too many requests without an answer are under way.
    /// The blocking client has no queue.
    Overloaded,
    /// No connection could be made.
    Connect,
    /// The server has too many connections.
    TooManyConnections,
    /// The server does not believe who the client says that it is, or is not told, or there is no way to tell it that
    /// is allowed. The message says which. The server is not taken for one that is down.
    Auth,
    /// The connection could not be secured: a certificate is not accepted, or the server does not speak TLS.
    Tls,
    /// The server failed before and is left alone until its retry time.
    ServerDown,
    /// The client has no servers.
    NoServers,
}

/// What a call was waiting for when its deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// A place in the connection's bounded queue.
    Queue,
    /// The connection.
    Connect,
    /// The answer.
    Reply,
}

/// Whether the request may have taken effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No byte of it was sent. It may be tried again.
    NotSent,
    /// The server answered, and the answer is no: it was not done, and need not be asked again.
    /// (A value that the server could not store may have cost the key its old one.)
    Rejected,
    /// It was sent, wholly or in part, and no answer tells what became of it.
    MaybeApplied,
}

/// What became of the connection that a request was given to.
///
/// Calls need not act on it, as the client mends itself: the next call to a server whose connection was dropped goes
/// over a new one. It tells those who watch a client why connections come and go.
///
/// | What happened | Connection |
/// |---|---|
/// | the caller's own mistake, [`NoServers`](ErrorKind::NoServers), [`ServerDown`](ErrorKind::ServerDown) | `None` |
/// | it could not be opened, secured or let in, or not in time | `None` |
/// | anything over UDP | `None` |
/// | `SERVER_ERROR`: too large, out of memory | `Kept` |
/// | `CLIENT_ERROR` to a request without a value, such as `incr` of a word in text and meta | `Kept` |
/// | `CLIENT_ERROR` to one with a value, which the server may go on to read as commands | `Dropped` |
/// | `ERROR`: a command that the server does not know; `unauthenticated` | `Dropped` |
/// | the stored value is not what was asked for | `Kept` |
/// | bytes that are no answer, the connection's end, no room for another client | `Dropped` |
/// | a deadline that passes: in the async client | `Kept`: the late answer is thrown away when it comes |
/// | the same in the blocking client, where a connection is one call's | `Dropped` |
/// | whatever ends the rows of a dump or a log, which have a connection to themselves | `Dropped` |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Connection {
    /// There was none.
    None,
    /// It goes on, in step with the server.
    Kept,
    /// It is closed, and with it whatever else was under way on it.
    Dropped,
}

impl Error {
    /// What happened.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the request may have taken effect.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Whether the connection goes on that the request was given to.
    pub fn connection(&self) -> Connection {
        self.0.connection
    }

    /// The name of the server that it happened at; `None` for errors of the caller's own.
    pub fn server(&self) -> Option<&str> {
        self.0.server.as_deref()
    }

    /// Whether the deadline passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Timeout(_))
    }

    /// Whether trying again cannot apply the request twice.
    pub fn is_retryable(&self) -> bool {
        self.0.outcome == Outcome::NotSent && !self.is_callers_fault()
    }

    /// Whether the client itself may send the request once more: nothing was sent, and it is not known
    /// that nothing can be.
    pub(crate) fn may_go_elsewhere(&self) -> bool {
        self.is_retryable() && self.is_loss()
    }

    /// Whether the connection was lost, or could not be made: another server may answer.
    pub(crate) fn is_loss(&self) -> bool {
        use ErrorKind::{Closed, Connect, Protocol, Tls};
        matches!(self.0.kind, Closed | Connect | Protocol | Tls)
    }

    /// Whether the same call would fail in the same way at any server.
    fn is_callers_fault(&self) -> bool {
        use ErrorKind::{
            Config, InvalidArgument, InvalidKey, NoServers, Unsupported, ValueTooLarge,
        };
        matches!(
            self.0.kind,
            Config | InvalidKey | InvalidArgument | Unsupported | ValueTooLarge | NoServers
        )
    }

    /// For a [`Codec`](crate::Codec) or a [`FromValue`](crate::FromValue) of one's own: the value is there, but
    /// is to be taken for a miss, such as one of an older layout. A `get` that meets it answers `None`.
    ///
    /// pylibmc's `CacheMiss`, raised while deserializing, does the same.
    pub fn miss() -> Self {
        Self::new(
            ErrorKind::Miss,
            Outcome::Rejected,
            "the value is to be taken for a miss",
        )
    }

    /// For a [`Codec`](crate::Codec) or a [`FromValue`](crate::FromValue) of one's own: the stored value is not
    /// what was asked for. The kind is [`ErrorKind::WrongType`].
    pub fn wrong_type(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::WrongType, Outcome::Rejected, message)
    }

    /// For a [`Codec`](crate::Codec) or an [`IntoValue`](crate::IntoValue) of one's own: this cannot be stored.
    /// The kind is [`ErrorKind::InvalidArgument`]; nothing was sent.
    pub fn unstorable(message: impl Into<String>) -> Self {
        Self::caller(ErrorKind::InvalidArgument, message)
    }

    /// The same error with its cause.
    pub fn because(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.0).source = Some(Arc::new(cause));
        self
    }

    pub(crate) fn new(kind: ErrorKind, outcome: Outcome, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            outcome,
            connection: Connection::None,
            message: message.into(),
            server: None,
            source: None,
        }))
    }

    /// An error of the caller's own: nothing was sent.
    pub(crate) fn caller(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::new(kind, Outcome::NotSent, message)
    }

    /// An error whose whole story is another error's.
    pub(crate) fn config(cause: impl fmt::Display) -> Self {
        Self::caller(ErrorKind::Config, cause.to_string())
    }

    #[cold]
    pub(crate) fn invalid_key(cause: &InvalidKey) -> Self {
        Self::caller(ErrorKind::InvalidKey, cause.to_string())
    }

    pub(crate) fn no_servers() -> Self {
        Self::caller(
            ErrorKind::NoServers,
            "the client has no servers: name at least one",
        )
    }

    /// A request that the protocol or the limits do not allow.
    pub(crate) fn unsendable(cause: &SendError) -> Self {
        let kind = match cause {
            SendError::ValueTooLarge { .. } => ErrorKind::ValueTooLarge,
            _ => ErrorKind::InvalidArgument,
        };
        Self::caller(kind, cause.to_string())
    }

    /// The deadline passed. A connection that there was goes on: the answer may still come.
    pub(crate) fn timeout(stage: Stage, outcome: Outcome) -> Self {
        let (what, connection) = match stage {
            Stage::Queue => (
                "a place in the queue: more is asked than the server answers; ask less at once, or allow more time",
                Connection::Kept,
            ),
            Stage::Connect => (
                "the connection: look whether the server is up and can be reached, or allow more time",
                Connection::None,
            ),
            Stage::Reply => (
                "the answer: the server is slow or stopped; try again later, or allow more time",
                Connection::Kept,
            ),
        };
        let message = format!("the deadline passed while waiting for {what}");
        Self::new(ErrorKind::Timeout(stage), outcome, message).with_connection(connection)
    }

    /// The same of a request that was sent over a connection on which nothing was ever heard.
    pub(crate) fn unheard(protocol: Protocol) -> Self {
        let message = format!(
            "the deadline passed while waiting for the first answer over this connection: the server is slow or stopped, \
             does not speak the {protocol} protocol, or wants TLS"
        );
        let kind = ErrorKind::Timeout(Stage::Reply);
        Self::new(kind, Outcome::MaybeApplied, message).with_connection(Connection::Kept)
    }

    /// What a server's refusal means to the caller.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let kind = match refusal.kind {
            RefusalKind::OutOfMemory => ErrorKind::ServerOutOfMemory,
            RefusalKind::TooLarge => ErrorKind::ServerTooLarge,
            RefusalKind::NotNumeric => ErrorKind::NotNumeric,
            RefusalKind::Unauthenticated => ErrorKind::Auth,
            _ => ErrorKind::Refused,
        };
        let advice = match kind {
            ErrorKind::Auth => " (it wants a name and a password: give the client credentials)",
            _ => "",
        };
        let message = format!("the server refused: {refusal}{advice}");
        Self::new(kind, Outcome::Rejected, message)
    }

    /// A refusal of some requests, this one perhaps among them.
    pub(crate) fn unplaced(refusal: &Refusal) -> Self {
        let refused = Self::refused(refusal);
        let message = format!(
            "{} (it did not say which of several values)",
            refused.0.message
        );
        Self::new(refused.0.kind, Outcome::MaybeApplied, message)
    }

    /// A condition that was not met where there was none: what proxies say when they could not do it.
    pub(crate) fn not_stored(command: &str) -> Self {
        let message = format!("the server refused: NOT_STORED for {command}");
        Self::new(ErrorKind::Refused, Outcome::Rejected, message)
    }

    /// The same error, said of a server.
    pub(crate) fn at(mut self, server: &Arc<str>) -> Self {
        Arc::make_mut(&mut self.0).server = Some(Arc::clone(server));
        self
    }

    /// The same error, with what became of the connection.
    pub(crate) fn with_connection(mut self, connection: Connection) -> Self {
        Arc::make_mut(&mut self.0).connection = connection;
        self
    }

    /// The same error, which has cost the connection.
    pub(crate) fn dropped(self) -> Self {
        self.with_connection(Connection::Dropped)
    }

    /// The same error with another outcome.
    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        Arc::make_mut(&mut self.0).outcome = outcome;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(server) = &self.0.server {
            write!(f, "{server}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            outcome,
            connection,
            message,
            server,
            source,
        } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("outcome", outcome)
            .field("connection", connection)
            .field("message", message)
            .field("server", server)
            .field("source", source)
            .finish()
    }
}

/// Of a behavior or a server that cannot be as it was set, so that `?` hands it on.
///
/// ```
/// fn configured() -> Result<mc_client::Behaviors, mc_client::Error> {
///     let mut behaviors = mc_client::Behaviors::default();
///     behaviors.set("retry_timeout", -1)?;
///     Ok(behaviors)
/// }
/// assert_eq!(configured().unwrap_err().kind(), mc_client::ErrorKind::Config);
/// ```
impl From<mc_behaviors::Error> for Error {
    fn from(cause: mc_behaviors::Error) -> Self {
        Self::config(&cause).because(cause)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_ref()
            .map(|cause| &**cause as &(dyn StdError + 'static))
    }
}
