//! The part of a server that decides placement: name, port, weight.

/// memcached's port, which libmemcached leaves out of the names of a ring's points.
pub const DEFAULT_PORT: u16 = 11211;

/// A server as placement sees it.
///
/// Placement hashes the *name* as it is written, so `localhost` and `127.0.0.1` are two servers,
/// and every client of a cluster has to spell its servers alike.
///
/// ```
/// use mc_dist::Server;
///
/// let tcp = Server::new("cache1.example", 11211).weight(2);
/// let v6 = Server::new("fe80::1", 11212); // without brackets
/// let unix = Server::new("/run/memcached.sock", 0);
/// assert_eq!((tcp.weight, v6.weight, unix.weight), (2, 1, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Server {
    /// Host name or address without brackets; for a unix socket its path.
    pub host: String,
    /// TCP or UDP port; 0 for a unix socket.
    pub port: u16,
    /// Share of the keys against the other servers' weights, where weights count. 0 means 1.
    pub weight: u32,
}

impl Server {
    /// A server of weight 1. For a unix socket, `host` is the path and `port` is 0.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
            weight: 1,
        }
    }

    /// The same server with this weight; 0 means 1.
    #[must_use]
    pub fn weight(self, weight: u32) -> Self {
        Self { weight, ..self }
    }

    /// The weight that counts: 0 means 1.
    pub(crate) fn effective_weight(&self) -> u32 {
        self.weight.max(1)
    }
}
