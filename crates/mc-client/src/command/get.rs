//! `get` and `gets`: one value, alone or with its cas unique.

use std::marker::PhantomData;

use mc_proto::{Key, Protocol, Reply, Request};

use super::{Replicas, Single, Step, sealed};
use crate::error::Error;
use crate::value::{FromValue, Values};

/// `get <key>`: the value, or `None` for a miss.
#[derive(Debug, Clone, Copy)]
pub struct Get<'k, T> {
    pub(crate) key: &'k [u8],
    pub(crate) value: PhantomData<fn() -> T>,
}

/// `gets <key>`: the value with its cas unique, or `None` for a miss.
#[derive(Debug, Clone, Copy)]
pub struct Gets<'k, T> {
    pub(crate) key: &'k [u8],
    pub(crate) value: PhantomData<fn() -> T>,
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

impl<T> sealed::Sealed for Get<'_, T> {}

impl<T: FromValue> Single for Get<'_, T> {
    type Output = Option<T>;

    const REPLICAS: Replicas = Replicas::Read;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        Ok(Request::Get { key, cas: false })
    }

    fn answered(&mut self, reply: Reply, values: &Values) -> Step<Self::Output> {
        match reply {
            Reply::Value(None) => Step::done(None),
            Reply::Value(Some(item)) => Step::Done(values.decode(item.flags, item.value)),
            other => Step::failed("get", &other),
        }
    }
}

impl<T> sealed::Sealed for Gets<'_, T> {}

impl<T: FromValue> Single for Gets<'_, T> {
    type Output = Option<Item<T>>;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        Ok(Request::Get { key, cas: true })
    }

    fn answered(&mut self, reply: Reply, values: &Values) -> Step<Self::Output> {
        match reply {
            Reply::Value(None) => Step::done(None),
            Reply::Value(Some(mc_proto::Item {
                flags,
                cas: Some(cas),
                value,
            })) => {
                let value = values.decode(flags, value);
                Step::Done(value.map(|value| Some(Item { value: value?, cas })))
            }
            other => Step::failed("gets", &other),
        }
    }
}
