//! The many-key commands: how their keys become requests, and their replies results for each key.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use mc_proto::{Key, Protocol, Reply, Request, Verb};

use super::store::{self, Content};
use super::{Call, Expire, Replicas, delete, failed, sealed};
use crate::error::Error;
use crate::value::{FromValue, Values};

/// A command about many keys, each sent to the server that owns it.
pub trait ManyKeys: sealed::Sealed {
    /// What the caller names a key by.
    type Key: AsRef<[u8]>;
    /// What the caller gets for each key.
    type Output;

    /// Which of the keys' servers it concerns.
    const REPLICAS: Replicas = Replicas::None;
    /// Whether many keys of one server travel in one request.
    const TOGETHER: bool = false;
    /// Whether it may wait in the buffer of `buffer_requests`.
    const BUFFERED: bool = false;

    /// The keys, in the caller's order.
    fn keys(&self) -> &[Self::Key];

    /// Makes flags and bytes of the values to be stored, if there are any; gives each that cannot be stored
    /// to `refuse`, with its position.
    fn encode(&mut self, _values: &Values, _refuse: &mut dyn FnMut(usize, Error)) {}

    /// The request for the keys at these positions, given in their wire form.
    fn request<'a>(
        &'a self,
        at: &[usize],
        keys: &'a [Key<'a>],
        protocol: Protocol,
    ) -> Result<Request<'a>, Error>;

    /// What the caller gets for a key if no answer is awaited; `None` for a command that is nothing without it.
    fn unawaited(&self) -> Option<Self::Output> {
        None
    }

    /// The result for each key of a request, in its order; or the one error of all.
    fn results(
        &self,
        reply: Reply,
        values: &Values,
    ) -> Result<Vec<Result<Self::Output, Error>>, Error>;

    /// The keys back, for the caller's results.
    fn into_keys(self) -> Vec<Self::Key>;
}

/// `get` of many keys: `Some` for a hit, `None` for a miss.
#[derive(Debug, Clone)]
pub struct GetMany<K, T> {
    pub(crate) keys: Vec<K>,
    pub(crate) value: PhantomData<fn() -> T>,
}

/// `set` of many keys.
#[derive(Debug, Clone)]
pub struct SetMany<'v, K> {
    pub(crate) keys: Vec<K>,
    pub(crate) contents: Vec<Content<'v>>,
    pub(crate) expire: Expire,
}

/// `delete` of many keys: whether there was an item.
#[derive(Debug, Clone)]
pub struct DeleteMany<K> {
    pub(crate) keys: Vec<K>,
}

impl<S, K> Call<S, SetMany<'_, K>> {
    /// When the items expire: a `Duration` from now, a `SystemTime`, or [`Expire::Never`], the default.
    pub fn expire(mut self, when: impl Into<Expire>) -> Self {
        self.command.expire = when.into();
        self
    }
}

impl<K, T> sealed::Sealed for GetMany<K, T> {}

impl<K: AsRef<[u8]>, T: FromValue> ManyKeys for GetMany<K, T> {
    type Key = K;
    type Output = Option<T>;

    const REPLICAS: Replicas = Replicas::Read;
    const TOGETHER: bool = true;

    fn keys(&self) -> &[K] {
        &self.keys
    }

    fn request<'a>(
        &'a self,
        _: &[usize],
        keys: &'a [Key<'a>],
        _: Protocol,
    ) -> Result<Request<'a>, Error> {
        Ok(Request::GetMany {
            keys: keys.into(),
            cas: false,
        })
    }

    fn results(
        &self,
        reply: Reply,
        values: &Values,
    ) -> Result<Vec<Result<Self::Output, Error>>, Error> {
        let Reply::Values(items) = reply else {
            return Err(failed("get", &reply));
        };
        let decode = |item: Option<mc_proto::Item>| match item {
            Some(item) => values.decode(item.flags, item.value),
            None => Ok(None),
        };
        Ok(items.into_iter().map(decode).collect())
    }

    fn into_keys(self) -> Vec<K> {
        self.keys
    }
}

impl<K> sealed::Sealed for SetMany<'_, K> {}

impl<K: AsRef<[u8]>> ManyKeys for SetMany<'_, K> {
    type Key = K;
    type Output = ();

    const REPLICAS: Replicas = Replicas::Write;
    const BUFFERED: bool = true;

    fn keys(&self) -> &[K] {
        &self.keys
    }

    fn encode(&mut self, values: &Values, refuse: &mut dyn FnMut(usize, Error)) {
        for (at, content) in self.contents.iter_mut().enumerate() {
            if let Err(error) = content.encode(values) {
                refuse(at, error);
            }
        }
    }

    fn request<'a>(
        &'a self,
        at: &[usize],
        keys: &'a [Key<'a>],
        _: Protocol,
    ) -> Result<Request<'a>, Error> {
        self.contents[at[0]].request(Verb::Set, keys[0], self.expire)
    }

    fn unawaited(&self) -> Option<()> {
        Some(())
    }

    fn results(&self, reply: Reply, _: &Values) -> Result<Vec<Result<(), Error>>, Error> {
        store::stored(Verb::Set, &reply).map(|()| vec![Ok(())])
    }

    fn into_keys(self) -> Vec<K> {
        self.keys
    }
}

impl<K> sealed::Sealed for DeleteMany<K> {}

impl<K: AsRef<[u8]>> ManyKeys for DeleteMany<K> {
    type Key = K;
    type Output = bool;

    const REPLICAS: Replicas = Replicas::Write;
    const BUFFERED: bool = true;

    fn keys(&self) -> &[K] {
        &self.keys
    }

    fn request<'a>(
        &'a self,
        _: &[usize],
        keys: &'a [Key<'a>],
        _: Protocol,
    ) -> Result<Request<'a>, Error> {
        Ok(Request::Delete { key: keys[0] })
    }

    fn unawaited(&self) -> Option<bool> {
        Some(true)
    }

    fn results(&self, reply: Reply, _: &Values) -> Result<Vec<Result<bool, Error>>, Error> {
        delete::deleted(&reply).map(|deleted| vec![Ok(deleted)])
    }

    fn into_keys(self) -> Vec<K> {
        self.keys
    }
}

/// The results of a many-key call, one for each key, in the order of the keys.
///
/// A failed server is the error of its own keys and of no others; it is never a miss.
#[derive(Debug, Clone)]
#[must_use = "a key may have failed"]
pub struct Many<K, T> {
    keys: Vec<K>,
    results: Vec<Result<T, Error>>,
}

impl<K, T> Many<K, T> {
    pub(crate) fn new(keys: Vec<K>, results: Vec<Result<T, Error>>) -> Self {
        debug_assert_eq!(keys.len(), results.len(), "one result for each key");
        Self { keys, results }
    }

    /// Each key with its result.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Result<T, Error>)> {
        self.keys.iter().zip(&self.results)
    }

    /// The keys that failed, each with its cause.
    pub fn failed(&self) -> impl Iterator<Item = (&K, &Error)> {
        self.iter()
            .filter_map(|(key, result)| Some((key, result.as_ref().err()?)))
    }

    /// Whether no key failed.
    pub fn is_ok(&self) -> bool {
        self.results.iter().all(Result::is_ok)
    }

    /// The results alone, in the order of the keys.
    pub fn into_results(self) -> Vec<Result<T, Error>> {
        self.results
    }
}

impl<K, T> Many<K, Option<T>> {
    /// The keys that were found, each with its value.
    pub fn hits(&self) -> impl Iterator<Item = (&K, &T)> {
        self.iter()
            .filter_map(|(key, result)| Some((key, result.as_ref().ok()?.as_ref()?)))
    }

    /// The keys that the servers do not hold.
    pub fn misses(&self) -> impl Iterator<Item = &K> {
        self.iter()
            .filter(|(_, result)| matches!(result, Ok(None)))
            .map(|(key, _)| key)
    }
}

impl<K: Eq + Hash, T> Many<K, Option<T>> {
    /// The keys that were found, as a map; the first error, if any key failed.
    pub fn into_map<S: BuildHasher + Default>(self) -> Result<HashMap<K, T, S>, Error> {
        let found = self.keys.into_iter().zip(self.results);
        found
            .filter_map(|(key, result)| Some(result.transpose()?.map(|value| (key, value))))
            .collect()
    }
}

impl<K, T> IntoIterator for Many<K, T> {
    type Item = (K, Result<T, Error>);
    type IntoIter = std::iter::Zip<std::vec::IntoIter<K>, std::vec::IntoIter<Result<T, Error>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_iter().zip(self.results)
    }
}
