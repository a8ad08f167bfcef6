//! `set`, `add`, `replace`, `append`, `prepend` and `cas`.

use std::marker::PhantomData;

use mc_proto::{Key, Payload, Reply, Request, Verb};

use super::{Call, Expire, Single, Step, failed, sealed};
use crate::error::{Error, ErrorKind, Outcome};
use crate::value::{Encoded, IntoValue, Values};

/// `<verb> <key> <flags> <exptime> <bytes>`: stores a value, or says why the verb did not.
///
/// `T` is the answer: `()` for `set`, `bool` for the verbs with a condition, [`CasOutcome`] for `cas`.
#[derive(Debug, Clone)]
pub struct Store<'c, T> {
    pub(crate) verb: Verb,
    pub(crate) key: &'c [u8],
    pub(crate) value: Result<Encoded<'c>, Error>,
    expire: Expire,
    answer: PhantomData<fn() -> T>,
}

impl<'c, T> Store<'c, T> {
    pub(crate) fn new(verb: Verb, key: &'c [u8], value: impl IntoValue<'c>) -> Self {
        Self {
            verb,
            key,
            value: encoded(value),
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

    /// The 32 bits that are stored beside the value, instead of those that tell its type.
    pub fn flags(mut self, flags: u32) -> Self {
        if let Ok(value) = &mut self.command.value {
            value.flags = flags;
        }
        self
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
    /// Reads it from the reply, if it is one of this command's.
    fn from_reply(reply: &Reply) -> Option<Self>;
}

impl sealed::Sealed for () {}
impl Stored for () {
    fn from_reply(reply: &Reply) -> Option<Self> {
        matches!(reply, Reply::Stored).then_some(())
    }
}

impl sealed::Sealed for bool {}
impl Stored for bool {
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

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>) -> Result<Request<'a>, Error> {
        request(self.verb, key, &self.value, self.expire)
    }

    fn answered(&mut self, reply: Reply) -> Step<T> {
        Step::Done(stored(self.verb, &reply))
    }
}

/// The request that stores `value`.
pub(super) fn request<'a>(
    verb: Verb,
    key: Key<'a>,
    value: &'a Result<Encoded<'_>, Error>,
    expire: Expire,
) -> Result<Request<'a>, Error> {
    let Encoded { flags, data } = value.as_ref().map_err(Error::clone)?;
    let value = match data {
        Payload::Borrowed(bytes) => Payload::Borrowed(bytes),
        Payload::Shared(bytes) => Payload::Shared(bytes.clone()),
    };
    Ok(Request::Store {
        verb,
        key,
        flags: *flags,
        exptime: expire.exptime()?,
        value,
    })
}

/// What is stored for `value`.
pub(crate) fn encoded<'a>(value: impl IntoValue<'a>) -> Result<Encoded<'a>, Error> {
    Values::default().encode(value.into_value()?, None)
}

/// The meaning of a reply to `verb`.
pub(super) fn stored<T: Stored>(verb: Verb, reply: &Reply) -> Result<T, Error> {
    T::from_reply(reply).ok_or_else(|| match reply {
        // A set has no condition; proxies say this when they could not do it.
        Reply::NotStored => Error::new(
            ErrorKind::Refused,
            Outcome::Rejected,
            format!("the server refused: NOT_STORED for {}", verb.name()),
        ),
        other => failed(verb.name(), other),
    })
}
