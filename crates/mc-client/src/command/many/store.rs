//! `set` and `add` of many keys.

use std::marker::PhantomData;
use std::mem;

use mc_proto::{Exptime, Key, Reply, Request, Verb};

use super::{Keys, ManyKeys};
use crate::command::{Call, Expire, Replicas, Stored, sealed, store};
use crate::error::Error;
use crate::value::{Compress, CompressLevel, IntoValue, Value, Values};

/// `set` or `add` of many keys, each with a value of its own.
///
/// `T` is the answer for each: `()` for `set`, for `add` whether it was stored.
#[derive(Debug, Clone)]
pub struct StoreMany<'v, K, T> {
    verb: Verb,
    keys: Keys<K>,
    /// What is to be stored: at first as the caller gave it, from the start of the call on as flags and bytes.
    values: Vec<Result<Value<'v>, Error>>,
    compress: Compress,
    expire: Expire,
    /// The same on the wire, from the start of the call on.
    exptime: Result<Exptime, Error>,
    answer: PhantomData<fn() -> T>,
}

impl<'v, K: AsRef<[u8]>, T> StoreMany<'v, K, T> {
    pub(crate) fn new<V: IntoValue<'v>>(
        verb: Verb,
        items: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let items = items.into_iter();
        let (keys, values): (Vec<_>, _) =
            items.map(|(key, value)| (key, value.into_value())).unzip();
        Self {
            verb,
            keys: Keys::new(keys),
            values,
            compress: Compress::default(),
            expire: Expire::Never,
            exptime: Ok(Exptime::NEVER),
            answer: PhantomData,
        }
    }
}

impl<S, K, T> Call<S, StoreMany<'_, K, T>> {
    /// When the items expire: a `Duration` from now, a `SystemTime`, or [`Expire::Never`], the default.
    pub fn expire(mut self, when: impl Into<Expire>) -> Self {
        self.command.expire = when.into();
        self
    }

    /// Compresses each value that has at least so many bytes and becomes shorter, whatever the codec's
    /// settings say; with 0 all stay as they are.
    pub fn compress_over(mut self, bytes: usize) -> Self {
        self.command.compress.over = Some(bytes);
        self
    }

    /// How hard to compress the values that are: 0, which is not at all, to 9, or -1 for the default, as in
    /// pylibmc. Another level is the error of every key.
    pub fn compress_level(mut self, level: i32) -> Self {
        match CompressLevel::try_from(level) {
            Ok(level) => self.command.compress.level = Some(level),
            Err(error) => self.command.values.fill(Err(error)),
        }
        self
    }
}

impl<K, T> sealed::Sealed for StoreMany<'_, K, T> {}

impl<K: AsRef<[u8]>, T: Stored> ManyKeys for StoreMany<'_, K, T> {
    type Key = K;
    type Output = T;

    const REPLICAS: Replicas = T::REPLICAS;
    /// As in libmemcached: what has no condition may wait.
    const BUFFERED: bool = matches!(T::REPLICAS, Replicas::Write);

    fn keys(&self) -> &Keys<K> {
        &self.keys
    }

    fn keys_mut(&mut self) -> &mut Keys<K> {
        &mut self.keys
    }

    fn encode(&mut self, values: &Values, refuse: &mut dyn FnMut(usize, Error)) {
        self.exptime = self.expire.exptime();
        for (at, value) in self.values.iter_mut().enumerate() {
            let given = mem::replace(value, Ok(Value::None));
            let stored = given.and_then(|given| values.encode(given, self.compress));
            // Beside others in a batch, one that is too large would be the error of all.
            let stored =
                stored.and_then(|it| values.check_len(it.data.as_slice().len()).map(|()| it));
            match stored {
                Ok(stored) => *value = Ok(Value::Stored(stored)),
                Err(error) => refuse(at, error),
            }
        }
    }

    fn request<'a>(&'a self, at: usize, key: Key<'a>) -> Result<Request<'a>, Error> {
        store::request(self.verb, key, &self.values[at], self.exptime.clone()?)
    }

    fn weight(&self, at: usize) -> usize {
        match &self.values[at] {
            Ok(Value::Stored(stored)) => stored.data.as_slice().len(),
            _ => 0,
        }
    }

    fn unawaited(&self) -> Option<T> {
        Some(T::ASSUMED)
    }

    fn result(&self, reply: &Reply) -> Result<T, Error> {
        store::stored(self.verb, reply)
    }
}
