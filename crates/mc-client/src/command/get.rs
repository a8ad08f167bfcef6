//! `get`, `gets`, `gat` and `gats`: one value, alone or with its cas unique, left as it is or given a new end.

use std::marker::PhantomData;

use mc_proto::{Key, Protocol, Reply, Request};

use super::{Expire, Replicas, Single, Step, sealed};
use crate::error::{Error, ErrorKind, Outcome};
use crate::value::{FromValue, Values};

/// `get <key>` and `gets <key>`: the value, or `None` for a miss.
///
/// `F` is what a hit gives: a value, or an [`Item`].
#[derive(Debug, Clone, Copy)]
pub struct Get<'k, F> {
    key: &'k [u8],
    found: PhantomData<fn() -> F>,
}

/// `gat <exptime> <key>` and `gats`: the value, or `None` for a miss, and a new expiration for the item.
///
/// Replicas are left as they are, and so may expire at another time.
#[derive(Debug, Clone, Copy)]
pub struct Gat<'k, F> {
    key: &'k [u8],
    expire: Expire,
    found: PhantomData<fn() -> F>,
}

/// A value with its cas unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item<T> {
    /// The value.
    pub value: T,
    /// The number that changes with every change of the item; give it to `cas`.
    pub cas: u64,
}

/// What a read gives for a hit: a value by itself, or as an [`Item`] with its cas unique.
pub trait Found: one_of_two::Sealed + Sized {
    /// Whether the cas unique is asked for.
    const CAS: bool;

    /// Makes it of an item; `None` if that is to be taken for a miss.
    fn from_item(item: mc_proto::Item, values: &Values) -> Result<Option<Self>, Error>;
}

impl<'k, F> Get<'k, F> {
    pub(crate) fn new(key: &'k [u8]) -> Self {
        Self {
            key,
            found: PhantomData,
        }
    }
}

impl<'k, F> Gat<'k, F> {
    pub(crate) fn new(key: &'k [u8], expire: Expire) -> Self {
        Self {
            key,
            expire,
            found: PhantomData,
        }
    }
}

impl<T: FromValue> Found for T {
    const CAS: bool = false;

    #[inline(always)]
    fn from_item(item: mc_proto::Item, values: &Values) -> Result<Option<Self>, Error> {
        values.decode(item.flags, item.value)
    }
}

impl<T: FromValue> Found for Item<T> {
    const CAS: bool = true;

    fn from_item(item: mc_proto::Item, values: &Values) -> Result<Option<Self>, Error> {
        let cas = item.cas.ok_or_else(|| {
            let message = "the server answered gets without a cas unique";
            Error::new(ErrorKind::Protocol, Outcome::MaybeApplied, message)
        })?;
        let value = values.decode(item.flags, item.value)?;
        Ok(value.map(|value| Self { value, cas }))
    }
}

impl<F> sealed::Sealed for Get<'_, F> {}

impl<F: Found> Single for Get<'_, F> {
    type Output = Option<F>;

    /// A cas unique is one server's own.
    const REPLICAS: Replicas = if F::CAS {
        Replicas::None
    } else {
        Replicas::Read
    };
    const CAS: bool = F::CAS;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        Ok(Request::Get { key, cas: F::CAS })
    }

    fn answered(&mut self, reply: Reply, values: &Values) -> Step<Option<F>> {
        found("get", reply, values)
    }
}

impl<F> sealed::Sealed for Gat<'_, F> {}

impl<F: Found> Single for Gat<'_, F> {
    type Output = Option<F>;

    const CAS: bool = F::CAS;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        Ok(Request::Gat {
            key,
            exptime: self.expire.exptime()?,
            cas: F::CAS,
        })
    }

    fn answered(&mut self, reply: Reply, values: &Values) -> Step<Option<F>> {
        found("gat", reply, values)
    }
}

/// The step after a reply to a read.
#[inline]
fn found<F: Found>(command: &str, reply: Reply, values: &Values) -> Step<Option<F>> {
    match reply {
        Reply::Value(None) => Step::done(None),
        Reply::Value(Some(item)) => Step::Done(F::from_item(item, values)),
        other => Step::failed(command, &other),
    }
}

mod one_of_two {
    use super::{FromValue, Item};

    /// Keeps [`Found`](super::Found) to the two that there are.
    #[expect(unnameable_types, reason = "that nobody can name it is what seals")]
    pub trait Sealed {}

    impl<T: FromValue> Sealed for T {}
    impl<T: FromValue> Sealed for Item<T> {}
}
