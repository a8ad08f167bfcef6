//! The commands about many keys.

use std::marker::PhantomData;

use super::Client;
use crate::blocking::to_many::ToMany;
use crate::command::{Call, Content, DeleteMany, Expire, GetMany, SetMany};
use crate::value::IntoValue;

/// Many keys: grouped by server, one pipelined batch to each, all servers at once.
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
    pub fn get_many<K: AsRef<[u8]>, T>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Call<ToMany<'_>, GetMany<K, T>> {
        self.many(GetMany {
            keys: keys.into_iter().collect(),
            value: PhantomData,
        })
    }

    /// Stores many values.
    pub fn set_many<'c, K: AsRef<[u8]>, V: IntoValue<'c>>(
        &'c self,
        items: impl IntoIterator<Item = (K, V)>,
    ) -> Call<ToMany<'c>, SetMany<'c, K>> {
        let items = items
            .into_iter()
            .map(|(key, value)| (key, Content::new(value)));
        let (keys, contents) = items.unzip();
        self.many(SetMany {
            keys,
            contents,
            expire: Expire::Never,
        })
    }

    /// Deletes many items; for each key whether there was one.
    pub fn delete_many<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Call<ToMany<'_>, DeleteMany<K>> {
        self.many(DeleteMany {
            keys: keys.into_iter().collect(),
        })
    }

    fn many<C>(&self, command: C) -> Call<ToMany<'_>, C> {
        Call::new(ToMany(self), command)
    }
}
