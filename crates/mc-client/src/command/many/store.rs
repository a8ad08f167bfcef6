//! `set` and `add` of many keys.

use std::marker::PhantomData;

use mc_proto::{Key, Reply, Request, Verb};

use super::{End, Keys, ManyKeys};
use crate::command::{Call, Expire, Replicas, Stored, sealed, store};
use crate::error::Error;
use crate::value::{Compress, CompressLevel, Encoded, IntoValue, Value, Values};

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
    end: End,
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
            end: End::new(Expire::Never),
            answer: PhantomData,
        }
    }
}

impl<'v, K, T> StoreMany<'v, K, T> {
    /// The flags and bytes of a value, once they are known.
    fn stored(&self, at: usize) -> Option<&Encoded<'v>> {
        match &self.values[at] {
            Ok(Value::Stored(stored)) => Some(stored),
            _ => None,
        }
    }
}

impl<S, K, T> Call<S, StoreMany<'_, K, T>> {
    /// When the items expire: a `Duration` from now, a `SystemTime`, or [`Expire::Never`], the default.
    pub fn expire(mut self, when: impl Into<Expire>) -> Self {
        self.command.end = End::new(when.into());
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
        if !self.end.start(self.keys.len(), refuse) {
            return;
        }
        for (at, value) in self.values.iter_mut().enumerate() {
            let encoded = match value {
                Ok(value) => encode(value, values, self.compress),
                Err(error) => Err(error.clone()),
            };
            encoded.unwrap_or_else(|error| refuse(at, error));
        }
    }

    #[inline]
    fn request<'a>(&'a self, at: usize, key: Key<'a>) -> Request<'a> {
        let stored = self.stored(at).expect("what cannot be stored is refused");
        store::carrying(self.verb, key, stored, self.end.exptime())
    }

    fn weight(&self, at: usize) -> usize {
        self.stored(at).map_or(0, |it| it.data.as_slice().len())
    }

    fn unawaited(&self) -> Option<T> {
        Some(T::ASSUMED)
    }

    fn result(&self, reply: &Reply) -> Result<T, Error> {
        store::stored(self.verb, reply)
    }
}

/// Makes flags and bytes of a value that can be stored.
#[inline]
fn encode(value: &mut Value<'_>, values: &Values, compress: Compress) -> Result<(), Error> {
    values.encode(value, compress)?;
    // Beside others in a batch, one that is too large would be the error of all.
    match value {
        Value::Stored(stored) => values.check_len(stored.data.as_slice().len()),
        _ => Ok(()),
    }
}
