//! The client: one line a command.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use mc_behaviors::{Behaviors, Live, Replay, ServerSpec, Servers, Target};
use mc_proto::{StatsTopic, Verb};

use super::builder::Builder;
use super::link::Link;
use super::to_all::ToAll;
use super::to_many::ToMany;
use super::to_one::ToOne;
use crate::cluster::{Cluster, Options, Setup};
use crate::command::{
    Arithmetic, Call, CasOutcome, Content, Delete, DeleteMany, Direction, Expire, FlushAll,
    FlushBuffers, Get, GetMany, Gets, SetMany, Stats, Store, Touch, Version,
};
use crate::error::Error;
use crate::metrics::ServerMetrics;
use crate::value::IntoValue;

/// An async memcached client for a cluster of servers.
///
/// Cheap to clone and meant to be shared: all clones use the same connections, one to each server, over
/// which the requests of all tasks are pipelined. A method gives a [`Call`], which takes options and is
/// sent when it is awaited.
///
/// A miss is `None`, a condition not met is `false`: errors are for what the caller did not ask about.
/// Dropping a call early is always safe: see [`Asking`](crate::Asking).
///
/// A connection is served by a task on the runtime of the call that first needed it, which also keeps the
/// deadlines of all calls over it. When that runtime ends, the next call starts the task on its own; while it
/// exists but does not run, calls from other runtimes wait for it.
///
/// ```no_run
/// # async fn example() -> Result<(), mc_client::Error> {
/// use std::time::Duration;
///
/// let client = mc_client::Client::builder().servers(["cache1", "cache2"])?.build()?;
/// client.set("greeting", "hello").expire(Duration::from_secs(60)).await?;
/// let text: Option<String> = client.get("greeting").await?;
/// assert_eq!(text.as_deref(), Some("hello"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    cluster: Arc<Cluster<Link>>,
}

/// Making and asking the client itself.
impl Client {
    /// Servers and settings to build a client from.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(setup: Setup, options: Options) -> Self {
        let cluster = Arc::new_cyclic(|cluster| {
            Cluster::new(setup, options, |server| Link::new(&server, cluster.clone()))
        });
        Self { cluster }
    }

    pub(super) fn cluster(&self) -> &Cluster<Link> {
        &self.cluster
    }

    /// The server that owns a key, as it was configured; the one that stands in for it while it is
    /// ejected is not told.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`](crate::ErrorKind::InvalidKey).
    pub fn owner(&self, key: impl AsRef<[u8]>) -> Result<Arc<str>, Error> {
        let snapshot = self.cluster.snapshot();
        let owner = snapshot.owner(snapshot.key(key.as_ref())?);
        Ok(Arc::clone(&snapshot.nodes[owner].name))
    }

    /// What has been seen of each server: counters, and how long answers take. See [`metrics`](crate::metrics).
    pub fn metrics(&self) -> Vec<ServerMetrics> {
        self.cluster.metrics()
    }

    /// The settings, to read and to change while the client works: see [`Live`].
    ///
    /// ```
    /// # let client = mc_client::Client::builder().servers(["cache1"])?.build()?;
    /// client.behaviors().update([("hash", "fnv1a_64"), ("distribution", "consistent ketama")])?;
    /// assert_eq!(client.behaviors().get("ketama")?, 1.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn behaviors(&self) -> Live<Self> {
        Live::new(self.clone())
    }

    /// The servers, to read and to change while the client works: see [`Servers`].
    ///
    /// ```
    /// # let client = mc_client::Client::builder().servers(["cache1", "cache2"])?.build()?;
    /// client.servers().add("cache3:11211:2")?;
    /// client.servers().remove("cache2")?;
    /// client.servers().reweight("cache1", 3)?;
    /// client.servers().readdress("cache1", "10.0.0.7")?;
    /// assert_eq!(client.servers().list()[1], "cache3:11211:2".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn servers(&self) -> Servers<Self> {
        Servers::new(self.clone())
    }
}

/// One key.
impl Client {
    /// Reads a value: `None` for a miss.
    ///
    /// The type asked for must be the one stored, see [`FromValue`](crate::FromValue).
    pub fn get<'c, T>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Get<'c, T>> {
        self.one(Get {
            key: key.as_ref(),
            value: PhantomData,
        })
    }

    /// Reads a value with its cas unique: `None` for a miss.
    pub fn gets<'c, T>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Gets<'c, T>> {
        self.one(Gets {
            key: key.as_ref(),
            value: PhantomData,
        })
    }

    /// Stores a value, whether or not there is one.
    pub fn set<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, ()>> {
        self.store(Verb::Set, key.as_ref(), value)
    }

    /// Stores a value if there is none; whether it did.
    pub fn add<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Add, key.as_ref(), value)
    }

    /// Stores a value if there is one already; whether it did.
    pub fn replace<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Replace, key.as_ref(), value)
    }

    /// Puts bytes after a value, if there is one; whether it did. Flags and expiration stay as they are.
    pub fn append<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Append, key.as_ref(), value)
    }

    /// Puts bytes before a value, if there is one; whether it did. Flags and expiration stay as they are.
    pub fn prepend<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
    ) -> Call<ToOne<'c>, Store<'c, bool>> {
        self.store(Verb::Prepend, key.as_ref(), value)
    }

    /// Stores a value if the item has not changed since [`gets`](Self::gets) gave its cas unique.
    pub fn cas<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        value: impl IntoValue<'c>,
        cas: u64,
    ) -> Call<ToOne<'c>, Store<'c, CasOutcome>> {
        self.store(Verb::Cas(cas), key.as_ref(), value)
    }

    /// Deletes an item; whether there was one.
    pub fn delete<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
    ) -> Call<ToOne<'c>, Delete<'c>> {
        self.one(Delete { key: key.as_ref() })
    }

    /// Adds to a stored number: the new number, or `None` for a miss. Wraps around at 2⁶⁴.
    pub fn incr<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        delta: u64,
    ) -> Call<ToOne<'c>, Arithmetic<'c>> {
        self.one(Arithmetic::new(Direction::Up, key.as_ref(), delta))
    }

    /// Subtracts from a stored number: the new number, or `None` for a miss. Stops at 0.
    pub fn decr<'c>(
        &'c self,
        key: &'c (impl AsRef<[u8]> + ?Sized),
        delta: u64,
    ) -> Call<ToOne<'c>, Arithmetic<'c>> {
        self.one(Arithmetic::new(Direction::Down, key.as_ref(), delta))
    }

    /// Gives an item a new expiration; whether there was one.
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

/// Many keys: grouped by server, one pipelined batch to each, all servers at once.
impl Client {
    /// Reads many values; for each key a hit, a miss, or its server's error.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// let found = client.get_many::<_, String>(["a", "b", "c"]).await;
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

/// Every server.
impl Client {
    /// Each server's counters by name: the general ones, or those of a topic.
    ///
    /// Those of [`StatsTopic::DetailDump`] are by prefix, such as `get 2 hit 1 set 1 del 0`; a topic
    /// that changes what is counted has none.
    pub fn stats(&self, topic: Option<StatsTopic>) -> Call<ToAll<'_>, Stats> {
        self.all(Stats { topic })
    }

    /// Each server's version.
    pub fn version(&self) -> Call<ToAll<'_>, Version> {
        self.all(Version)
    }

    /// Lets every item of every server expire.
    pub fn flush_all(&self) -> Call<ToAll<'_>, FlushAll> {
        self.all(FlushAll {
            delay: Duration::ZERO,
        })
    }

    /// Sends what the behavior `buffer_requests` holds back, and waits for the answers.
    ///
    /// With that behavior on, `set` and `delete` return at once. They are sent when something else goes to the same
    /// server, when a watermark is reached (`_io_msg_watermark`, `_io_bytes_watermark`), or by this call, whose result
    /// is each server's first failure since the last one.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// client.behaviors().set("buffer_requests", true)?;
    /// for number in 0..1000 {
    ///     client.set(&format!("key:{number}"), number).await?;
    /// }
    /// client.flush_buffers().await.all()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush_buffers(&self) -> Call<ToAll<'_>, FlushBuffers> {
        self.all(FlushBuffers)
    }

    fn all<C>(&self, command: C) -> Call<ToAll<'_>, C> {
        Call::new(ToAll(self), command)
    }
}

impl Target for Client {
    fn behaviors(&self) -> Behaviors {
        self.cluster.behaviors()
    }

    fn servers(&self) -> Vec<ServerSpec> {
        self.cluster.servers()
    }

    fn apply(
        &self,
        change: &mut dyn FnMut(&mut Replay) -> Result<(), mc_behaviors::Error>,
    ) -> Result<(), mc_behaviors::Error> {
        let cluster = Arc::downgrade(&self.cluster);
        self.cluster
            .change(change, |server| Link::new(&server, cluster.clone()))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.cluster.snapshot();
        let servers = snapshot.nodes.iter().map(|node| &node.name);
        f.debug_struct("Client")
            .field("servers", &servers.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
