//! Placement: what one side stores the other finds, whatever places the keys.

use std::fmt;

use anyhow::{Context, Result};
use mc_dist::{Compat, Distribution};
use mc_hash::Algorithm;
use mc_testkit::Memcached;
use serde_json::json;

use super::keys;
use super::pair::Pair;
use super::python::Python;

/// How many keys are stored for each way of placing them: one half by each side.
const KEYS: usize = 10_000;
/// Gives the same keys each time. The servers' ports, and with them the rings, are others each time.
const SEED: u64 = 4;
/// The servers' weights. The first is not 1: under a ring that its servers make weighted, libmemcached 1.0 then
/// writes past the ring's end.
const WEIGHTS: [u32; 8] = [3, 1, 2, 5, 4, 1, 8, 2];
/// What places no keys in pylibmc, with the only libmemcached of which that is true, if it is not of all.
const LEFT_OUT: [(&str, Option<Compat>, &str); 5] = [
    ("hsieh", None, "libmemcached is built without it"),
    (
        "murmur3",
        Some(Compat::V1_0),
        "in libmemcached 1.0 it is murmur",
    ),
    (
        "random",
        None,
        "whoever stores a key does not find it again",
    ),
    ("jump", None, "libmemcached does not have it"),
    ("rendezvous", None, "libmemcached does not have it"),
];

/// What the control places its keys by.
const CONTROL: Case = Case {
    distribution: Distribution::Weighted,
    weighted: true,
    hash: Algorithm::Md5,
};

/// One way of placing keys.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) distribution: Distribution,
    /// Whether the servers' weights are told.
    pub(super) weighted: bool,
    pub(super) hash: Algorithm,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weights = weights(self.weighted);
        write!(f, "{}, {weights}, {}", self.distribution, self.hash)
    }
}

/// The servers, and the keys that both sides know.
pub(super) struct Fleet {
    servers: Vec<Memcached>,
    pub(super) keys: Vec<String>,
    pub(super) compat: Compat,
}

impl Fleet {
    /// Starts the servers, and tells Python the keys.
    pub(super) fn start(python: &mut Python, compat: Compat) -> Result<Self> {
        let servers = WEIGHTS.map(|_| Memcached::builder().threads(1).start());
        let keys = keys::make(SEED, KEYS);
        python.ask::<()>(json!({"do": "learn", "many": keys}))?;
        Ok(Self {
            servers: servers.into_iter().collect::<Result<_, _>>()?,
            keys,
            compat,
        })
    }

    /// Every way of placing keys, a line for each distribution; and whether a key in the wrong place would have been
    /// seen.
    pub(super) async fn check(&self, python: &mut Python) -> Result<()> {
        for (name, reason) in self.left_out() {
            println!("placement: without {name}: {reason}");
        }
        for (distribution, weighted) in self.distributions() {
            let mut done = Vec::new();
            for hash in Algorithm::ALL
                .into_iter()
                .filter(|it| self.is_shared(it.name()))
            {
                let case = Case {
                    distribution,
                    weighted,
                    hash,
                };
                let mut pair = Pair::connect(self, python, case)?;
                pair.exchange().await.with_context(|| case.to_string())?;
                done.push(hash.name());
            }
            println!(
                "placement: {distribution}, {}: each side found {KEYS} of {KEYS} keys by each of {}",
                weights(weighted),
                done.join(", ")
            );
        }
        Pair::connect(self, python, CONTROL)?.control().await?;
        println!("placement: a misplaced key and a damaged value are seen by each side");
        Ok(())
    }

    /// The servers as both sides are told of them.
    pub(super) fn specs(&self, weighted: bool) -> Vec<String> {
        let weight = |weight| if weighted { weight } else { 1 };
        let servers = self.servers.iter().zip(WEIGHTS);
        servers
            .map(|(server, it)| format!("{}:{}", server.address(), weight(it)))
            .collect()
    }

    /// Every distribution that pylibmc has, with weights; and without, where weights count.
    fn distributions(&self) -> impl Iterator<Item = (Distribution, bool)> {
        let shared = Distribution::ALL
            .into_iter()
            .filter(|it| self.is_shared(it.name()));
        let both = shared.flat_map(|distribution| [(distribution, true), (distribution, false)]);
        both.filter(|(distribution, weighted)| *weighted || distribution.is_continuum())
    }

    fn is_shared(&self, name: &str) -> bool {
        self.left_out().all(|(left_out, _)| left_out != name)
    }

    /// What no check is about, and why.
    fn left_out(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let here = |only: &Option<Compat>| only.is_none_or(|only| only == self.compat);
        let rows = LEFT_OUT.iter().filter(move |(_, only, _)| here(only));
        rows.map(|(name, _, reason)| (*name, *reason))
    }
}

fn weights(told: bool) -> &'static str {
    match told {
        true => "8 servers with weights",
        false => "8 servers of one weight",
    }
}
