//! What can be asked of a server, in words that every protocol shares.
//!
//! A [`Request`] borrows what it names, so that building one costs nothing.
//! Clients encode it, servers decode into it; see [`text`](crate::text).

use std::ops::Deref;

use bytes::Bytes;

use crate::{Exptime, Key};

/// One command with its arguments.
///
/// A request has one reply, but for [`Quit`](Self::Quit), which has none.
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
    },
    /// Subtracts from a number; it stops at 0.
    Decr {
        /// Which item.
        key: Key<'a>,
        /// How much to subtract.
        delta: u64,
    },
    /// Gives an item a new end.
    Touch {
        /// Which item.
        key: Key<'a>,
        /// When the item ends.
        exptime: Exptime,
    },
    /// Reads the server's statistics.
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
    /// Asks the server to close the connection, which is its only answer.
    Quit,
}

/// The keys of one get, lent by a client or owned by who has read them.
///
/// It is a slice of keys, and made from one, from a vector, or by collecting.
/// (A `Cow` would tie the lifetimes of two requests that are compared.)
#[derive(Clone, Debug)]
pub enum Keys<'a> {
    /// Keys of the caller.
    Borrowed(&'a [Key<'a>]),
    /// Keys that were read off a line.
    Owned(Vec<Key<'a>>),
}

/// The six ways of storing a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Stores in any case.
    Set,
    /// Stores if the key holds nothing.
    Add,
    /// Stores if the key holds something.
    Replace,
    /// Puts the bytes behind the value that is there.
    Append,
    /// Puts the bytes in front of the value that is there.
    Prepend,
    /// Stores if the item still has this cas number.
    Cas(u64),
}

/// A value on its way out, lent or shared.
///
/// A shared one of at least 16 KiB is queued as it is; everything else is
/// copied into the out-buffer, once.
#[derive(Clone, Debug)]
pub enum Payload<'a> {
    /// Bytes of the caller.
    Borrowed(&'a [u8]),
    /// Bytes that the out-buffer may keep hold of.
    Shared(Bytes),
}

/// The statistics that a server keeps under a name of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatsTopic {
    /// `settings`: how the server is set up.
    Settings,
    /// `items`: counts and ages for each slab class.
    Items,
    /// `slabs`: memory for each slab class.
    Slabs,
    /// `sizes`: how many items there are of each size.
    Sizes,
    /// `conns`: what each connection does.
    Conns,
}

impl Request<'_> {
    /// The word that the text protocol has for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Get { cas: false, .. } | Self::GetMany { cas: false, .. } => "get",
            Self::Get { cas: true, .. } | Self::GetMany { cas: true, .. } => "gets",
            Self::Store { verb, .. } => verb.name(),
            Self::Delete { .. } => "delete",
            Self::Incr { .. } => "incr",
            Self::Decr { .. } => "decr",
            Self::Touch { .. } => "touch",
            Self::Stats { .. } => "stats",
            Self::Version => "version",
            Self::FlushAll { .. } => "flush_all",
            Self::Quit => "quit",
        }
    }
}

impl Verb {
    /// The word that the text protocol has for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Append => "append",
            Self::Prepend => "prepend",
            Self::Cas(_) => "cas",
        }
    }
}

impl StatsTopic {
    /// Every topic.
    pub const ALL: [Self; 5] = [
        Self::Settings,
        Self::Items,
        Self::Slabs,
        Self::Sizes,
        Self::Conns,
    ];

    /// The word that the server knows it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Items => "items",
            Self::Slabs => "slabs",
            Self::Sizes => "sizes",
            Self::Conns => "conns",
        }
    }
}

impl<'a> Deref for Keys<'a> {
    type Target = [Key<'a>];

    fn deref(&self) -> &[Key<'a>] {
        match self {
            Self::Borrowed(keys) => keys,
            Self::Owned(keys) => keys,
        }
    }
}

impl PartialEq for Keys<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Keys<'_> {}

impl<'a> From<&'a [Key<'a>]> for Keys<'a> {
    fn from(keys: &'a [Key<'a>]) -> Self {
        Self::Borrowed(keys)
    }
}

impl<'a> From<Vec<Key<'a>>> for Keys<'a> {
    fn from(keys: Vec<Key<'a>>) -> Self {
        Self::Owned(keys)
    }
}

impl<'a> FromIterator<Key<'a>> for Keys<'a> {
    fn from_iter<I: IntoIterator<Item = Key<'a>>>(keys: I) -> Self {
        Self::Owned(keys.into_iter().collect())
    }
}

impl Payload<'_> {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl PartialEq for Payload<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Payload<'_> {}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Borrowed(bytes)
    }
}

impl From<Bytes> for Payload<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::Shared(bytes)
    }
}
