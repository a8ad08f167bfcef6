//! A placement: everything that decides which server owns a key, as a plain value.

use mc_hash::Algorithm;

use crate::{BucketMap, Distribution, Locator, PlacementError, Server};

/// The most servers that one placement can hold.
pub const MAX_SERVERS: usize = 1 << 16;

/// Which libmemcached decides where two of them differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compat {
    /// libmemcached 1.1.4, which Linux distributions link.
    #[default]
    V1_1,
    /// libmemcached 1.0.16, which pylibmc's wheels bundle: a virtual bucket without a map gives
    /// every key to server 0.
    V1_0,
}

impl Compat {
    /// The version of libmemcached that placement and behaviors agree with.
    ///
    /// ```
    /// use mc_dist::Compat;
    ///
    /// assert_eq!(Compat::default().libmemcached_version(), "1.1.4");
    /// assert_eq!(Compat::V1_0.libmemcached_version(), "1.0.16");
    /// ```
    pub const fn libmemcached_version(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1.4",
            Self::V1_0 => "1.0.16",
        }
    }
}

/// Everything that decides which server owns a key.
///
/// A plain value: fields may be set in any order, and equal placements place alike, on every
/// platform. [`locator`](Self::locator) builds from it what looks keys up.
/// The default is libmemcached's: no servers yet, modula, one-at-a-time.
///
/// ```
/// use mc_dist::{Distribution, Placement, Server};
/// use mc_hash::Algorithm;
///
/// let servers = vec![Server::new("cache1", 11211), Server::new("cache2", 11211).weight(3)];
/// let placement = Placement {
///     namespace: Some(b"shop:".to_vec()),
///     ..Placement::new(Distribution::Weighted, Algorithm::Md5, servers)
/// };
/// let locator = placement.locator()?;
/// assert_eq!(locator.owner(b"user:42"), 0);
///
/// let error = Placement::default().locator().unwrap_err();
/// assert_eq!(error.to_string(), "no servers: placement needs at least one");
/// # Ok::<_, mc_dist::PlacementError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The servers, 1 to [`MAX_SERVERS`]. A server given twice counts twice.
    pub servers: Vec<Server>,
    /// The way from a hash to a server.
    pub distribution: Distribution,
    /// What hashes a key. Jump and rendezvous take murmur3 instead, whatever this says.
    pub key_hash: Algorithm,
    /// What hashed the points of an unweighted continuum; points of a weighted one are always md5.
    ///
    /// In libmemcached this is the key hash of the time when the ring was last built.
    pub ring_hash: Algorithm,
    /// Whether a continuum's points follow the servers' weights.
    ///
    /// This, not [`distribution`](Self::distribution), decides: in libmemcached plain ketama may
    /// be weighted, and `consistent weighted` may have lost its weights (to a clone).
    /// [`Placement::new`] sets it for [`Distribution::Weighted`] alone.
    pub weighted: bool,
    /// Whether the servers are put in order first, by host bytes, then port: their indexes change.
    pub sorted: bool,
    /// What is hashed in front of every key (libmemcached's `HASH_WITH_PREFIX_KEY`); with `None`,
    /// its default, only the bare key is hashed, whether a namespace is sent or not.
    ///
    /// `Some` of nothing is not `None`: it is what libmemcached does with the behavior set but no
    /// namespace, and cuts keys at a NUL (see [`Locator::hash`]).
    pub namespace: Option<Vec<u8>>,
    /// Which server has each bucket under [`Distribution::VirtualBucket`].
    pub buckets: Option<BucketMap>,
    /// Where [`Distribution::Random`] begins: the same seed draws the same servers.
    pub seed: u64,
    /// Which libmemcached decides where two of them differ.
    pub compat: Compat,
}

impl Placement {
    /// A placement with `hash` for keys and points, weighted if `distribution` is
    /// [`Weighted`](Distribution::Weighted), and otherwise the default.
    ///
    /// libmemcached's `KETAMA_WEIGHTED` is `new(Distribution::Weighted, Algorithm::Md5, servers)`.
    pub fn new(distribution: Distribution, hash: Algorithm, servers: Vec<Server>) -> Self {
        Self {
            servers,
            distribution,
            key_hash: hash,
            ring_hash: hash,
            weighted: distribution == Distribution::Weighted,
            ..Self::default()
        }
    }

    /// Builds what looks keys up.
    ///
    /// # Errors
    /// No servers, too many, or a bucket map that names a server which is not there (checked
    /// under [`Distribution::VirtualBucket`] only, as nothing else reads the map).
    pub fn locator(&self) -> Result<Locator, PlacementError> {
        let mut placement = self.clone();
        check_count(&placement.servers)?;
        if placement.sorted {
            sort(&mut placement.servers);
        }
        if let (Distribution::VirtualBucket, Some(map)) = (self.distribution, &self.buckets) {
            map.check(self.servers.len())?;
        }
        Ok(Locator::new(placement))
    }
}

/// Refuses an empty list and one past [`MAX_SERVERS`].
pub(crate) fn check_count(servers: &[Server]) -> Result<(), PlacementError> {
    match servers.len() {
        0 => Err(PlacementError::NoServers),
        1..=MAX_SERVERS => Ok(()),
        count => Err(PlacementError::TooManyServers { count }),
    }
}

/// libmemcached's `SORT_HOSTS`: by host bytes, then port; equal ones keep their order.
fn sort(servers: &mut [Server]) {
    servers.sort_by(|a, b| (&a.host, a.port).cmp(&(&b.host, b.port)));
}
