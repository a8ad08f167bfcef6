//! Many keys, grouped by the server that each goes to.

use std::time::Instant;

use super::{Cluster, Snapshot};
use crate::error::Error;

/// The keys of one server: positions in the caller's list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// The server's index.
    pub(crate) server: usize,
    /// The positions, ascending.
    pub(crate) at: Vec<usize>,
}

impl<L> Cluster<L> {
    /// Groups the keys at positions `at` by server.
    ///
    /// A key that is invalid, or whose server is down with nobody to stand in, is given to `refuse`.
    pub(crate) fn group<K: AsRef<[u8]>>(
        &self,
        snapshot: &Snapshot<L>,
        keys: &[K],
        at: impl IntoIterator<Item = usize>,
        mut refuse: impl FnMut(usize, Error),
    ) -> Vec<Group> {
        let now = Instant::now();
        let empty = |server| Group {
            server,
            at: Vec::new(),
        };
        let mut groups: Vec<_> = (0..snapshot.nodes.len()).map(empty).collect();
        for position in at {
            let key = snapshot.key(keys[position].as_ref());
            match key.and_then(|key| self.route(snapshot, key, now)) {
                Ok(server) => groups[server].at.push(position),
                Err(error) => refuse(position, error),
            }
        }
        groups.retain(|group| !group.at.is_empty());
        groups
    }
}
