//! What does a hash cost per key, how much of md5's cost is the digest itself, and what do many keys cost at once?
//!
//! Every algorithm over keys of 8, 16, 64 and 250 bytes; 2, 8 and 100 keys of 16 bytes by md5, and by a hash that goes
//! key by key at once as well. Beside md5 the md-5 crate's bare digest.

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

/// Keys of 16 bytes, one by one and at once.
fn many(criterion: &mut Criterion) {
    let keys: Vec<_> = (0..100).map(|at| format!("user:{at:011}")).collect();
    for count in [2, 8, 100] {
        let keys = &keys[..count];
        let mut group = criterion.benchmark_group(format!("{count} keys"));
        group.throughput(Throughput::Elements(count as u64));
        for hash in [Algorithm::Default, Algorithm::Md5] {
            group.bench_function(BenchmarkId::new(hash.name(), "one by one"), |bencher| {
                bencher.iter(|| sum(black_box(keys).iter().map(|key| hash.hash(key.as_bytes()))));
            });
            group.bench_function(BenchmarkId::new(hash.name(), "at once"), |bencher| {
                bencher.iter(|| {
                    let mut sum = 0_u32;
                    hash.hash_each(black_box(keys), |hash| sum = sum.wrapping_add(hash));
                    sum
                });
            });
        }
        group.bench_function("md-5 crate", |bencher| {
            let first = |key: &String| u32::from(Md5::digest(key)[0]);
            bencher.iter(|| sum(black_box(keys).iter().map(first)));
        });
        group.finish();
    }
}

fn sum(hashes: impl Iterator<Item = u32>) -> u32 {
    hashes.fold(0, u32::wrapping_add)
}

criterion_group!(benches, hashes, many);
criterion_main!(benches);
