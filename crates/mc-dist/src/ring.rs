//! A ring: sorted points, each owning the hashes up to it.
//!
//! ```text
//! hash   0        p0          p1     p2           highest      2³²
//!        ├────────┤───────────┤──────┤── … ───────┤────────────┤
//! owner  p0       p1          p2                  p0 (around the ring)
//! ```
//!
//! A look-up is the first point whose value is not below the hash. Plain binary search needs one
//! hard-to-predict step for each doubling of the points, and on a large ring most of them miss the
//! cache. The values of a good hash are spread evenly, so their top bits nearly tell the place:
//! `starts` holds for each value of the top bits where its points start, one or two points each,
//! and the search goes on among these only. Where values are not even (crc fills only the low 15
//! bits, so the top bits are taken from the highest point's), it is a binary search as before.

use std::fmt;

use crate::Share;

/// One point of a ring. Points are ordered by value, then by server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// The last hash that belongs to this point.
    pub value: u32,
    /// Index of its server.
    pub server: u32,
}

/// Sorted points with an index over their top bits.
#[derive(Clone)]
pub(crate) struct Ring {
    points: Vec<Point>,
    starts: Vec<u32>,
    shift: u32,
}

impl Ring {
    /// Sorts `points`, of which there must be at least one.
    pub(crate) fn new(mut points: Vec<Point>) -> Self {
        points.sort_unstable_by_key(|point| u64::from(point.value) << 32 | u64::from(point.server));
        let highest = points[points.len() - 1].value;
        let index_bits = points.len().ilog2().max(1);
        let shift = (u32::BITS - highest.leading_zeros()).saturating_sub(index_bits);
        let mut starts = Vec::with_capacity((highest >> shift) as usize + 2);
        let mut at = 0;
        for slot in 0..=(highest >> shift) + 1 {
            while at < points.len() && points[at].value >> shift < slot {
                at += 1;
            }
            starts.push(at as u32);
        }
        Self {
            points,
            starts,
            shift,
        }
    }

    /// All points, in ring order.
    pub(crate) fn points(&self) -> &[Point] {
        &self.points
    }

    /// The server of the first point with a value of `hash` or more, else of the first of all.
    pub(crate) fn owner(&self, hash: u32) -> usize {
        let slot = (hash >> self.shift) as usize;
        let at = match self.starts.get(slot..).and_then(<[_]>::first_chunk) {
            Some(&[from, to]) => {
                let (from, to) = (from as usize, to as usize);
                from + self.points[from..to].partition_point(|point| point.value < hash)
            }
            None => 0, // above the highest point
        };
        self.points.get(at).unwrap_or(&self.points[0]).server as usize
    }

    /// How many of the hashes 0 to `of` − 1 each of `servers` servers owns.
    pub(crate) fn shares(&self, servers: usize, of: u64) -> Vec<Share> {
        let mut counts = vec![0; servers];
        let mut next = 0;
        for point in &self.points {
            let end = of.min(u64::from(point.value) + 1);
            counts[point.server as usize] += end - next;
            next = end;
        }
        counts[self.points[0].server as usize] += of - next;
        let share = |hashes| Share::Counted { hashes, of };
        counts.into_iter().map(share).collect()
    }
}

impl fmt::Debug for Ring {
    /// Says how many points there are; a hundred thousand of them help nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({} points)", self.points.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SERVERS: u32 = 5;

    /// Points that are spread over all values, or crowded as crc crowds them.
    fn points() -> impl Strategy<Value = Vec<Point>> {
        let value = prop_oneof![Just(u32::MAX), Just(1 << 15), Just(7)];
        value.prop_flat_map(|highest| {
            let point =
                (0..=highest, 0..SERVERS).prop_map(|(value, server)| Point { value, server });
            vec(point, 1..200)
        })
    }

    /// The rule, word for word: the least point not below the hash, else the least of all.
    fn naive(points: &[Point], hash: u32) -> usize {
        let above = points.iter().filter(|point| point.value >= hash).min();
        above.or_else(|| points.iter().min()).unwrap().server as usize
    }

    proptest! {
        #[test]
        fn owner_is_the_naive_one(points in points(), hashes in vec(any::<u32>(), 50)) {
            let ring = Ring::new(points.clone());
            let beside = |point: &Point| [-1, 0, 1].map(|step| point.value.wrapping_add_signed(step));
            for hash in points.iter().flat_map(beside).chain(hashes) {
                prop_assert_eq!(ring.owner(hash), naive(&points, hash), "hash {}", hash);
            }
        }

        #[test]
        fn shares_are_counted(points in points(), of in 1..3000_u32) {
            let mut counts = [0; SERVERS as usize];
            for hash in 0..of {
                counts[naive(&points, hash)] += 1;
            }
            let counted = counts.map(|hashes| Share::Counted { hashes, of: u64::from(of) });
            prop_assert_eq!(Ring::new(points).shares(SERVERS as usize, u64::from(of)), counted);
        }
    }

    #[test]
    fn edges_of_the_value_range() {
        let ring = |values: &[u32]| {
            let points = (0..)
                .zip(values)
                .map(|(server, &value)| Point { value, server });
            Ring::new(points.collect())
        };
        for (values, hash, owner) in [
            (&[0][..], u32::MAX, 0),
            (&[u32::MAX], 0, 0),
            (&[u32::MAX, 0], 1, 0),
            (&[u32::MAX, 0], 0, 1),
            (&[9, 9, 9], 9, 0),
            (&[9, 4], 10, 1),
        ] {
            assert_eq!(ring(values).owner(hash), owner, "{values:?} {hash}");
        }
    }
}
