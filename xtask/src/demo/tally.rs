//! What came back, by server.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use mc_client::{Error, FromValue, Pylibmc, Raw};

use super::cluster::{Cluster, WEIGHTS};
use super::corpus::{Entry, Value};

/// Lost keys that are shown by name.
const SHOWN: usize = 3;

/// The results of reading everything.
#[derive(Default)]
pub(super) struct Tally {
    servers: BTreeMap<String, Counts>,
}

#[derive(Default)]
struct Counts {
    hits: usize,
    bytes: usize,
    missed: Vec<String>,
    failed: Vec<Error>,
}

impl Tally {
    /// Counts one result; fails if the value is another than the one stored.
    pub(super) fn count(
        &mut self,
        owner: &str,
        entry: &Entry,
        result: Result<Option<Raw>, Error>,
    ) -> Result<()> {
        let counts = self.servers.entry(owner.to_owned()).or_default();
        match result {
            Ok(Some(found)) => {
                ensure!(
                    is_same(&entry.value, found)?,
                    "{} came back with other bytes",
                    entry.key
                );
                counts.hits += 1;
                counts.bytes += entry.value.len();
            }
            Ok(None) => counts.missed.push(entry.key.clone()),
            Err(error) => counts.failed.push(error),
        }
        Ok(())
    }

    fn sum(&self, count: impl Fn(&Counts) -> usize) -> usize {
        self.servers.values().map(count).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.sum(|counts| counts.bytes)
    }

    pub(super) fn failed(&self) -> usize {
        self.sum(|counts| counts.failed.len())
    }

    pub(super) fn is_whole(&self) -> bool {
        self.sum(|counts| counts.missed.len() + counts.failed.len()) == 0
    }

    /// Whether no key of another server was lost.
    pub(super) fn lost_only_at(&self, server: &str) -> bool {
        let others = self.servers.iter().filter(|(name, _)| *name != server);
        others
            .into_iter()
            .all(|(_, counts)| counts.missed.is_empty() && counts.failed.is_empty())
    }

    pub(super) fn print(&self) {
        let hits = self.sum(|counts| counts.hits);
        let missed = self.sum(|counts| counts.missed.len());
        let all = hits + missed + self.failed();
        let rate = percent(hits, all);
        println!(
            "  hit rate {rate:.2} %: {hits} hits, {missed} misses, {} errors",
            self.failed()
        );
        if let Some(error) = self
            .servers
            .values()
            .flat_map(|counts| &counts.failed)
            .next()
        {
            println!("  first error: {error}");
        }
    }

    /// Each server's share of the keys beside the share that its weight promises.
    pub(super) fn print_shares(&self, cluster: &Cluster) {
        let all = self.sum(|counts| counts.hits);
        println!(
            "  {:24} {:>7} {:>9} {:>10} {:>10}",
            "server", "weight", "promised", "of keys", "of bytes"
        );
        for (spec, weight) in cluster.specs().iter().zip(WEIGHTS) {
            let name = spec.name.to_string();
            let (hits, bytes) = self
                .servers
                .get(&name)
                .map_or((0, 0), |counts| (counts.hits, counts.bytes));
            let promised = percent(weight as usize, WEIGHTS.iter().sum::<u32>() as usize);
            let (keys, bytes) = (percent(hits, all), percent(bytes, self.bytes()));
            println!("  {name:24} {weight:>7} {promised:>7.1} % {keys:>8.1} % {bytes:>8.1} %");
        }
    }

    /// Which keys a server's death has lost, and what the others still serve.
    pub(super) fn print_lost(&self, victim: &str) {
        for (name, Counts { hits, missed, .. }) in &self.servers {
            let of = hits + missed.len();
            let fate = if name == victim {
                "lost, for the others to take"
            } else {
                "lost"
            };
            println!(
                "  {name:24} {hits:>6} of {of:>6} keys still served, {:>6} {fate}",
                missed.len()
            );
            if !missed.is_empty() {
                println!(
                    "    such as {}",
                    missed[..missed.len().min(SHOWN)].join(", ")
                );
            }
        }
    }
}

/// Whether a value came back with the bytes and the type that it was stored with.
fn is_same(stored: &Value, found: Raw) -> Result<bool> {
    Ok(match stored {
        Value::Bytes(bytes) => *bytes == read::<Vec<u8>>(found)?,
        Value::Text(text) => *text == read::<String>(found)?,
        Value::Number(number) => *number == read::<usize>(found)?,
    })
}

fn read<T: FromValue>(Raw { flags, data }: Raw) -> Result<T, Error> {
    T::decode(&Pylibmc::default(), flags, data, usize::MAX)
}

fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}
