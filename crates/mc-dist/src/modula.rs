//! Modula: the remainder of the hash.

use crate::Share;

/// `hash % servers`, the default of libmemcached.
///
/// An ejected server keeps its keys: nothing here could give them to another without moving nearly
/// all.
#[derive(Clone, Debug)]
pub(crate) struct Modula {
    pub(crate) servers: u32,
}

impl Modula {
    pub(crate) fn owner(&self, hash: u32) -> usize {
        (hash % self.servers) as usize
    }

    /// Of `of` hash values in a row, each server has every n-th.
    pub(crate) fn shares(&self, of: u64) -> Vec<Share> {
        let servers = u64::from(self.servers);
        (0..servers)
            .map(|server| of / servers + u64::from(server < of % servers))
            .map(|hashes| Share::Counted { hashes, of })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_counted() {
        for (servers, of, expected) in [
            (1, 8, &[8][..]),
            (3, 8, &[3, 3, 2]),
            (5, 4, &[1, 1, 1, 1, 0]),
        ] {
            let counted = expected.iter().map(|&hashes| Share::Counted { hashes, of });
            assert_eq!(Modula { servers }.shares(of), counted.collect::<Vec<_>>());
        }
    }
}
