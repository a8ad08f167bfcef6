//! The commands about many keys.

use mc_proto::Verb;

use super::Client;
use crate::blocking::to_many::ToMany;
use crate::command::{
    ArithmeticMany, Call, DeleteMany, Direction, Expire, GatMany, GetMany, Item, Keys, StoreMany,
    TouchMany,
};
use crate::value::{FromValue, IntoValue};

/// Many keys: grouped by server, one pipelined batch to each, all servers at once.
///
/// Each key has a result of its own, see [`Many`](crate::Many). Every one of these calls takes a
/// [`key_prefix`](Call::key_prefix).
impl Client {
    /// Reads many values; for each key a hit, a miss, or its server's error.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let found = client.get_many::<_, String>(["a", "b", "c"]).call();
    /// for (key, text) in found.hits() {
    ///     println!("{key}: {text}");
    /// }
    /// for (key, error) in found.failed() {
    ///     eprintln!("{key}: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_many<K: AsRef<[u8]>, T: FromValue>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Call<ToMany<'_>, GetMany<K, T>> {
        self.many(GetMany::new(Keys::new(keys)))
    }

    /// Reads many values, each with its cas unique.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let found = client.gets_many::<_, u32>(["a", "b"]).call();
    /// for (key, item) in found.hits() {
    ///     client.cas(key, item.value + 1, item.cas).call()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn gets_many<K: AsRef<[u8]>, T: FromValue>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Call<ToMany<'_>, GetMany<K, Item<T>>> {
        self.many(GetMany::new(Keys::new(keys)))
    }

    /// Reads many values and gives their items a new expiration.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let hour = std::time::Duration::from_secs(3600);
    /// let sessions = client.gat_many::<_, String>(["7", "8"], hour).key_prefix("session:").call();
    /// # Ok(())
    /// # }
    /// ```
    pub fn gat_many<K: AsRef<[u8]>, T: FromValue>(
        &self,
        keys: impl IntoIterator<Item = K>,
        expire: impl Into<Expire>,
    ) -> Call<ToMany<'_>, GatMany<K, T>> {
        self.many(GatMany::new(Keys::new(keys), expire.into()))
    }

    /// Reads many values, each with its cas unique, and gives their items a new expiration.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use std::time::Duration;
    ///
    /// let sessions = client.gats_many::<_, String>(["session:7", "session:8"], Duration::from_secs(1800)).call();
    /// for (key, item) in sessions.hits() {
    ///     println!("{key}: {} is of version {}", item.value, item.cas);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn gats_many<K: AsRef<[u8]>, T: FromValue>(
        &self,
        keys: impl IntoIterator<Item = K>,
        expire: impl Into<Expire>,
    ) -> Call<ToMany<'_>, GatMany<K, Item<T>>> {
        self.many(GatMany::new(Keys::new(keys), expire.into()))
    }

    /// Stores many values, whether or not there are any; [`failed`](crate::Many::failed) tells which were not.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let day = std::time::Duration::from_secs(24 * 60 * 60);
    /// let stored = client.set_many([("a", "x"), ("b", "y")]).expire(day).call();
    /// assert!(stored.is_ok(), "{:?}", stored.failed().next());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_many<'c, K: AsRef<[u8]>, V: IntoValue<'c>>(
        &'c self,
        items: impl IntoIterator<Item = (K, V)>,
    ) -> Call<ToMany<'c>, StoreMany<'c, K, ()>> {
        self.many(StoreMany::new(Verb::Set, items))
    }

    /// Stores many values, each if there is none; for each key whether it did.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let added = client.add_many([("a", "x"), ("b", "y")]).call();
    /// println!("there before: {:?}", added.not_done().collect::<Vec<_>>());
    /// # Ok(())
    /// # }
    /// ```
    pub fn add_many<'c, K: AsRef<[u8]>, V: IntoValue<'c>>(
        &'c self,
        items: impl IntoIterator<Item = (K, V)>,
    ) -> Call<ToMany<'c>, StoreMany<'c, K, bool>> {
        self.many(StoreMany::new(Verb::Add, items))
    }

    /// Deletes many items; for each key whether there was one.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let deleted = client.delete_many(["a", "b"]).call().all()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_many<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Call<ToMany<'_>, DeleteMany<K>> {
        let keys = Keys::new(keys);
        self.many(DeleteMany { keys })
    }

    /// Adds to many stored numbers; for each key the new number, or a miss.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let visits = client.incr_many(["home", "about"], 1).key_prefix("visits:").call();
    /// for page in visits.misses() {
    ///     println!("{page} has no number yet");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn incr_many<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
        delta: u64,
    ) -> Call<ToMany<'_>, ArithmeticMany<K>> {
        self.many(ArithmeticMany::new(Direction::Up, Keys::new(keys), delta))
    }

    /// Subtracts from many stored numbers; for each key the new number, or a miss.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let left = client.decr_many(["tickets:1", "tickets:2"], 1).call();
    /// for (show, number) in left.hits() {
    ///     println!("{show}: {number} left");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn decr_many<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
        delta: u64,
    ) -> Call<ToMany<'_>, ArithmeticMany<K>> {
        self.many(ArithmeticMany::new(Direction::Down, Keys::new(keys), delta))
    }

    /// Gives many items a new expiration; for each key whether there was one.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let hour = std::time::Duration::from_secs(3600);
    /// let touched = client.touch_many(["a", "b"], hour).call();
    /// println!("gone: {:?}", touched.not_done().collect::<Vec<_>>());
    /// # Ok(())
    /// # }
    /// ```
    pub fn touch_many<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
        expire: impl Into<Expire>,
    ) -> Call<ToMany<'_>, TouchMany<K>> {
        self.many(TouchMany::new(Keys::new(keys), expire.into()))
    }

    fn many<C>(&self, command: C) -> Call<ToMany<'_>, C> {
        Call::new(ToMany(self), command)
    }
}
