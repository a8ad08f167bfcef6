//! What does one exchange cost on the client's side, beside the system's read and write?
//!
//! `push` queues a request and takes it back; `exchange` also takes its bytes, reads the reply and drops it, so that
//! the difference is the price of a reply. Values have 100 bytes or 512 KiB. A key of a get of 100 may take as long
//! as the system takes for it, 0.13-0.17 µs.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mc_benches::proto::{MANY, Scenario, scenarios};

fn push(criterion: &mut Criterion) {
    group(criterion, "push", Scenario::push);
}

fn exchange(criterion: &mut Criterion) {
    group(criterion, "exchange", Scenario::exchange);
}

fn group(criterion: &mut Criterion, name: &str, run: fn(&Scenario, u64)) {
    let mut group = criterion.benchmark_group(name);
    for scenario in scenarios() {
        let is_many = scenario.name.ends_with(&MANY.to_string());
        group.throughput(Throughput::Elements(if is_many { MANY as u64 } else { 1 }));
        group.bench_function(&scenario.name, |bencher| {
            bencher.iter_custom(|rounds| {
                let start = std::time::Instant::now();
                run(&scenario, rounds);
                start.elapsed()
            });
        });
    }
}

criterion_group!(benches, push, exchange);
criterion_main!(benches);
