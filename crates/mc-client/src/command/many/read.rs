//! `get`, `gets`, `gat` and `gats` of many keys.

use std::marker::PhantomData;

use mc_proto::{Item, Key, Reply, Request};

use super::{End, Keys, ManyKeys, Together};
use crate::command::{Expire, Found, Replicas, failed, sealed};
use crate::error::Error;
use crate::value::Values;

/// `get` and `gets` of many keys: `Some` for a hit, `None` for a miss.
///
/// `F` is what a hit gives: a value, or an [`Item`](crate::Item) with its cas unique.
#[derive(Debug, Clone)]
pub struct GetMany<K, F> {
    keys: Keys<K>,
    found: PhantomData<fn() -> F>,
}

/// `gat` and `gats` of many keys: `Some` for a hit, `None` for a miss.
///
/// Each key has its own request: memcached takes a line of many keys from `get` and `gets` only.
#[derive(Debug, Clone)]
pub struct GatMany<K, F> {
    keys: Keys<K>,
    end: End,
    found: PhantomData<fn() -> F>,
}

impl<K, F> GetMany<K, F> {
    pub(crate) fn new(keys: Keys<K>) -> Self {
        Self {
            keys,
            found: PhantomData,
        }
    }
}

impl<K, F> GatMany<K, F> {
    pub(crate) fn new(keys: Keys<K>, expire: Expire) -> Self {
        Self {
            keys,
            end: End::new(expire),
            found: PhantomData,
        }
    }
}

impl<K, F> sealed::Sealed for GetMany<K, F> {}

impl<K: AsRef<[u8]>, F: Found> ManyKeys for GetMany<K, F> {
    type Key = K;
    type Output = Option<F>;

    /// A cas unique is one server's own.
    const REPLICAS: Replicas = if F::CAS {
        Replicas::None
    } else {
        Replicas::Read
    };
    const TOGETHER: Together = Together::Keys;
    const CAS: bool = F::CAS;

    fn keys(&self) -> &Keys<K> {
        &self.keys
    }

    fn keys_mut(&mut self) -> &mut Keys<K> {
        &mut self.keys
    }

    fn request<'a>(&'a self, _: usize, key: Key<'a>) -> Request<'a> {
        Request::Get { key, cas: F::CAS }
    }

    #[inline(always)]
    fn found(&self, item: Option<Item>, values: &Values) -> Result<Self::Output, Error> {
        found(item, values)
    }

    fn result(&self, reply: &Reply) -> Result<Self::Output, Error> {
        Err(failed("get", reply))
    }
}

impl<K, F> sealed::Sealed for GatMany<K, F> {}

impl<K: AsRef<[u8]>, F: Found> ManyKeys for GatMany<K, F> {
    type Key = K;
    type Output = Option<F>;

    const TOGETHER: Together = Together::Alone;
    const CAS: bool = F::CAS;

    fn keys(&self) -> &Keys<K> {
        &self.keys
    }

    fn keys_mut(&mut self) -> &mut Keys<K> {
        &mut self.keys
    }

    fn encode(&mut self, _: &Values, refuse: &mut dyn FnMut(usize, Error)) {
        self.end.start(self.keys.len(), refuse);
    }

    fn request<'a>(&'a self, _: usize, key: Key<'a>) -> Request<'a> {
        Request::Gat {
            key,
            exptime: self.end.exptime(),
            cas: F::CAS,
        }
    }

    fn found(&self, item: Option<Item>, values: &Values) -> Result<Self::Output, Error> {
        found(item, values)
    }

    fn result(&self, reply: &Reply) -> Result<Self::Output, Error> {
        Err(failed("gat", reply))
    }
}

#[inline(always)]
fn found<F: Found>(item: Option<Item>, values: &Values) -> Result<Option<F>, Error> {
    match item {
        Some(item) => F::from_item(item, values),
        None => Ok(None),
    }
}
