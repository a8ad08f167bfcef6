//! The continuum: which points a list of servers puts on the ring.
//!
//! ```text
//!                 even                                weighted
//! a server's      100 points                          4 points of each of k digests,
//! points                                              k = ⌊weight / total · 160 / 4 · servers⌋
//! i-th value      hash(name-i)                        md5(name-i), as four u32, little-endian
//! name            host            port 11211          the same
//!                 host:port       any other (a unix socket: path:0)
//!                 /host:port      spy, for every port
//! ```

use std::mem;

use mc_hash::{Algorithm, md5_points_each};

use crate::placement::check_count;
use crate::ring::{Point, Ring};
use crate::{DEFAULT_PORT, PlacementError, Server};

/// Points of one server on an even continuum.
const EVEN_POINTS: u32 = 100;

/// Points per server of a weighted continuum, on average.
const WEIGHTED_POINTS: f32 = 160.0;

/// Points that one md5 digest gives.
const POINTS_PER_DIGEST: f32 = 4.0;

/// The continuum alone, for those who hash keys themselves.
///
/// For everything else (namespaces, ejection, other distributions) build a
/// [`Placement`](crate::Placement).
///
/// ```
/// use mc_dist::{Continuum, Server};
///
/// let servers = [Server::new("cache1", 11211), Server::new("cache2", 11211).weight(2)];
/// let continuum = Continuum::ketama_weighted(&servers)?;
/// let owner: &Server = continuum.owner(mc_hash::md5(b"user:42"));
/// assert_eq!(owner.host, "cache2");
///
/// assert!(Continuum::ketama_weighted(&[]).is_err());
/// # Ok::<_, mc_dist::PlacementError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Continuum {
    servers: Vec<Server>,
    ring: Ring,
}

impl Continuum {
    /// libmemcached's `consistent ketama`: 100 points per server, made with `hash`, which has to
    /// hash the keys as well.
    ///
    /// # Errors
    /// No servers, or more than [`MAX_SERVERS`](crate::MAX_SERVERS).
    pub fn ketama(servers: &[Server], hash: Algorithm) -> Result<Self, PlacementError> {
        Self::new(servers, Values::Even(hash))
    }

    /// libmemcached's `consistent weighted`: points by md5, as many as the weights ask for.
    ///
    /// Keys are hashed with md5 as a rule (`KETAMA_WEIGHTED` sets both).
    ///
    /// # Errors
    /// No servers, or more than [`MAX_SERVERS`](crate::MAX_SERVERS).
    pub fn ketama_weighted(servers: &[Server]) -> Result<Self, PlacementError> {
        Self::new(servers, Values::Weighted)
    }

    fn new(servers: &[Server], values: Values) -> Result<Self, PlacementError> {
        check_count(servers)?;
        let recipe = Recipe {
            names: Names::Usual,
            values,
        };
        Ok(Self {
            servers: servers.to_vec(),
            ring: recipe.ring(servers, &vec![true; servers.len()]),
        })
    }

    /// The server that owns a hash.
    pub fn owner(&self, hash: u32) -> &Server {
        &self.servers[self.ring.owner(hash)]
    }

    /// The servers, in the order given: a point's `server` is an index into them.
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// All points in ring order.
    pub fn points(&self) -> &[Point] {
        self.ring.points()
    }
}

/// How a continuum's points are made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recipe {
    pub(crate) names: Names,
    pub(crate) values: Values,
}

/// What points are called before they are hashed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Names {
    /// libmemcached's.
    Usual,
    /// spymemcached's.
    Spy,
}

/// How many points there are, and what hashes their names.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Values {
    /// The same number for every server, with this hash.
    Even(Algorithm),
    /// By weight, with md5.
    Weighted,
}

impl Recipe {
    /// The ring of those `servers` that are `live`, of which there must be one.
    ///
    /// It is never empty: the heaviest server's part of a weighted ring is the average or more.
    pub(crate) fn ring(self, servers: &[Server], live: &[bool]) -> Ring {
        let all = (0..).zip(servers).zip(live);
        let live: Vec<(u32, &Server)> = all
            .filter_map(|(server, live)| live.then_some(server))
            .collect();
        let weights = live.iter().map(|(_, server)| server.effective_weight());
        let total = weights.map(u64::from).sum();
        let mut points = Vec::with_capacity(live.len() * WEIGHTED_POINTS as usize);
        // The names of a server, one behind the other, and where each ends.
        let (mut names, mut ends) = (String::new(), Vec::new());
        for &(server, spec) in &live {
            names.clear();
            ends.clear();
            let stem = self.names.stem(spec);
            for i in 0..self.values.names(spec, total, live.len()) {
                names.push_str(&stem);
                names.push_str(itoa::Buffer::new().format(i));
                ends.push(names.len());
            }
            let name =
                |start: &mut usize, end: &usize| Some(&names[mem::replace(start, *end)..*end]);
            let add = |value| points.push(Point { value, server });
            self.values.each(ends.iter().scan(0, name), add);
        }
        Ring::new(points)
    }
}

impl Names {
    /// What all names of a server's points start with.
    fn stem(self, Server { host, port, .. }: &Server) -> String {
        match (self, *port) {
            (Self::Spy, _) => format!("/{host}:{port}-"),
            (Self::Usual, DEFAULT_PORT) => format!("{host}-"),
            (Self::Usual, _) => format!("{host}:{port}-"),
        }
    }
}

impl Values {
    /// How many names a server's points have, among `servers` that weigh `total`.
    fn names(self, server: &Server, total: u64, servers: usize) -> u32 {
        match self {
            Self::Even(_) => EVEN_POINTS,
            Self::Weighted => digests(server.effective_weight(), total, servers),
        }
    }

    /// Hands over each value that the names give.
    fn each(self, names: impl Iterator<Item: AsRef<[u8]>>, mut add: impl FnMut(u32)) {
        match self {
            Self::Even(hash) => hash.hash_each(names, add),
            Self::Weighted => {
                md5_points_each(names, |points| points.into_iter().for_each(&mut add))
            }
        }
    }
}

/// How many digests a server of a weighted continuum gets; 0 for a very light one.
///
/// The steps and their rounding to `f32` are libmemcached's, as they decide at the edges.
fn digests(weight: u32, total: u64, servers: usize) -> u32 {
    let part = weight as f32 / total as f32;
    (part * WEIGHTED_POINTS / POINTS_PER_DIGEST * servers as f32 + 1e-10).floor() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_of_point_names() {
        for (host, port, usual, spy) in [
            ("cache1", 11211, "cache1-", "/cache1:11211-"),
            ("cache1", 11212, "cache1:11212-", "/cache1:11212-"),
            ("fe80::1", 11212, "fe80::1:11212-", "/fe80::1:11212-"),
            ("/run/m.sock", 0, "/run/m.sock:0-", "//run/m.sock:0-"),
        ] {
            let server = Server::new(host, port);
            for (names, expected) in [(Names::Usual, usual), (Names::Spy, spy)] {
                assert_eq!(names.stem(&server), expected);
            }
        }
    }

    #[test]
    fn digests_by_weight() {
        for (weight, total, servers, expected) in [
            (1, 1, 1, 40),
            (1, 3, 3, 40),
            (2, 4, 3, 60),
            (1, 1000, 3, 0),
            (u32::MAX, 1 << 33, 2, 40),
            // Where rounding to f32 decides; exactly it would be one more.
            (1, 25, 5, 7),
            (24, 25, 5, 191),
            (29, 30, 3, 115),
            (29, 60, 3, 57),
        ] {
            let digests = digests(weight, total, servers);
            assert_eq!(digests, expected, "{weight} of {total}, {servers} servers");
        }
    }
}
