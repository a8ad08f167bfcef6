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
#[derive(Clone, Debug)]
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
