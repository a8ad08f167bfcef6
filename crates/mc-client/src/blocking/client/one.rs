//! The commands about one key.

use mc_proto::Verb;

use super::Client;
use crate::blocking::to_one::ToOne;
use crate::command::{
    Arithmetic, Call, CasOutcome, Delete, Direction, Exists, Expire, Gat, Get, GetInto, Item,
    Store, Touch,
};
use crate::value::{FromValue, IntoValue};

/// One key.
impl Client {
    /// Reads a value: `None` for a miss.
    ///
    /// The type asked for must be the one stored, see [`FromValue`](crate::FromValue).
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let text: Option<String> = client.get("greeting").call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get<'c, T: FromValue>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Get<'c, T>> {
        self.one(Get::new(key.as_ref()))
    }

    /// Reads a value into a vector, whose memory is used again: whether there was one, see [`GetInto`].
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let mut page = Vec::new();
    /// for key in ["page:1", "page:2"] {
    ///     match client.get_into(key, &mut page).call()? {
    ///         true => println!("{key} has {} bytes", page.len()),
    ///         false => assert!(page.is_empty()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_into<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        into: &'c mut Vec<u8>,
    ) -> Call<ToOne<'c>, GetInto<'c>> {
        self.one(GetInto::new(key.as_ref(), into))
    }

    /// Reads a value with its cas unique: `None` for a miss.
    ///
    /// The behavior `cas` must be on, as for every command about cas uniques; by default it is off, as in pylibmc.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use mc_client::CasOutcome;
    ///
    /// client.behaviors().set("cas", true)?;
    /// if let Some(item) = client.gets::<String>("greeting").call()? {
    ///     let longer = item.value + "!";
    ///     let outcome = client.cas("greeting", &longer, item.cas).call()?;
    ///     assert_eq!(outcome, CasOutcome::Stored, "or somebody else was faster");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn gets<'c, T: FromValue>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Get<'c, Item<T>>> {
        self.one(Get::new(key.as_ref()))
    }

    /// Reads a value and gives the item a new expiration: `None` for a miss.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use std::time::Duration;
    ///
    /// let session: Option<String> = client.gat("session:7", Duration::from_secs(1800)).call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn gat<'c, T: FromValue>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        expire: impl Into<Expire>,
    ) -> Call<ToOne<'c>, Gat<'c, T>> {
        self.one(Gat::new(key.as_ref(), expire.into()))
    }

    /// Reads a value with its cas unique and gives the item a new expiration: `None` for a miss.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use std::time::Duration;
    ///
    /// if let Some(item) = client.gats::<String>("session:7", Duration::from_secs(1800)).call()? {
    ///     println!("{} is of version {}", item.value, item.cas);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn gats<'c, T: FromValue>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        expire: impl Into<Expire>,
    ) -> Call<ToOne<'c>, Gat<'c, Item<T>>> {
        self.one(Gat::new(key.as_ref(), expire.into()))
    }

    /// Whether a key holds an item. The value is moved only where the protocol has no other way, see [`Exists`].
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// if !client.exists("greeting").call()? {
    ///     client.add("greeting", "hello").call()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn exists<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Exists<'c>> {
        self.one(Exists { key: key.as_ref() })
    }

    /// Stores a value, whether or not there is one.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use std::time::Duration;
    ///
    /// client.set("greeting", "hello").expire(Duration::from_secs(60)).call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, ()>> {
        self.store(Verb::Set, key.as_ref(), value)
    }

    /// Stores a value if there is none; whether it did.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use std::time::Duration;
    ///
    /// let first = client.add("lock:42", "mine").expire(Duration::from_secs(10)).call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn add<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Add, key.as_ref(), value)
    }

    /// Stores a value if there is one already; whether it did.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let was_there = client.replace("greeting", "good evening").call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn replace<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Replace, key.as_ref(), value)
    }

    /// Puts bytes after a value, if there is one; whether it did. Flags and expiration stay as they are.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// client.append("log", "one more line\n").call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn append<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Append, key.as_ref(), value)
    }

    /// Puts bytes before a value, if there is one; whether it did. Flags and expiration stay as they are.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// client.prepend("log", "a line before\n").call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn prepend<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Prepend, key.as_ref(), value)
    }

    /// Stores a value if the item has not changed since [`gets`](Self::gets) gave its cas unique.
    ///
    /// `client.set(key, value).cas(unique)` is the same.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use mc_client::CasOutcome;
    ///
    /// // The cas unique is from `gets`, of the value that this one replaces.
    /// let outcome = client.cas("greeting", "hello again", 42).call()?;
    /// assert_ne!(outcome, CasOutcome::NotFound);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cas<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
        cas: u64,
    ) -> Call<ToOne<'c>, Store<'c, CasOutcome>> {
        self.store(Verb::Cas(cas), key.as_ref(), value)
    }

    /// Deletes an item; whether there was one. With [`cas`](Call::cas), only if it has not changed.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use mc_client::DeleteOutcome;
    ///
    /// assert!(client.delete("greeting").call()?, "there was one");
    /// if let Some(item) = client.gets::<String>("job").call()? {
    ///     let outcome = client.delete("job").cas(item.cas).call()?;
    ///     assert_eq!(outcome, DeleteOutcome::Deleted, "or somebody has changed it since");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Delete<'c>> {
        self.one(Delete { key: key.as_ref() })
    }

    /// Adds to a stored number: the new number, or `None` for a miss. Wraps around at 2⁶⁴.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let day = std::time::Duration::from_secs(24 * 60 * 60);
    /// let visits: Option<u64> = client.incr("visits", 1).initial(1).expire(day).call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn incr<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        delta: u64,
    ) -> Call<ToOne<'c>, Arithmetic<'c>> {
        self.one(Arithmetic::new(Direction::Up, key.as_ref(), delta))
    }

    /// Subtracts from a stored number: the new number, or `None` for a miss. Stops at 0.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let left: Option<u64> = client.decr("tickets", 2).call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn decr<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        delta: u64,
    ) -> Call<ToOne<'c>, Arithmetic<'c>> {
        self.one(Arithmetic::new(Direction::Down, key.as_ref(), delta))
    }

    /// Gives an item a new expiration; whether there was one.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use std::time::Duration;
    ///
    /// let was_there = client.touch("session:7", Duration::from_secs(1800)).call()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn touch<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        expire: impl Into<Expire>,
    ) -> Call<ToOne<'c>, Touch<'c>> {
        self.one(Touch {
            key: key.as_ref(),
            expire: expire.into(),
        })
    }

    fn store<'c, T>(
        &'c self,
        verb: Verb,
        key: &'c [u8],
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, T>> {
        self.one(Store::new(verb, key, value))
    }

    fn one<C>(&self, command: C) -> Call<ToOne<'_>, C> {
        Call::new(ToOne(self), command)
    }
}
