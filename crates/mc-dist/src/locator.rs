//! Looks keys up: a [`Placement`], made ready.

use std::sync::Arc;

use mc_hash::Algorithm;

use crate::continuum::{Names, Recipe, Values};
use crate::jump::Jump;
use crate::modula::Modula;
use crate::namespace;
use crate::random::Random;
use crate::rendezvous::Rendezvous;
use crate::ring::Ring;
use crate::virtual_bucket::VirtualBucket;
use crate::{Compat, Distribution, Placement, Point, Server, Share};

/// Finds the server that owns a key, without allocating.
///
/// Built by [`Placement::locator`] and never changed afterwards; put it into an [`Arc`] to share it
/// between threads. Servers are named by their index into [`servers`](Self::servers).
///
/// ```
/// use mc_dist::{Distribution, Placement, Server};
/// use mc_hash::Algorithm;
///
/// let servers = ["cache1", "cache2", "cache3"].map(|host| Server::new(host, 11211));
/// let locator = Placement::new(Distribution::Ketama, Algorithm::Md5, servers.to_vec()).locator()?;
/// let owner = locator.owner(b"user:42");
/// assert_eq!(locator.servers()[owner].host, "cache2");
///
/// // The owner and one replica, and the owner while cache2 is down.
/// assert_eq!(locator.with_replicas(b"user:42", 1).collect::<Vec<_>>(), [1, 2]);
/// assert_ne!(locator.without(&[1]).owner(b"user:42"), 1);
/// # Ok::<_, mc_dist::PlacementError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Locator {
    placement: Arc<Placement>,
    table: Table,
}

/// What is kept ready for each way of placing.
#[derive(Clone, Debug)]
enum Table {
    Modula(Modula),
    Ring(Ring),
    Random(Random),
    VirtualBucket(VirtualBucket),
    Jump(Jump),
    Rendezvous(Rendezvous),
}

impl Locator {
    /// For a checked placement with its servers in final order.
    pub(crate) fn new(placement: Placement) -> Self {
        let live = vec![true; placement.servers.len()];
        Self {
            table: Table::new(&placement, &live),
            placement: Arc::new(placement),
        }
    }

    /// The servers in their final order (sorted, if that was asked for).
    pub fn servers(&self) -> &[Server] {
        &self.placement.servers
    }

    /// The hash that decides a key's owner.
    ///
    /// With a namespace to be hashed it is that of namespace + key, and, as in libmemcached, 0 if
    /// these are more than 250 bytes together; a NUL in the key then ends it.
    /// With a single server it is always 0.
    pub fn hash(&self, key: &[u8]) -> u32 {
        if self.servers().len() == 1 {
            return 0;
        }
        match &self.placement.namespace {
            Some(namespace) => namespace::hash(self.algorithm(), namespace, key),
            None => self.algorithm().hash(key),
        }
    }

    /// The server that owns `key`.
    #[inline]
    pub fn owner(&self, key: &[u8]) -> usize {
        if self.servers().len() == 1 {
            return 0;
        }
        self.owner_of_hash(self.hash(key))
    }

    /// Appends the [`owner`](Self::owner) of each key to `owners`, in the order of the keys.
    ///
    /// Quicker than one by one where the hash is, see [`Algorithm::hash_each`]. A hashed namespace
    /// makes it go one by one. Allocates nothing while `owners` has room.
    ///
    /// ```
    /// use mc_dist::{Distribution, Placement, Server};
    /// use mc_hash::Algorithm;
    ///
    /// let servers = ["cache1", "cache2", "cache3"].map(|host| Server::new(host, 11211));
    /// let placement = Placement::new(Distribution::Weighted, Algorithm::Md5, servers.to_vec());
    /// let locator = placement.locator()?;
    ///
    /// let keys = ["user:42", "user:43", "user:44"];
    /// let mut owners = Vec::new(); // cleared and used again by whoever asks often
    /// locator.owners(keys, &mut owners);
    /// assert_eq!(owners, keys.map(|key| locator.owner(key.as_bytes())));
    /// # Ok::<_, mc_dist::PlacementError>(())
    /// ```
    pub fn owners<K: AsRef<[u8]>>(
        &self,
        keys: impl IntoIterator<Item = K>,
        owners: &mut Vec<usize>,
    ) {
        if self.servers().len() == 1 || self.placement.namespace.is_some() {
            owners.extend(keys.into_iter().map(|key| self.owner(key.as_ref())));
        } else {
            let add = |hash| owners.push(self.owner_of_hash(hash));
            self.algorithm().hash_each(keys, add);
        }
    }

    /// The server that owns every key with this [`hash`](Self::hash).
    ///
    /// [`Distribution::Random`] draws a new one at each call.
    pub fn owner_of_hash(&self, hash: u32) -> usize {
        match &self.table {
            Table::Modula(modula) => modula.owner(hash),
            Table::Ring(ring) => ring.owner(hash),
            Table::Random(random) => random.draw(),
            Table::VirtualBucket(buckets) => buckets.owner(hash),
            Table::Jump(jump) => jump.owner(hash),
            Table::Rendezvous(rendezvous) => rendezvous.owner(hash),
        }
    }

    /// The owner of `key`, then the `replicas` servers after it by index, going round.
    ///
    /// No server comes twice: at most as many come as there are. Ejected servers do come, except
    /// as owner; libmemcached chooses replicas by index alone.
    pub fn with_replicas(
        &self,
        key: &[u8],
        replicas: usize,
    ) -> impl Iterator<Item = usize> + use<> {
        let (owner, servers) = (self.owner(key), self.servers().len());
        (0..servers)
            .take(replicas.saturating_add(1))
            .map(move |step| (owner + step) % servers)
    }

    /// The same placement while the servers at these indexes are ejected; no index changes.
    ///
    /// * On a continuum the ring is made anew without them. They count in no weight either, so on
    ///   a weighted one the others' points change a little.
    /// * Jump and rendezvous give their keys, and only theirs, to the others.
    /// * Modula, virtual bucket and random go on with all servers, as in libmemcached.
    ///
    /// The indexes are all that are ejected, whatever was ejected before: `without(&[])` brings
    /// everyone back. If nobody is left, the locator stays as it is. Indexes outside the list name
    /// nobody.
    #[must_use]
    pub fn without(&self, ejected: &[usize]) -> Self {
        let mut live = vec![true; self.servers().len()];
        for &server in ejected {
            if let Some(live) = live.get_mut(server) {
                *live = false;
            }
        }
        let table = match &self.table {
            Table::Ring(_) | Table::Jump(_) | Table::Rendezvous(_) if live.contains(&true) => {
                Table::new(&self.placement, &live)
            }
            unchanged => unchanged.clone(),
        };
        Self {
            placement: Arc::clone(&self.placement),
            table,
        }
    }

    /// The points of a continuum in ring order; empty for every other distribution.
    pub fn points(&self) -> &[Point] {
        match &self.table {
            Table::Ring(ring) => ring.points(),
            _ => &[],
        }
    }

    /// Each server's share of the key space, by index.
    ///
    /// Exact where a server owns ranges of the key hash's values: modula, virtual bucket and every
    /// continuum. Otherwise what the distribution promises.
    pub fn shares(&self) -> Vec<Share> {
        let of = match self.algorithm() {
            Algorithm::Crc => 1 << 15,
            _ => 1 << 32,
        };
        match &self.table {
            Table::Modula(modula) => modula.shares(of),
            Table::Ring(ring) => ring.shares(self.servers().len(), of),
            Table::Random(random) => random.shares(),
            Table::VirtualBucket(buckets) => buckets.shares(of),
            Table::Jump(jump) => jump.shares(),
            Table::Rendezvous(rendezvous) => rendezvous.shares(),
        }
    }

    /// What hashes the keys: for our own distributions always murmur3.
    fn algorithm(&self) -> Algorithm {
        match self.placement.distribution {
            Distribution::Jump | Distribution::Rendezvous => Algorithm::Murmur3,
            _ => self.placement.key_hash,
        }
    }
}

impl Table {
    /// Of a checked placement, with only the `live` servers, of which there must be one.
    fn new(placement: &Placement, live: &[bool]) -> Self {
        let servers = &placement.servers;
        let count = servers.len() as u32; // at most MAX_SERVERS
        match placement.distribution {
            Distribution::Modula => Self::Modula(Modula { servers: count }),
            Distribution::Consistent
            | Distribution::Ketama
            | Distribution::KetamaSpy
            | Distribution::Weighted => Self::Ring(recipe(placement).ring(servers, live)),
            Distribution::Random => Self::Random(Random::new(count, placement.seed)),
            Distribution::VirtualBucket => Self::VirtualBucket(buckets(placement, count)),
            Distribution::Jump => Self::Jump(Jump::new(servers, live)),
            Distribution::Rendezvous => {
                Self::Rendezvous(Rendezvous::new(servers, live, Server::effective_weight))
            }
        }
    }
}

/// How the points of a placement's continuum are made.
fn recipe(placement: &Placement) -> Recipe {
    Recipe {
        names: match placement.distribution {
            Distribution::KetamaSpy => Names::Spy,
            _ => Names::Usual,
        },
        values: match placement.weighted {
            true => Values::Weighted,
            false => Values::Even(placement.ring_hash),
        },
    }
}

/// The buckets of a placement, with a map or without.
fn buckets(placement: &Placement, servers: u32) -> VirtualBucket {
    match (&placement.buckets, placement.compat) {
        (Some(map), _) => VirtualBucket::new(map.clone(), servers),
        (None, Compat::V1_1) => VirtualBucket::one_each(servers),
        (None, Compat::V1_0) => VirtualBucket::all_on_first(servers),
    }
}
