//! `set` and `add` of many keys.

use std::marker::PhantomData;

use mc_proto::{Key, Reply, Request, Verb};

use super::{Keys, ManyKeys};
use crate::command::store::{self, Content};
use crate::command::{Call, Expire, Replicas, Stored, sealed};
use crate::error::Error;
use crate::value::{IntoValue, Values};

/// `set` or `add` of many keys, each with a value of its own.
///
/// `T` is the answer for each: `()` for `set`, for `add` whether it was stored.
#[derive(Debug, Clone)]
pub struct StoreMany<'v, K, T> {
    verb: Verb,
    keys: Keys<K>,
    contents: Vec<Content<'v>>,
    expire: Expire,
    answer: PhantomData<fn() -> T>,
}

impl<'v, K: AsRef<[u8]>, T> StoreMany<'v, K, T> {
    pub(crate) fn new<V: IntoValue<'v>>(
        verb: Verb,
        items: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let items = items.into_iter();
        let (keys, contents): (Vec<_>, _) =
            items.map(|(key, value)| (key, Content::new(value))).unzip();
        Self {
            verb,
            keys: Keys::new(keys),
            contents,
            expire: Expire::Never,
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
        for content in &mut self.command.contents {
            content.compress.over = Some(bytes);
        }
        self
    }

    /// How hard to compress the values that are: 0, which is not at all, to 9, or -1 for the default, as in
    /// pylibmc. Another level is the error of every key.
    pub fn compress_level(mut self, level: i32) -> Self {
        for content in &mut self.command.contents {
            content.set_compress_level(level);
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
        for (at, content) in self.contents.iter_mut().enumerate() {
            let encoded = content.encode(values);
            // Beside others in a batch, it would be the error of all.
            let encoded = encoded.and_then(|()| values.check_len(content.len()));
            if let Err(error) = encoded {
                refuse(at, error);
            }
        }
    }

    fn request<'a>(&'a self, at: usize, key: Key<'a>) -> Result<Request<'a>, Error> {
        self.contents[at].request(self.verb, key, self.expire)
    }

    fn weight(&self, at: usize) -> usize {
        self.contents[at].len()
    }

    fn unawaited(&self) -> Option<T> {
        Some(T::ASSUMED)
    }

    fn result(&self, reply: Reply, _: &Values) -> Result<T, Error> {
        store::stored(self.verb, &reply)
    }
}
