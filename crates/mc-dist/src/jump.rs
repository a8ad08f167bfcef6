//! Jump consistent hashing.
//!
//! J. Lamping and E. Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm" (2014). A key's
//! random numbers, drawn from a generator that the key seeds, tell at which list lengths the key
//! jumps to the newest server; its owner is where it last jumped to. So a server added at the list's
//! end takes its part from all others, and nothing else moves. Weights do not count.

use crate::mix::mix;
use crate::rendezvous::Rendezvous;
use crate::{Server, Share};

/// The bucket, 0 to `buckets` − 1, of a 64-bit key, exactly as published; 0 if there are none.
///
/// ```
/// assert_eq!(mc_dist::jump(10_863_919_174_838_991, 11), 6);
/// ```
///
/// The arithmetic is in `f64`, as published: one division, one product and a cut, which IEEE 754
/// defines to the bit.
pub fn jump(mut key: u64, buckets: u32) -> u32 {
    let (mut bucket, mut next) = (0, 0.0);
    while next < f64::from(buckets) {
        bucket = next as u32;
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let drawn = ((key >> 33) + 1) as f64;
        next = ((f64::from(bucket) + 1.0) * ((1_u64 << 31) as f64 / drawn)).trunc();
    }
    bucket
}

/// Jump over a list in which servers may be ejected.
///
/// A key that jumps to an ejected server goes where rendezvous, with equal weights, sends it among
/// the rest. So ejecting moves only the ejected server's keys, spread over all others.
#[derive(Clone, Debug)]
pub(crate) struct Jump {
    live: Vec<bool>,
    rest: Rendezvous,
}

impl Jump {
    /// Over `servers`, of which only the `live` own keys.
    pub(crate) fn new(servers: &[Server], live: &[bool]) -> Self {
        Self {
            live: live.to_vec(),
            rest: Rendezvous::new(servers, live, |_| 1),
        }
    }

    pub(crate) fn owner(&self, hash: u32) -> usize {
        let jumped = jump(mix(u64::from(hash)), self.live.len() as u32) as usize;
        match self.live[jumped] {
            true => jumped,
            false => self.rest.owner(hash),
        }
    }

    pub(crate) fn shares(&self) -> Vec<Share> {
        Share::promised(self.live.iter().map(|&live| u64::from(live)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Answers that other implementations of the published algorithm agree on (Guava's tests, and
    /// those of the Go package `go-jump`).
    #[test]
    fn known_answers() {
        for (key, buckets, expected) in [
            (10_863_919_174_838_991, 11, 6),
            (2_016_238_256_797_177_309, 11, 3),
            (1_673_758_223_894_951_030, 11, 5),
            (2, 100_001, 80_343),
            (2201, 100_001, 22_152),
            (2202, 100_001, 15_018),
            (u64::MAX, 1, 0),
            (u64::MAX, 0, 0),
        ] {
            assert_eq!(jump(key, buckets), expected, "{key} {buckets}");
        }
        let hundred = [
            0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83,
        ];
        for (key, expected) in (0..).zip(hundred) {
            assert_eq!(jump(key, 100), expected, "{key}");
        }
    }

    proptest! {
        /// A bucket more takes keys, and gives none to another.
        #[test]
        fn grows_at_the_end_only(key: u64, buckets in 1..2000_u32) {
            let (before, after) = (jump(key, buckets), jump(key, buckets + 1));
            prop_assert!(before < buckets);
            prop_assert!(after == before || after == buckets);
        }
    }
}
