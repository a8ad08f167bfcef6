//! A server's share of the key space.

/// A server's share of the key space, one of [`Locator::shares`](crate::Locator::shares).
///
/// ```
/// use mc_dist::{Distribution, Placement, Server, Share};
/// use mc_hash::Algorithm;
///
/// let servers = vec![Server::new("a", 11211), Server::new("b", 11211), Server::new("c", 11211)];
/// let place = |distribution| Placement::new(distribution, Algorithm::Default, servers.clone());
///
/// let modula = place(Distribution::Modula).locator()?.shares();
/// assert_eq!(modula[0], Share::Counted { hashes: 1_431_655_766, of: 1 << 32 });
///
/// let rendezvous = place(Distribution::Rendezvous).locator()?.shares();
/// assert_eq!(rendezvous[0], Share::Promised { weight: 1, of: 3 });
/// # Ok::<_, mc_dist::PlacementError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Share {
    /// Exact: so many of the key hash's values belong to this server.
    ///
    /// Over all servers the counts add up to `of`: 2³², but 2¹⁵ for crc, which has no more values.
    Counted {
        /// Hash values that lead to this server.
        hashes: u64,
        /// Hash values in all.
        of: u64,
    },
    /// Expected: jump, rendezvous and random divide keys by chance, not by ranges of a hash, and
    /// promise each server this part.
    Promised {
        /// This server's weight; 0 while it is ejected.
        weight: u64,
        /// The weights of all servers together.
        of: u64,
    },
}

impl Share {
    /// The share as a number from 0 to 1.
    pub fn fraction(self) -> f64 {
        let (Self::Counted { hashes: part, of } | Self::Promised { weight: part, of }) = self;
        part as f64 / of as f64
    }

    /// One promised share for each weight; the weights must not all be 0.
    pub(crate) fn promised(weights: impl Iterator<Item = u64> + Clone) -> Vec<Self> {
        let of = weights.clone().sum();
        weights
            .map(|weight| Self::Promised { weight, of })
            .collect()
    }
}
