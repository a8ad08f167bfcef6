//! Virtual buckets: a fixed map from the hash's low bits to servers.

use crate::{PlacementError, Share};

/// Which server has each bucket.
///
/// A key's bucket is `hash & (buckets - 1)`. That is a mask, not a remainder: unless the number of
/// buckets is a power of two, some of them never get a key (as in libmemcached).
///
/// ```
/// use mc_dist::BucketMap;
///
/// let map = BucketMap::new([0, 2, 1, 1])?;
/// assert_eq!(map.servers(), [0, 2, 1, 1]);
/// assert_eq!(BucketMap::new([]).unwrap_err().to_string(), "the bucket map is empty: it needs at least one bucket");
/// # Ok::<_, mc_dist::PlacementError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketMap(Vec<u32>);

impl BucketMap {
    /// A map from its servers' indexes, bucket by bucket.
    ///
    /// # Errors
    /// [`PlacementError::NoBuckets`] if there are none. Whether the servers exist is checked by
    /// [`Placement::locator`](crate::Placement::locator).
    pub fn new(servers: impl Into<Vec<u32>>) -> Result<Self, PlacementError> {
        let servers = servers.into();
        match servers.len() {
            0 => Err(PlacementError::NoBuckets),
            _ => Ok(Self(servers)),
        }
    }

    /// Each bucket's server, an index into the final server list.
    pub fn servers(&self) -> &[u32] {
        &self.0
    }

    /// Refuses a map that names a server outside a list of this length.
    pub(crate) fn check(&self, servers: usize) -> Result<(), PlacementError> {
        let outside = |server: &u32| *server as usize >= servers;
        match self.0.iter().position(outside) {
            None => Ok(()),
            Some(bucket) => Err(PlacementError::NoSuchServer {
                bucket,
                server: self.0[bucket],
                servers,
            }),
        }
    }
}

/// The map in use; an ejected server keeps its buckets.
#[derive(Clone, Debug)]
pub(crate) struct VirtualBucket {
    buckets: Vec<u32>,
    servers: usize,
}

impl VirtualBucket {
    /// A checked map over `servers` servers.
    pub(crate) fn new(map: BucketMap, servers: u32) -> Self {
        Self {
            buckets: map.0,
            servers: servers as usize,
        }
    }

    /// No map: a bucket for each server, in order.
    pub(crate) fn one_each(servers: u32) -> Self {
        Self::new(BucketMap((0..servers).collect()), servers)
    }

    /// libmemcached 1.0.16 without a map: a single bucket, on server 0.
    pub(crate) fn all_on_first(servers: u32) -> Self {
        Self::new(BucketMap(vec![0]), servers)
    }

    pub(crate) fn owner(&self, hash: u32) -> usize {
        self.buckets[hash as usize & self.mask()] as usize
    }

    /// Every bucket that the mask reaches has the same part of the `of` (a power of two) values.
    pub(crate) fn shares(&self, of: u64) -> Vec<Share> {
        let mask = self.mask() as u64 & (of - 1);
        let each = of >> mask.count_ones();
        let mut counts = vec![0; self.servers];
        for (bucket, &server) in (0..).zip(&self.buckets) {
            if bucket & mask == bucket {
                counts[server as usize] += each;
            }
        }
        let share = |hashes| Share::Counted { hashes, of };
        counts.into_iter().map(share).collect()
    }

    fn mask(&self) -> usize {
        self.buckets.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each map against a count, over a key space of 2¹⁰.
    #[test]
    fn shares_are_counted() {
        let of = 1 << 10;
        for (map, servers) in [
            (vec![0, 2, 1, 1], 4),
            (vec![0, 1, 2, 3, 4, 5], 6),
            (vec![0], 3),
            ((0..3000).map(|bucket| bucket % 7).collect(), 7),
        ] {
            let buckets = VirtualBucket::new(BucketMap(map.clone()), servers);
            let mut counts = vec![0; servers as usize];
            for hash in 0..of {
                counts[map[hash as usize & (map.len() - 1)] as usize] += 1;
                assert_eq!(
                    buckets.owner(hash),
                    map[hash as usize & (map.len() - 1)] as usize
                );
            }
            let of = u64::from(of);
            let counted: Vec<_> = counts
                .iter()
                .map(|&hashes| Share::Counted { hashes, of })
                .collect();
            assert_eq!(buckets.shares(of), counted, "{map:?}");
        }
    }
}
