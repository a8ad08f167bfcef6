//! Rendezvous hashing: every server bids for a key, the best bid owns it.
//!
//! D. Thaler and C. Ravishankar, "A Name-Based Mapping Scheme for Rendezvous" (1996), with weights as
//! a race: a server's hash with the key is a random number `u` in 0..1, and the server arrives after
//! the time −log(u) / weight. The first to arrive owns the key, and each is first as often as its
//! weight says. A server that leaves loses its own keys only, and a changed weight moves keys only
//! from or to that server.
//!
//! ```text
//! id(server)  = first 8 bytes, little-endian, of md5("host:port"), mixed once more for each
//!               server of that name before it
//! u           = mix(id XOR mix(hash(key))) / 2⁶⁴
//! ```
//!
//! `mix` is the one in `mix.rs`, and the logarithm is computed in integers (48 binary places, from a
//! table): no floating point and no platform's `log` has a say in who owns a key.

use std::collections::BTreeSet;

use mc_hash::md5_points;

use crate::mix::mix;
use crate::{Server, Share};

/// The bidders.
#[derive(Clone, Debug)]
pub(crate) struct Rendezvous {
    bidders: Vec<Bidder>,
    servers: usize,
}

/// A server that may own keys.
#[derive(Clone, Debug)]
struct Bidder {
    id: u64,
    weight: u32,
    server: u32,
}

impl Rendezvous {
    /// Those of `servers` that are `live`, each with its `weight`, which is not 0.
    pub(crate) fn new(servers: &[Server], live: &[bool], weight: impl Fn(&Server) -> u32) -> Self {
        let all = (0..).zip(servers).zip(ids(servers)).zip(live);
        let bidders = all
            .filter(|(_, live)| **live)
            .map(|(((server, at), id), _)| Bidder {
                id,
                weight: weight(at),
                server,
            });
        Self {
            bidders: bidders.collect(),
            servers: servers.len(),
        }
    }

    /// The first to arrive; of several at the same time the one of the lowest index.
    pub(crate) fn owner(&self, hash: u32) -> usize {
        let key = mix(u64::from(hash));
        let (mut best_time, mut best_weight, mut owner) = (u64::MAX, 1, 0);
        for bidder in &self.bidders {
            let time = minus_log2(mix(bidder.id ^ key));
            // time / weight < best time / best weight, without a division
            if wide(time, best_weight) < wide(best_time, bidder.weight) {
                (best_time, best_weight, owner) = (time, bidder.weight, bidder.server);
            }
        }
        owner as usize
    }

    pub(crate) fn shares(&self) -> Vec<Share> {
        let mut weights = vec![0; self.servers];
        for bidder in &self.bidders {
            weights[bidder.server as usize] = u64::from(bidder.weight);
        }
        Share::promised(weights.into_iter())
    }
}

/// An id for each server, different even for servers of one name.
fn ids(servers: &[Server]) -> Vec<u64> {
    let mut seen = BTreeSet::new();
    let distinct = |server: &Server| {
        let [low, high, ..] = md5_points(format!("{}:{}", server.host, server.port).as_bytes());
        let mut id = u64::from(high) << 32 | u64::from(low);
        while !seen.insert(id) {
            id = mix(id);
        }
        id
    };
    servers.iter().map(distinct).collect()
}

fn wide(time: u64, weight: u32) -> u128 {
    u128::from(time) * u128::from(weight)
}

/// −log₂(`bits` / 2⁶⁴), with [`PLACES`] binary places; 0 counts as 1.
///
/// Between two entries of the table it is a straight line: off by less than one part in 500, and by
/// the same part wherever bids are close, so that no share is off by more than one in a thousand.
fn minus_log2(bits: u64) -> u64 {
    let bits = bits.max(1);
    let zeros = bits.leading_zeros();
    let mantissa = bits << zeros; // 1 to 2, with 63 binary places
    let slot = (mantissa >> SLOT_SHIFT) as usize - SLOTS;
    let within = mantissa & ((1 << SLOT_SHIFT) - 1);
    let step = u128::from(LOG2[slot + 1] - LOG2[slot]);
    let fraction = LOG2[slot] + ((step * u128::from(within)) >> SLOT_SHIFT) as u64;
    (u64::from(zeros + 1) << PLACES) - fraction
}

/// Binary places of a logarithm.
const PLACES: u32 = 48;

/// Parts of the table from 1 to 2.
const SLOTS: usize = 256;

/// Bits of a mantissa below those that choose the slot.
const SLOT_SHIFT: u32 = 63 - SLOTS.ilog2();

/// log₂(1 + i / 256), with [`PLACES`] binary places.
const LOG2: [u64; SLOTS + 1] = {
    let mut table = [0; SLOTS + 1];
    let mut slot = 0;
    while slot < SLOTS {
        table[slot] = log2(((SLOTS + slot) as u64) << SLOT_SHIFT);
        slot += 1;
    }
    table[SLOTS] = 1 << PLACES;
    table
};

/// log₂ of a number from 1 to 2 with 63 binary places, one bit for each squaring.
const fn log2(mantissa: u64) -> u64 {
    let (mut number, mut log, mut place) = (mantissa as u128, 0, 0);
    while place < PLACES {
        number = (number * number) >> 63;
        let doubled = number >> 64; // 1 if it is now 2 or more
        number >>= doubled;
        log = log << 1 | doubled as u64;
        place += 1;
    }
    log
}
