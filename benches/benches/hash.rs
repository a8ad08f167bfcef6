//! What does a hash cost per key, and how much of md5's cost is the digest itself?
//!
//! Every algorithm over keys of 8, 16, 64 and 250 bytes; beside `md5` the md-5 crate's bare digest.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mc_hash::Algorithm;
use md5::{Digest, Md5};

/// Key lengths in bytes: a counter, a usual key, a long key, the longest.
const LENGTHS: [usize; 4] = [8, 16, 64, 250];

fn hashes(criterion: &mut Criterion) {
    for algorithm in Algorithm::ALL {
        bench(criterion, algorithm.name(), |key| algorithm.hash(key));
    }
    bench(criterion, "md-5 crate", |key| Md5::digest(key));
}

/// Measures `hash` over one key of each length.
fn bench<T>(criterion: &mut Criterion, name: &str, hash: impl Fn(&[u8]) -> T) {
    let mut group = criterion.benchmark_group(name);
    for length in LENGTHS {
        let key: Vec<u8> = (b'a'..=b'z').cycle().take(length).collect();
        group.throughput(Throughput::Bytes(length as u64));
        group.bench_with_input(BenchmarkId::from_parameter(length), &key, |bencher, key| {
            bencher.iter(|| hash(black_box(key)));
        });
    }
    group.finish();
}

criterion_group!(benches, hashes);
criterion_main!(benches);
