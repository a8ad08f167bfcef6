//! The order-dependent history of a libmemcached client, replayed.
//!
//! In libmemcached, what places keys is not what its behaviors read but what was called, and in which order:
//!
//! * A ring is rebuilt by every server added and by setting `distribution`, `ketama`, `ketama_weighted` or
//!   `_sort_hosts`. Setting `hash` does not: the points keep the old hash while keys take the new one.
//! * Adding a server of weight 2 or more to a ring makes it weighted; a pushed list of such servers does so always;
//!   setting `consistent` or `consistent ketama` afterwards makes it unweighted again.
//! * Sorting happens at a rebuild, and switching it off does not undo the order.
//!
//! A [`Replay`] takes those calls and always holds where they have led. It ends in a plain
//! [`Placement`], whose fields know no order.

mod servers;

use mc_dist::{BucketMap, Compat, Distribution, Locator, Placement, Server};
use mc_hash::Algorithm;

use crate::by_name::{self, Apply};
use crate::input::Input;
use crate::{Behavior, Behaviors, Error, Namespace, ServerSpec, Value, effects};

/// A client's settings and servers, as the calls so far have left them.
///
/// ```
/// use mc_behaviors::{Behaviors, Replay};
///
/// // Weights count if the servers come after the ring...
/// let mut replay = Replay::default();
/// replay.set("ketama", true)?;
/// replay.add_server("cache1:11211:3".parse()?);
/// replay.add_server("cache2".parse()?);
/// assert!(replay.placement().weighted);
///
/// // ... and do not if they come before.
/// replay.set("ketama", true)?;
/// assert!(!replay.placement().weighted);
///
/// let locator = replay.locator()?;
/// assert_eq!(replay.servers()[locator.owner(b"key")].to_string(), "cache2");
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    behaviors: Behaviors,
    servers: Vec<ServerSpec>,
    /// The key hash of the last rebuild.
    ring_hash: Algorithm,
    buckets: Option<BucketMap>,
}

impl Default for Replay {
    fn default() -> Self {
        Self::new(Behaviors::default())
    }
}

impl Replay {
    /// A client with these settings and no servers yet.
    pub fn new(behaviors: Behaviors) -> Self {
        Self {
            ring_hash: behaviors.hash,
            behaviors,
            servers: Vec::new(),
            buckets: None,
        }
    }

    /// The settings as they are now.
    pub fn behaviors(&self) -> &Behaviors {
        &self.behaviors
    }

    /// The servers in their final order: an index of [`locator`](Self::locator) is one of this list.
    pub fn servers(&self) -> &[ServerSpec] {
        &self.servers
    }

    /// Sets a behavior by name, see [`Behaviors::set`]; this also does to the ring what libmemcached does to it.
    ///
    /// # Errors
    /// As there; nothing has changed then.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        by_name::update(self, [(name, value)])
    }

    /// Sets several behaviors by name, all of them or none, see [`Behaviors::update`].
    ///
    /// # Errors
    /// As there; nothing has changed then.
    pub fn update<N: AsRef<str>, V: Into<Value>>(
        &mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), Error> {
        by_name::update(self, pairs)
    }

    /// Sets a behavior by its name in C, see [`Behaviors::set_c`].
    ///
    /// # Errors
    /// As there; nothing has changed then.
    pub fn set_c(&mut self, name: &str, number: impl Into<i128>) -> Result<(), Error> {
        by_name::set_c(self, name, number.into())
    }

    /// Sets the namespace, see [`Namespace`].
    ///
    /// # Errors
    /// As [`Namespace::new`]; nothing has changed then.
    pub fn set_namespace(&mut self, namespace: &[u8]) -> Result<(), Error> {
        self.set("namespace", namespace)
    }

    /// Changes the settings as plain data, and rebuilds: no stale ring is left, and no side effect takes place.
    pub fn modify(&mut self, change: impl FnOnce(&mut Behaviors)) {
        change(&mut self.behaviors);
        self.rebuild();
    }

    /// Adds a server: `memcached_server_add_with_weight` and its unix and UDP relatives.
    pub fn add_server(&mut self, server: ServerSpec) {
        self.behaviors.ketama_weighted |= server.weight > 1 && self.has_ring();
        self.servers.push(server);
        self.rebuild();
    }

    /// Adds a list of servers at once: `memcached_server_push`. Weights count here under any distribution.
    pub fn push(&mut self, servers: impl IntoIterator<Item = ServerSpec>) {
        let known = self.servers.len();
        self.servers.extend(servers);
        let added = &self.servers[known..];
        if added.is_empty() {
            return;
        }
        self.behaviors.ketama_weighted |= has_weights(added);
        self.rebuild();
    }

    /// Sets a map of virtual buckets, and the distribution to go with it: `memcached_bucket_set`.
    ///
    /// That its servers exist is checked by [`locator`](Self::locator): they may be added later.
    pub fn set_buckets(&mut self, buckets: BucketMap) {
        self.buckets = Some(buckets);
        effects::distribution(&mut self.behaviors, Distribution::VirtualBucket);
        self.rebuild();
    }

    /// What `memcached_clone` makes of this client, which may **place keys differently**.
    ///
    /// Its weights are recomputed from the servers alone: a client of `ketama_weighted` whose weights are all 1
    /// becomes an unweighted one. A map of virtual buckets is lost. A ring is built with the current hash.
    /// A plain [`Clone`] keeps the placement.
    #[must_use]
    pub fn as_cloned_by_libmemcached(&self) -> Self {
        let mut copy = self.clone();
        copy.behaviors.ketama_weighted = has_weights(&self.servers);
        copy.buckets = None;
        copy.rebuild();
        copy
    }

    /// What decides the owner of each key, as a plain value.
    pub fn placement(&self) -> Placement {
        let Behaviors {
            hash,
            distribution,
            ketama_weighted,
            sort_hosts,
            hash_with_namespace,
            namespace,
            compat,
            ..
        } = &self.behaviors;
        let namespace = namespace.as_ref().map_or(&[][..], Namespace::as_bytes);
        Placement {
            servers: self.servers.iter().map(Server::from).collect(),
            distribution: *distribution,
            key_hash: *hash,
            ring_hash: self.ring_hash,
            weighted: *ketama_weighted,
            sorted: *sort_hosts,
            namespace: hash_with_namespace.then(|| namespace.to_vec()),
            buckets: self.buckets.clone(),
            compat: *compat,
            ..Placement::default()
        }
    }

    /// Builds what looks keys up.
    ///
    /// # Errors
    /// [`ErrorKind::Placement`](crate::ErrorKind::Placement) if there are no servers, or the bucket map names one that
    /// is not there.
    pub fn locator(&self) -> Result<Locator, Error> {
        self.placement().locator().map_err(Error::placement)
    }

    fn has_ring(&self) -> bool {
        self.behaviors.distribution.is_continuum()
    }

    /// libmemcached's `run_distribution`.
    fn rebuild(&mut self) {
        if self.behaviors.sort_hosts {
            self.servers
                .sort_by(|a, b| (&a.name.host, a.name.port).cmp(&(&b.name.host, b.name.port)));
        }
        self.ring_hash = self.behaviors.hash;
    }
}

fn has_weights(servers: &[ServerSpec]) -> bool {
    servers.iter().any(|server| server.weight > 1)
}

impl Apply for Replay {
    fn compat(&self) -> Compat {
        self.behaviors.compat
    }

    fn apply(&mut self, input: &Input<'_>) -> Result<(), Error> {
        effects::apply(&mut self.behaviors, input)?;
        if matches!(
            input.behavior,
            Behavior::Distribution
                | Behavior::Ketama
                | Behavior::KetamaWeighted
                | Behavior::SortHosts
        ) {
            self.rebuild();
        }
        Ok(())
    }
}
