//! Why a placement cannot be used.

use crate::MAX_SERVERS;

/// What is wrong with a [`Placement`](crate::Placement) or a [`BucketMap`](crate::BucketMap).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlacementError {
    /// The list of servers is empty, so no key has an owner.
    #[error("no servers: placement needs at least one")]
    NoServers,

    /// The list of servers is longer than [`MAX_SERVERS`].
    #[error("{count} servers are too many: at most {MAX_SERVERS} are allowed")]
    TooManyServers {
        /// How many were given.
        count: usize,
    },

    /// A bucket map has no buckets.
    #[error("the bucket map is empty: it needs at least one bucket")]
    NoBuckets,

    /// A bucket map names a server that is not in the list.
    #[error("bucket {bucket} belongs to server {server}, but the servers are 0 to {last}", last = servers - 1)]
    NoSuchServer {
        /// Position in the map, from 0.
        bucket: usize,
        /// Index of the server that it names.
        server: u32,
        /// Length of the server list.
        servers: usize,
    },
}
