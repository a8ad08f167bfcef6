//! What can be asked of a server, in words that every protocol shares.
//!
//! A [`Request`] borrows what it names, so that building one costs nothing.
//! Clients encode it, servers decode into it; see [`text`](crate::text).

mod admin;
mod auth;
mod classes;
mod lists;
mod stats;
mod value;
mod watch;

pub use admin::{Admin, Automove, LruMode, Ratio};
pub use auth::{SaslStep, Secret};
pub use classes::{ClassSet, Classes, InvalidClasses};
pub use lists::{Batch, Keys};
pub use stats::StatsTopic;
pub use value::{Initial, Payload, Verb};
pub use watch::{LogTopic, LogTopics};

use crate::{Exptime, Key, meta};

/// One command with its arguments.
///
/// A request has one reply, but for [`Quit`](Self::Quit), which has none, and
/// for the streams [`Metadump`](Self::Metadump), [`Mgdump`](Self::Mgdump) and
/// [`Watch`](Self::Watch), which have rows before it. Not every protocol can
/// carry every request: what one cannot is refused with
/// [`SendError::Unsupported`](crate::SendError::Unsupported).
///
/// ```
/// use mc_proto::{Exptime, Key, Request, Verb};
///
/// let store = Request::Store {
///     verb: Verb::Set,
///     key: Key::new(b"greeting")?,
///     flags: 0,
///     exptime: Exptime::NEVER,
///     value: b"hello"[..].into(),
/// };
/// assert_eq!(store.name(), "set");
/// # Ok::<(), mc_proto::InvalidKey>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request<'a> {
    /// Reads one item. Answered with [`Reply::Value`](crate::Reply::Value).
    Get {
        /// Which item.
        key: Key<'a>,
        /// Also reads its cas number (`gets`).
        cas: bool,
    },
    /// Reads many items with one line and one reply, which is
    /// [`Reply::Values`](crate::Reply::Values) in the order of the keys.
    GetMany {
        /// Which items, at least one; a key may be named twice.
        keys: Keys<'a>,
        /// Also reads their cas numbers (`gets`).
        cas: bool,
    },
    /// Reads one item and gives it a new end. Answered as a get is.
    Gat {
        /// Which item.
        key: Key<'a>,
        /// When the item ends.
        exptime: Exptime,
        /// Also reads its cas number (`gats`).
        cas: bool,
    },
    /// Reads many items and gives them all the same new end. Answered as a
    /// get of many is.
    GatMany {
        /// Which items, at least one; a key may be named twice.
        keys: Keys<'a>,
        /// When the items end.
        exptime: Exptime,
        /// Also reads their cas numbers (`gats`).
        cas: bool,
    },
    /// Writes one item.
    Store {
        /// On which condition, and what becomes of a value that is there.
        verb: Verb,
        /// Which item.
        key: Key<'a>,
        /// 32 bits that the server keeps beside the value; append and prepend
        /// leave those that are there.
        flags: u32,
        /// When the item ends; append and prepend leave it as it is.
        exptime: Exptime,
        /// The bytes to store.
        value: Payload<'a>,
    },
    /// Removes one item.
    Delete {
        /// Which item.
        key: Key<'a>,
    },
    /// Adds to a number; beyond 2^64 it starts again at 0.
    Incr {
        /// Which item.
        key: Key<'a>,
        /// How much to add.
        delta: u64,
        /// What to store if the key holds nothing; the text protocol cannot.
        initial: Option<Initial>,
    },
    /// Subtracts from a number; it stops at 0.
    Decr {
        /// Which item.
        key: Key<'a>,
        /// How much to subtract.
        delta: u64,
        /// What to store if the key holds nothing; the text protocol cannot.
        initial: Option<Initial>,
    },
    /// Gives an item a new end.
    Touch {
        /// Which item.
        key: Key<'a>,
        /// When the item ends.
        exptime: Exptime,
    },
    /// Makes many changes, each of them a [`Store`](Self::Store),
    /// [`Delete`](Self::Delete), [`Touch`](Self::Touch), [`Incr`](Self::Incr)
    /// or [`Decr`](Self::Decr). They are sent together and answered with one
    /// [`Reply::Batch`](crate::Reply::Batch).
    Batch(Batch<'a>),
    /// Does nothing but be answered; the text protocol has no word for it.
    Noop,
    /// A request in the words of the meta protocol, with any of its flags, of which
    /// there are so many that it would make every other request larger.
    Meta(Box<meta::Request<'a>>),
    /// Reads the server's statistics, or changes how they are taken.
    Stats {
        /// Which of them; `None` is the general ones.
        topic: Option<StatsTopic>,
    },
    /// Reads the server's version.
    Version,
    /// Ends every item.
    FlushAll {
        /// After how many seconds, up to 30 days; beyond that a Unix time. At
        /// most 2147483647. `None` is now.
        delay: Option<u32>,
    },
    /// Sets how much the server writes to its own log.
    Verbosity {
        /// 0 is nothing; memcached knows up to 3, and takes any number.
        level: u32,
    },
    /// Changes how the server is run.
    Admin(Admin),
    /// Reads what the server holds, a row for each item, but no values.
    Metadump(Classes),
    /// Reads the keys that the server holds, a row `mg <key>` for each.
    Mgdump(Classes),
    /// Reads the server's log as it is written, a row for each entry. It
    /// never ends, and is the last request of its connection.
    Watch(LogTopics),
    /// Gives a name and a password to a server that asks for them.
    Auth {
        /// The name.
        user: &'a [u8],
        /// The password.
        password: Secret<'a>,
    },
    /// A step of an authentication by SASL; the binary protocol's only.
    Sasl(SaslStep<'a>),
    /// Asks the server to end. It closes the connection, or refuses.
    Shutdown {
        /// To let what is under way be finished first.
        graceful: bool,
    },
    /// Asks the server to close the connection, which is its only answer.
    Quit,
}

impl<'a> Request<'a> {
    /// The keys that it names in the words that every protocol shares; those
    /// of a batch are named by its parts.
    pub(crate) fn keys(&self) -> &[Key<'a>] {
        match self {
            Self::Get { key, .. }
            | Self::Gat { key, .. }
            | Self::Store { key, .. }
            | Self::Delete { key }
            | Self::Incr { key, .. }
            | Self::Decr { key, .. }
            | Self::Touch { key, .. } => std::slice::from_ref(key),
            Self::GetMany { keys, .. } | Self::GatMany { keys, .. } => keys,
            _ => &[],
        }
    }

    /// Whether it changes one item, and may be part of a batch.
    #[inline]
    pub(crate) fn changes(&self) -> bool {
        matches!(
            self,
            Self::Store { .. }
                | Self::Delete { .. }
                | Self::Incr { .. }
                | Self::Decr { .. }
                | Self::Touch { .. }
        )
    }

    /// The word that the text protocol has for it, or would have.
    #[must_use]
    #[inline]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Get { cas: false, .. } | Self::GetMany { cas: false, .. } => "get",
            Self::Get { cas: true, .. } | Self::GetMany { cas: true, .. } => "gets",
            Self::Gat { cas: false, .. } | Self::GatMany { cas: false, .. } => "gat",
            Self::Gat { cas: true, .. } | Self::GatMany { cas: true, .. } => "gats",
            Self::Store { verb, .. } => verb.name(),
            Self::Delete { .. } => "delete",
            Self::Incr { .. } => "incr",
            Self::Decr { .. } => "decr",
            Self::Touch { .. } => "touch",
            Self::Batch(_) => "batch",
            Self::Noop => "noop",
            Self::Meta(request) => request.name(),
            Self::Stats { .. } => "stats",
            Self::Version => "version",
            Self::FlushAll { .. } => "flush_all",
            Self::Verbosity { .. } => "verbosity",
            Self::Admin(admin) => admin.name(),
            Self::Metadump(_) => "lru_crawler metadump",
            Self::Mgdump(_) => "lru_crawler mgdump",
            Self::Watch(_) => "watch",
            Self::Auth { .. } => "auth",
            Self::Sasl(step) => step.name(),
            Self::Shutdown { .. } => "shutdown",
            Self::Quit => "quit",
        }
    }
}
