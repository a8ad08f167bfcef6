//! `delete`, `touch`, `incr` and `decr` of many keys.

use mc_proto::{Key, Reply, Request};

use super::{End, Keys, ManyKeys};
use crate::command::{Direction, Expire, Replicas, arithmetic, delete, sealed, touch};
use crate::error::Error;
use crate::value::Values;

/// `delete` of many keys: whether there was an item.
#[derive(Debug, Clone)]
pub struct DeleteMany<K> {
    pub(crate) keys: Keys<K>,
}

/// `touch` of many keys: whether there was an item.
#[derive(Debug, Clone)]
pub struct TouchMany<K> {
    keys: Keys<K>,
    end: End,
}

/// `incr` or `decr` of many keys by one number: the new number of each, or `None` for a miss.
#[derive(Debug, Clone)]
pub struct ArithmeticMany<K> {
    keys: Keys<K>,
    delta: u64,
    direction: Direction,
}

impl<K> TouchMany<K> {
    pub(crate) fn new(keys: Keys<K>, expire: Expire) -> Self {
        let end = End::new(expire);
        Self { keys, end }
    }
}

impl<K> ArithmeticMany<K> {
    pub(crate) fn new(direction: Direction, keys: Keys<K>, delta: u64) -> Self {
        Self {
            keys,
            delta,
            direction,
        }
    }
}

impl<K> sealed::Sealed for DeleteMany<K> {}

impl<K: AsRef<[u8]>> ManyKeys for DeleteMany<K> {
    type Key = K;
    type Output = bool;

    const REPLICAS: Replicas = Replicas::Write;
    const BUFFERED: bool = true;

    fn keys(&self) -> &Keys<K> {
        &self.keys
    }

    fn keys_mut(&mut self) -> &mut Keys<K> {
        &mut self.keys
    }

    fn request<'a>(&'a self, _: usize, key: Key<'a>) -> Request<'a> {
        Request::Delete { key }
    }

    fn unawaited(&self) -> Option<bool> {
        Some(true)
    }

    fn result(&self, reply: &Reply) -> Result<bool, Error> {
        delete::deleted(reply)
    }
}

impl<K> sealed::Sealed for TouchMany<K> {}

impl<K: AsRef<[u8]>> ManyKeys for TouchMany<K> {
    type Key = K;
    type Output = bool;

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
        Request::Touch {
            key,
            exptime: self.end.exptime(),
        }
    }

    fn unawaited(&self) -> Option<bool> {
        Some(true)
    }

    fn result(&self, reply: &Reply) -> Result<bool, Error> {
        touch::touched(reply)
    }
}

impl<K> sealed::Sealed for ArithmeticMany<K> {}

impl<K: AsRef<[u8]>> ManyKeys for ArithmeticMany<K> {
    type Key = K;
    type Output = Option<u64>;

    fn keys(&self) -> &Keys<K> {
        &self.keys
    }

    fn keys_mut(&mut self) -> &mut Keys<K> {
        &mut self.keys
    }

    fn request<'a>(&'a self, _: usize, key: Key<'a>) -> Request<'a> {
        self.direction.request(key, self.delta)
    }

    /// The numbers stay unknown.
    fn unawaited(&self) -> Option<Option<u64>> {
        Some(None)
    }

    fn result(&self, reply: &Reply) -> Result<Option<u64>, Error> {
        arithmetic::changed(reply)
    }
}
