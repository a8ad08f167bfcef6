//! The many-key commands: how their keys become requests, and their replies results for each key.

mod change;
mod end;
mod keys;
mod read;
mod results;
mod store;

pub use change::{ArithmeticMany, DeleteMany, TouchMany};
pub use keys::Keys;
pub use read::{GatMany, GetMany};
pub use results::Many;
pub use store::StoreMany;

use end::End;
use mc_proto::{Item, Key, Reply, Request};

use super::{Call, Replicas, sealed};
use crate::error::Error;
use crate::value::Values;

/// A command about many keys, each sent to the server that owns it.
pub trait ManyKeys: sealed::Sealed {
    /// What the caller names a key by.
    type Key: AsRef<[u8]>;
    /// What the caller gets for each key.
    type Output;

    /// Which of the keys' servers it concerns.
    const REPLICAS: Replicas = Replicas::None;
    /// How many keys of one server travel.
    const TOGETHER: Together = Together::Batch;
    /// Whether it may wait in the buffer of `buffer_requests`.
    const BUFFERED: bool = false;
    /// Whether it reads a cas unique or compares one, which the behavior `cas` must allow.
    const CAS: bool = false;

    /// The keys, in the caller's order.
    fn keys(&self) -> &Keys<Self::Key>;

    /// The keys, to change them.
    fn keys_mut(&mut self) -> &mut Keys<Self::Key>;

    /// Turns what the caller gave into what travels: values into flags and bytes, the end of items into a number.
    /// Gives `refuse` the position of each key that cannot be sent then.
    fn encode(&mut self, _values: &Values, _refuse: &mut dyn FnMut(usize, Error)) {}

    /// The request for the key at this position, given in its wire form.
    fn request<'a>(&'a self, at: usize, key: Key<'a>) -> Request<'a>;

    /// About how many bytes the request for a key has beside the key.
    fn weight(&self, _at: usize) -> usize {
        0
    }

    /// What the caller gets for a key if no answer is awaited; `None` for a command that is nothing without it.
    fn unawaited(&self) -> Option<Self::Output> {
        None
    }

    /// The result for a key, of the item that its request has found.
    fn found(&self, item: Option<Item>, _values: &Values) -> Result<Self::Output, Error> {
        self.result(&Reply::Value(item))
    }

    /// The result for a key, of any other reply to its request.
    fn result(&self, reply: &Reply) -> Result<Self::Output, Error>;
}

/// How many keys of one server travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Together {
    /// Each in a request of its own.
    Alone,
    /// As many in one request as the settings say.
    Keys,
    /// Many requests in a batch, which has one fence.
    Batch,
}

impl<S, C: ManyKeys> Call<S, C> {
    /// Puts `prefix` in front of each key, behind the client's namespace. The results come under the keys without it.
    ///
    /// It is a part of the key: it decides where an item is, and counts against the 250 bytes that a key may have.
    /// `get_many(["a"]).key_prefix("user:")` reads what `set("user:a", …)` has stored.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// let names = client.get_many::<_, String>(["1", "2"]).key_prefix("name:").await;
    /// for (id, name) in names.hits() {
    ///     println!("{id}: {name}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn key_prefix(mut self, prefix: impl AsRef<[u8]>) -> Self {
        self.command.keys_mut().set_prefix(prefix.as_ref());
        self
    }
}
