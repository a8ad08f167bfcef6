//! The keys of one round, grouped by server and cut into requests.

use std::ops::Range;

use mc_proto::Key;

use crate::cluster::Route;

/// The keys of one server in one round, cut into requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group<'k> {
    /// The server's index.
    pub(crate) server: usize,
    /// Whether the requests are copies: another server's answers count.
    pub(crate) copies: bool,
    pub(super) held: Held<'k>,
    /// Where each request ends in these.
    ends: Vec<usize>,
}

/// The keys of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held<'k> {
    /// All at these positions in the caller's list; each is checked when its request is made, while the server is at
    /// work on others.
    Run(Range<usize>),
    /// Some of the caller's.
    Listed(Listed<'k>),
}

/// Keys that were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed<'k> {
    /// The positions in the caller's list, ascending.
    pub(super) at: Vec<usize>,
    /// The key at each of them, in its wire form.
    pub(super) keys: Vec<Key<'k>>,
}

/// Bytes of values in one request, beyond which the next begins.
const MOST_TOGETHER: usize = 256 << 10;

impl<'k> Listed<'k> {
    pub(super) fn with_capacity(keys: usize) -> Self {
        Self {
            at: Vec::with_capacity(keys),
            keys: Vec::with_capacity(keys),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, at: usize, key: Key<'k>) {
        self.at.push(at);
        self.keys.push(key);
    }
}

impl<'k> Group<'k> {
    /// The group of a server, cut into requests of so many keys `together`, and of so much `weight`.
    pub(super) fn new(
        server: usize,
        held: Held<'k>,
        together: usize,
        weight: impl Fn(usize) -> usize,
    ) -> Self {
        let mut group = Self {
            server,
            copies: false,
            held,
            ends: Vec::new(),
        };
        group.cut(together, weight);
        group
    }

    /// How many requests there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many keys there are.
    pub(super) fn keys(&self) -> usize {
        match &self.held {
            Held::Run(run) => run.len(),
            Held::Listed(listed) => listed.at.len(),
        }
    }

    /// How many keys the requests from this one on have, in front of another.
    #[cfg(feature = "tokio")]
    pub(crate) fn keys_between(&self, first: usize, end: usize) -> usize {
        self.range(end).start - self.range(first).start
    }

    /// Where in the caller's list the key at this index is.
    #[inline]
    pub(super) fn at(&self, index: usize) -> usize {
        match &self.held {
            Held::Run(run) => run.start + index,
            Held::Listed(listed) => listed.at[index],
        }
    }

    /// Whether it has the keys from this position on, without a gap.
    pub(super) fn is_run_from(&self, first: usize) -> bool {
        let last = self.keys() - 1;
        self.at(0) == first && self.at(last) == first + last
    }

    /// Whether its keys are checked when their requests are made.
    pub(super) fn is_unchecked(&self) -> bool {
        matches!(self.held, Held::Run(_))
    }

    /// Where the keys of a request are.
    pub(super) fn range(&self, request: usize) -> Range<usize> {
        let start = request.checked_sub(1).map_or(0, |before| self.ends[before]);
        start..self.ends[request]
    }

    /// Whether the keys of a request, which is not the last, reach or pass the next multiple of so many.
    #[cfg(feature = "tokio")]
    pub(crate) fn crosses(&self, request: usize, keys: usize) -> bool {
        let range = self.range(request);
        range.end < self.keys() && range.start / keys < range.end / keys
    }

    /// Ends a request where it has so many keys that are sent `together`, or is full by their weight.
    fn cut(&mut self, together: usize, weight: impl Fn(usize) -> usize) {
        let (mut keys, mut bytes) = (0, 0);
        for index in 0..self.keys() {
            if keys == together || bytes >= MOST_TOGETHER {
                self.ends.push(index);
                (keys, bytes) = (0, 0);
            }
            keys += 1;
            bytes += weight(self.at(index));
        }
        self.ends.push(self.keys());
    }
}

/// The groups of one round, while keys are put into them.
pub(super) struct Groups<'k> {
    /// Of each server those that are answered, then of each those that are copies.
    groups: Vec<Listed<'k>>,
}

impl<'k> Groups<'k> {
    /// No groups yet, of so many servers, with room for the keys of each.
    pub(super) fn new(servers: usize, owners: &[usize]) -> Self {
        let mut counts = vec![0; 2 * servers];
        for owner in owners {
            counts[*owner] += 1;
        }
        let groups = counts.into_iter().map(Listed::with_capacity);
        Self {
            groups: groups.collect(),
        }
    }

    /// Puts a key into the group of its server.
    #[inline]
    pub(super) fn put(&mut self, at: usize, key: Key<'k>, server: usize) {
        self.groups[server].push(at, key);
    }

    /// Puts a key where its requests go.
    pub(super) fn add(&mut self, at: usize, key: Key<'k>, route: Route) {
        self.put(at, key, route.server);
        let servers = self.groups.len() / 2;
        for copy in route.copies {
            self.put(at, key, servers + copy);
        }
    }

    /// The groups that have keys, cut into requests of so many `together`, and of so much `weight`.
    pub(super) fn cut(self, together: usize, weight: impl Fn(usize) -> usize) -> Vec<Group<'k>> {
        let servers = self.groups.len() / 2;
        let groups = self.groups.into_iter().enumerate();
        groups
            .filter(|(_, listed)| !listed.at.is_empty())
            .map(|(index, listed)| Group {
                copies: index >= servers,
                ..Group::new(index % servers, Held::Listed(listed), together, &weight)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The positions of each request, for keys of these weights, of one server.
    fn requests(together: usize, weights: &[usize]) -> Vec<Vec<usize>> {
        let mut groups = Groups::new(2, &vec![1; weights.len()]);
        let key = Key::new(b"a").unwrap();
        for at in 0..weights.len() {
            let (server, copies) = (1, Vec::new());
            groups.add(at, key, Route { server, copies });
        }
        let groups = groups.cut(together, |at| weights[at]);
        let [group] = &groups[..] else {
            panic!("{} groups of one server", groups.len());
        };
        let positions = |index| group.range(index).map(|it| group.at(it)).collect();
        (0..group.len()).map(positions).collect()
    }

    #[test]
    fn a_request_has_so_many_keys_or_so_many_bytes() {
        assert_eq!(requests(2, &[0; 5]), [vec![0, 1], vec![2, 3], vec![4]]);
        assert_eq!(requests(9, &[0; 3]), [[0, 1, 2]]);
        let large = MOST_TOGETHER;
        assert_eq!(requests(9, &[1, large, 1, 1]), [[0, 1], [2, 3]]);
        assert_eq!(requests(9, &[large, large]), [[0], [1]]);
    }

    #[test]
    #[cfg(feature = "tokio")]
    fn so_many_keys_are_behind_the_end_of_a_request() {
        let mut groups = Groups::new(1, &[0; 7]);
        for at in 0..7 {
            let (server, copies) = (0, Vec::new());
            groups.add(at, Key::new(b"a").unwrap(), Route { server, copies });
        }
        let group = &groups.cut(2, |_| 0)[0];
        let crosses = |keys| (0..4).map(move |request| group.crosses(request, keys));
        assert!(crosses(3).eq([false, true, true, false]));
        assert!(crosses(9).all(|it| !it));
    }

    #[test]
    fn copies_are_groups_of_their_own() {
        let mut groups = Groups::new(3, &[2]);
        let (server, copies) = (2, vec![0, 1]);
        groups.add(0, Key::new(b"a").unwrap(), Route { server, copies });
        let groups = groups.cut(1, |_| 0);
        let found: Vec<_> = groups.iter().map(|it| (it.server, it.copies)).collect();
        assert_eq!(found, [(2, false), (0, true), (1, true)]);
    }
}
