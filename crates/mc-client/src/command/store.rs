//! `set`, `add`, `replace`, `append`, `prepend` and `cas`.

use std::marker::PhantomData;

use mc_proto::{Exptime, Key, Payload, Protocol, Reply, Request, Verb};

use super::{Call, Expire, Replicas, Single, Step, failed, sealed};
use crate::error::Error;
use crate::value::{Compress, CompressLevel, Encoded, IntoValue, Value, Values};

/// `<verb> <key> <flags> <exptime> <bytes>`: stores a value, or says why the verb did not.
///
/// `T` is the answer: `()` for `set`, `bool` for the verbs with a condition, [`CasOutcome`] for `cas`.
#[derive(Debug, Clone)]
pub struct Store<'c, T> {
    pub(crate) verb: Verb,
    pub(crate) key: &'c [u8],
    content: Content<'c>,
    expire: Expire,
    answer: PhantomData<fn() -> T>,
}

impl<'c, T> Store<'c, T> {
    pub(crate) fn new(verb: Verb, key: &'c [u8], value: impl IntoValue<'c>) -> Self {
        Self {
            verb,
            key,
            content: Content::new(value),
            expire: Expire::Never,
            answer: PhantomData,
        }
    }
}

impl<S, T> Call<S, Store<'_, T>> {
    /// When the item expires: a `Duration` from now, a `SystemTime`, or [`Expire::Never`], the default.
    pub fn expire(mut self, when: impl Into<Expire>) -> Self {
        self.command.expire = when.into();
        self
    }

    /// The 32 bits that are stored beside the value, instead of those that tell its type. As they cannot tell
    /// that it is compressed, it is not, unless [`compress_over`](Self::compress_over) says so.
    pub fn flags(mut self, flags: u32) -> Self {
        self.command.content.flags = Some(flags);
        self
    }

    /// Compresses the value if it has at least so many bytes and becomes shorter, whatever the codec's
    /// settings say; with 0 it stays as it is. What is appended or prepended is never compressed.
    pub fn compress_over(mut self, bytes: usize) -> Self {
        self.command.content.compress.over = Some(bytes);
        self
    }

    /// How hard to compress, if the value is: 0, which is not at all, to 9, or -1 for the default, as in pylibmc.
    /// Another level is an error of the call.
    pub fn compress_level(mut self, level: i32) -> Self {
        self.command.content.set_compress_level(level);
        self
    }
}

impl<'c, S> Call<S, Store<'c, ()>> {
    /// Stores the value only if the item has not changed since `gets` gave this cas unique: `set` becomes `cas`.
    pub fn cas(self, unique: u64) -> Call<S, Store<'c, CasOutcome>> {
        self.with(|set| Store {
            verb: Verb::Cas(unique),
            key: set.key,
            content: set.content,
            expire: set.expire,
            answer: PhantomData,
        })
    }
}

/// What became of a `cas`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CasOutcome {
    /// Stored: the item had not changed.
    Stored,
    /// Not stored: the item has changed since its cas unique was read.
    Exists,
    /// Not stored: there is no such item any more.
    NotFound,
}

/// An answer to a storage command.
pub trait Stored: sealed::Sealed + Sized {
    /// What is said of a value whose answer is not awaited: that it was stored.
    const ASSUMED: Self;
    /// Whether replicas get a copy: of what is stored without a condition. They would judge a condition by
    /// items of their own.
    const REPLICAS: Replicas = Replicas::None;
    /// Whether a cas unique is compared.
    const CAS: bool = false;

    /// Reads it from the reply, if it is one of this command's.
    fn from_reply(reply: &Reply) -> Option<Self>;
}

impl sealed::Sealed for () {}
impl Stored for () {
    const ASSUMED: Self = ();
    const REPLICAS: Replicas = Replicas::Write;

    fn from_reply(reply: &Reply) -> Option<Self> {
        matches!(reply, Reply::Stored).then_some(())
    }
}

impl sealed::Sealed for bool {}
impl Stored for bool {
    const ASSUMED: Self = true;

    /// `replace` of a missing key is told as NOT_FOUND by some protocols; the meaning is the same.
    fn from_reply(reply: &Reply) -> Option<Self> {
        match reply {
            Reply::Stored => Some(true),
            Reply::NotStored | Reply::NotFound => Some(false),
            _ => None,
        }
    }
}

impl sealed::Sealed for CasOutcome {}
impl Stored for CasOutcome {
    const CAS: bool = true;
    const ASSUMED: Self = Self::Stored;

    fn from_reply(reply: &Reply) -> Option<Self> {
        match reply {
            Reply::Stored => Some(Self::Stored),
            Reply::Exists => Some(Self::Exists),
            Reply::NotFound => Some(Self::NotFound),
            _ => None,
        }
    }
}

impl<T> sealed::Sealed for Store<'_, T> {}

impl<T: Stored> Single for Store<'_, T> {
    type Output = T;

    const REPLICAS: Replicas = T::REPLICAS;
    const CAS: bool = T::CAS;
    /// As in libmemcached: what has no condition may wait.
    const BUFFERED: bool = matches!(T::REPLICAS, Replicas::Write);

    fn key(&self) -> &[u8] {
        self.key
    }

    fn encode(&mut self, values: &Values) -> Result<(), Error> {
        // Bytes that are put beside others must be as those are: not compressed.
        if matches!(self.verb, Verb::Append | Verb::Prepend) {
            self.content.compress = Compress::NEVER;
        }
        self.content.encode(values)
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        self.content.request(self.verb, key, self.expire)
    }

    fn unawaited(&self) -> Option<T> {
        Some(T::ASSUMED)
    }

    fn answered(&mut self, reply: Reply, _: &Values) -> Step<T> {
        Step::Done(stored(self.verb, &reply))
    }
}

/// What is to be stored: at first as the caller gave it, from the start of the call on as flags and bytes.
#[derive(Debug, Clone)]
pub(super) struct Content<'c> {
    value: Result<Value<'c>, Error>,
    /// The caller's own flags.
    flags: Option<u32>,
    /// The caller's own word on compression.
    compress: Compress,
}

impl<'c> Content<'c> {
    pub(super) fn new(value: impl IntoValue<'c>) -> Self {
        Self {
            value: value.into_value(),
            flags: None,
            compress: Compress::default(),
        }
    }

    /// A level that there is not takes the value's place.
    fn set_compress_level(&mut self, level: i32) {
        match CompressLevel::try_from(level) {
            Ok(level) => self.compress.level = Some(level),
            Err(error) => self.value = Err(error),
        }
    }

    /// Makes flags and bytes of the value.
    pub(super) fn encode(&mut self, values: &Values) -> Result<(), Error> {
        let compress = match (self.compress.over, self.flags) {
            (None, Some(_)) => Compress::NEVER,
            _ => self.compress,
        };
        let value = self.value.as_mut().map_err(|error| error.clone())?;
        values.encode(value, compress)?;
        if let (Value::Stored(stored), Some(flags)) = (value, self.flags) {
            stored.flags = flags;
        }
        Ok(())
    }

    /// The request that stores the value, once it is encoded.
    pub(super) fn request<'a>(
        &'a self,
        verb: Verb,
        key: Key<'a>,
        expire: Expire,
    ) -> Result<Request<'a>, Error> {
        let stored = match &self.value {
            Ok(Value::Stored(stored)) => stored,
            Ok(value) => return Err(value.is_not("an encoded value")),
            Err(error) => return Err(error.clone()),
        };
        Ok(carrying(verb, key, stored, expire.exptime()?))
    }
}

/// The request that stores these flags and bytes.
#[inline]
pub(super) fn carrying<'a>(
    verb: Verb,
    key: Key<'a>,
    Encoded { flags, data }: &'a Encoded<'_>,
    exptime: Exptime,
) -> Request<'a> {
    let value = match data {
        Payload::Borrowed(bytes) => Payload::Borrowed(bytes),
        Payload::Shared(bytes) => Payload::Shared(bytes.clone()),
    };
    Request::Store {
        verb,
        key,
        flags: *flags,
        exptime,
        value,
    }
}

/// The meaning of a reply to `verb`.
pub(super) fn stored<T: Stored>(verb: Verb, reply: &Reply) -> Result<T, Error> {
    T::from_reply(reply).ok_or_else(|| match reply {
        Reply::NotStored => Error::not_stored(verb.name()),
        other => failed(verb.name(), other),
    })
}
