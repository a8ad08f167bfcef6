//! The client: what it is made of; its commands are one line each.

mod every;
mod many;
mod one;
mod rows;

use std::fmt;
use std::sync::Arc;

use mc_behaviors::{Behaviors, Live, Replay, ServerSpec, Servers, Target};

use super::builder::Builder;
use super::link::Link;
use super::map::Map;
use crate::cluster::{Cluster, Options, Setup};
use crate::error::Error;
use crate::metrics::ServerMetrics;

/// An async memcached client for a cluster of servers.
///
/// Cheap to clone and meant to be shared: all clones use the same connections, one to each server, over
/// which the requests of all tasks are pipelined. A method gives a [`Call`](crate::Call), which takes options and is
/// sent when it is awaited.
///
/// A miss is `None`, a condition not met is `false`: errors are for what the caller did not ask about.
/// Dropping a call early is always safe: see [`Asking`](crate::Asking).
///
/// A connection is served by a task on the runtime of the call that first needed it, which also keeps the
/// deadlines of all calls over it. The runtime needs timers and sockets (`enable_all`). When that runtime ends, the next
/// call starts the task on its own; while it exists but does not run, calls from other runtimes wait for it.
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

    /// The name of the server that owns a key, without its weight; that of the one that stands in for it while it
    /// is ejected is not told.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`](crate::ErrorKind::InvalidKey).
    pub fn owner(&self, key: impl AsRef<[u8]>) -> Result<Arc<str>, Error> {
        let snapshot = self.cluster.snapshot();
        let owner = snapshot.owner(snapshot.key(key.as_ref())?);
        Ok(Arc::clone(&snapshot.nodes[owner].name))
    }

    /// The index of the server that owns a key in the list of [`servers`](Self::servers): pylibmc's `hash`.
    ///
    /// ```
    /// # let client = mc_client::Client::builder().servers(["cache1", "cache2"])?.build()?;
    /// assert_eq!(client.hash("user:42")?, 0);
    /// # Ok::<(), mc_client::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidKey`](crate::ErrorKind::InvalidKey).
    pub fn hash(&self, key: impl AsRef<[u8]>) -> Result<usize, Error> {
        let snapshot = self.cluster.snapshot();
        let key = snapshot.key(key.as_ref())?;
        Ok(snapshot.owner(key))
    }

    /// A client of the same servers, with the settings as they are now, and with connections of its own; a clone
    /// shares them.
    ///
    /// ```
    /// # let client = mc_client::Client::builder().servers(["cache1"])?.build()?;
    /// let bulk = client.separate();
    /// bulk.behaviors().set("_noreply", true)?;
    /// assert!(!client.behaviors().snapshot().noreply);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn separate(&self) -> Self {
        let (setup, options) = self.cluster.setup();
        Self::new(setup, options)
    }

    /// Closes every connection. Calls that are under way are finished over the old ones, the next calls make new ones.
    ///
    /// ```
    /// # let client = mc_client::Client::builder().servers(["cache1"])?.build()?;
    /// client.disconnect_all();
    /// # Ok::<(), mc_client::Error>(())
    /// ```
    pub fn disconnect_all(&self) {
        let cluster = Arc::downgrade(&self.cluster);
        self.cluster
            .renew(|server| Link::new(&server, cluster.clone()));
    }

    /// The client as a map from keys to values of one type.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// let visits = client.map::<u64>();
    /// visits.insert("home", 1).await?;
    /// assert_eq!(visits.get("home").await?, Some(1));
    /// assert!(visits.remove("home").await? && !visits.contains_key("home").await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn map<T>(&self) -> Map<'_, T> {
        Map::new(self)
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
