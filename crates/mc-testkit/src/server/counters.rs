//! What the server counts, for `stats`.

use std::collections::BTreeMap;

/// Counters that grow until `stats reset`, by memcached's names.
const NAMES: [&str; 19] = [
    "cas_badval",
    "cas_hits",
    "cas_misses",
    "cmd_flush",
    "cmd_get",
    "cmd_set",
    "cmd_touch",
    "decr_hits",
    "decr_misses",
    "delete_hits",
    "delete_misses",
    "evictions",
    "get_hits",
    "get_misses",
    "incr_hits",
    "incr_misses",
    "total_items",
    "touch_hits",
    "touch_misses",
];

/// The counters of one server since its start.
#[derive(Debug)]
pub(super) struct Counters {
    counts: BTreeMap<&'static str, u64>,
    curr_connections: u64,
    total_connections: u64,
}

impl Counters {
    pub(super) fn new() -> Self {
        Self {
            counts: NAMES.map(|name| (name, 0)).into(),
            curr_connections: 0,
            total_connections: 0,
        }
    }

    /// Adds one to the counter of this name.
    pub(super) fn count(&mut self, name: &'static str) {
        debug_assert!(NAMES.contains(&name), "{name} is no counter");
        *self.counts.entry(name).or_default() += 1;
    }

    /// Counts a hit or a miss of a command with counters for both.
    pub(super) fn hit(&mut self, hit: bool, hits: &'static str, misses: &'static str) {
        self.count(if hit { hits } else { misses });
    }

    /// Begins again, but for the connections that are there.
    pub(super) fn reset(&mut self) {
        *self = Self {
            curr_connections: self.curr_connections,
            ..Self::new()
        };
    }

    pub(super) fn connected(&mut self) {
        self.curr_connections += 1;
        self.total_connections += 1;
    }

    pub(super) fn disconnected(&mut self) {
        self.curr_connections -= 1;
    }

    /// Every counter with its name.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let connections = [
            ("curr_connections", self.curr_connections),
            ("total_connections", self.total_connections),
        ];
        let counts = self.counts.iter().map(|(name, count)| (*name, *count));
        connections.into_iter().chain(counts)
    }
}
