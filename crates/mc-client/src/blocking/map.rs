//! The client as a map.

use std::fmt;
use std::marker::PhantomData;

use super::client::Client;
use super::to_one::ToOne;
use crate::command::{Call, Delete, Exists, Get, Store};
use crate::value::{FromValue, IntoValue};

/// The items of a client as a map from keys to values of type `T`: its commands under the names of a map's methods.
///
/// Each is a call like any other, with its options, its deadline and its errors. A cache forgets: what was inserted
/// may be gone.
pub struct Map<'c, T> {
    client: &'c Client,
    value: PhantomData<fn() -> T>,
}

impl<'c, T> Map<'c, T> {
    pub(super) fn new(client: &'c Client) -> Self {
        Self {
            client,
            value: PhantomData,
        }
    }

    /// [`get`](Client::get): the value of a key, or `None`.
    pub fn get(&self, key: &'c (impl AsRef<[u8]> + ?Sized)) -> Call<ToOne<'c>, Get<'c, T>>
    where
        T: FromValue,
    {
        self.client.get(key)
    }

    /// [`set`](Client::set): gives a key a value. What it had before is not told.
    pub fn insert(
        &self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, ()>> {
        self.client.set(key, value)
    }

    /// [`delete`](Client::delete): forgets a key; whether it had a value.
    pub fn remove(&self, key: &'c (impl AsRef<[u8]> + ?Sized)) -> Call<ToOne<'c>, Delete<'c>> {
        self.client.delete(key)
    }

    /// [`exists`](Client::exists): whether a key has a value.
    pub fn contains_key(
        &self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Exists<'c>> {
        self.client.exists(key)
    }
}

impl<T> Clone for Map<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Map<'_, T> {}

impl<T> fmt::Debug for Map<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Map").field(self.client).finish()
    }
}
