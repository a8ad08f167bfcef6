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
/// Between two entries of the table it is a straight line, up to 0.2 % off. Near the winning end
/// all times are off by the same part, so the order hardly changes: beside a server of weight 1000,
/// one of weight 1 gets 0.03 % less than it should, and with closer weights it is less still.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Computed from the module's text by another program, in big integers.
    #[test]
    fn known_logarithms() {
        for (bits, expected) in [
            (0, 64 << 48),
            (1, 64 << 48),
            (2, 63 << 48),
            (3, 0x3e_6a3f_e5c6_042a),
            (1 << 63, 1 << 48),
            (u64::MAX, 1),
            (0x1234_5678_9abc_def0, 0x3_d054_12fb_31a4),
        ] {
            assert_eq!(minus_log2(bits), expected, "{bits:x}");
        }
    }

    #[test]
    fn known_ids() {
        let servers = [
            Server::new("cache1", 11211),
            Server::new("cache2", 11212),
            Server::new("/run/m.sock", 0),
            Server::new("fe80::1", 11211),
            Server::new("cache1", 11211),
        ];
        let expected = [
            0xd8b0_8349_a198_58d4,
            0x85fd_4444_dee9_7112,
            0x8c7f_32b2_44b4_b690,
            0x8150_b5a0_4cd6_42d3,
            0xcec9_5283_ad0c_f81b,
        ];
        assert_eq!(ids(&servers), expected);
    }

    proptest! {
        #[test]
        fn logarithm_is_nearly_exact(bits: u64, shift in 0..64_u32) {
            let bits = (bits >> shift).max(1);
            let exact = 64.0 - (bits as f64).log2();
            let ours = minus_log2(bits) as f64 / (1_u64 << PLACES) as f64;
            prop_assert!((ours - exact).abs() < 3e-6, "{} {}", ours, exact);
            prop_assert!(bits == u64::MAX || minus_log2(bits) >= minus_log2(bits + 1));
        }
    }
}
