//! What does it cost to find a key's server, or those of many keys, to build what finds it, and to eject a server?
//!
//! Over 10, 100 and 1000 servers, each with a key of 16 bytes. `bare hash` is the part of a look-up that no
//! distribution can save; `md5 ketama_weighted` over 1000 servers has to stay below 1.5 times its cost over 10.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use mc_dist::{Distribution, Placement, Server};
use mc_hash::Algorithm;

const SERVERS: [usize; 3] = [10, 100, 1000];

/// What is measured: its name, its distribution, and the hash of keys and points.
const PLACEMENTS: [(&str, Distribution, Algorithm); 5] = [
    ("default modula", Distribution::Modula, Algorithm::Default),
    ("default ketama", Distribution::Ketama, Algorithm::Default),
    (
        "md5 ketama_weighted",
        Distribution::Weighted,
        Algorithm::Md5,
    ),
    ("murmur3 jump", Distribution::Jump, Algorithm::Murmur3),
    (
        "murmur3 rendezvous",
        Distribution::Rendezvous,
        Algorithm::Murmur3,
    ),
];

/// From key to server. The keys take turns, so that no branch is learnt by heart.
fn lookup(criterion: &mut Criterion) {
    let keys: Vec<_> = (0..4096)
        .map(|at| format!("user:{:011}", at * 7919))
        .collect();
    let mut group = criterion.benchmark_group("lookup");
    for hash in [Algorithm::Default, Algorithm::Md5, Algorithm::Murmur3] {
        let mut keys = keys.iter().cycle();
        group.bench_function(BenchmarkId::new("bare hash", hash), |bencher| {
            bencher.iter(|| hash.hash(black_box(next(&mut keys))));
        });
    }
    for (name, placement) in placements() {
        let locator = placement.locator().expect("it has servers");
        let mut keys = keys.iter().cycle();
        group.bench_function(BenchmarkId::new(name, placement.servers.len()), |bencher| {
            bencher.iter(|| locator.owner(black_box(next(&mut keys))));
        });
    }
}

/// From 100 keys of one call to their servers, of which there are 100: one by one, and at once.
fn owners(criterion: &mut Criterion) {
    let keys: Vec<_> = (0..100).map(|at| format!("user:{at:011}")).collect();
    let mut group = criterion.benchmark_group("owners of 100 keys");
    for (name, placement) in placements().filter(|(_, at)| at.servers.len() == 100) {
        let locator = placement.locator().expect("it has servers");
        let mut owners = Vec::new();
        group.bench_function(BenchmarkId::new(name, "one by one"), |bencher| {
            bencher.iter(|| {
                owners.clear();
                let keys = black_box(&keys).iter().map(String::as_bytes);
                owners.extend(keys.map(|key| locator.owner(key)));
            });
        });
        group.bench_function(BenchmarkId::new(name, "at once"), |bencher| {
            bencher.iter(|| {
                owners.clear();
                locator.owners(black_box(&keys), &mut owners);
            });
        });
    }
}

fn next<'a>(keys: &mut impl Iterator<Item = &'a String>) -> &'a [u8] {
    keys.next().expect("they go round").as_bytes()
}

/// From a list of servers to what looks keys up.
fn build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build");
    for (name, placement) in placements() {
        group.bench_function(BenchmarkId::new(name, placement.servers.len()), |bencher| {
            bencher.iter(|| black_box(&placement).locator());
        });
    }
}

/// The same without one of the servers.
fn eject(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("eject");
    for (name, placement) in placements() {
        let locator = placement.locator().expect("it has servers");
        group.bench_function(BenchmarkId::new(name, placement.servers.len()), |bencher| {
            bencher.iter(|| locator.without(black_box(&[3])));
        });
    }
}

/// Every placement over every number of servers, whose weights are 1 to 5.
fn placements() -> impl Iterator<Item = (&'static str, Placement)> {
    PLACEMENTS
        .into_iter()
        .flat_map(|(name, distribution, hash)| {
            SERVERS.map(|count| (name, Placement::new(distribution, hash, servers(count))))
        })
}

fn servers(count: usize) -> Vec<Server> {
    let server = |at| Server::new(format!("10.0.{}.{}", at / 250, at % 250), 11211);
    (0..count)
        .zip((1..=5).cycle())
        .map(|(at, weight)| server(at).weight(weight))
        .collect()
}

criterion_group!(benches, lookup, owners, build, eject);
criterion_main!(benches);
