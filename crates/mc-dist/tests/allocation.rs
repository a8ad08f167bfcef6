//! A lookup allocates nothing: counted by a profiling allocator.
//!
//! A program of its own, without a harness, as the count is the whole program's, and a harness allocates beside it.

use std::hint::black_box;

use mc_dist::{Distribution, Placement, Server};
use mc_hash::Algorithm;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() {
    let _profiler = dhat::Profiler::builder().testing().build();
    let servers: Vec<_> = (0..20)
        .map(|number| Server::new(format!("cache{number}"), 11211).weight(number % 3 + 1))
        .collect();
    for distribution in Distribution::ALL {
        for hash in Algorithm::ALL {
            let mut placement = Placement::new(distribution, hash, servers.clone());
            placement.namespace = Some(b"app:".to_vec());
            let locator = placement.locator().unwrap();
            let mut owners = Vec::with_capacity(100);
            let before = dhat::HeapStats::get().total_blocks;
            locator.owners((0..100u32).map(u32::to_le_bytes), &mut owners);
            for number in 0..100u32 {
                let key = number.to_le_bytes();
                black_box(locator.owner(&key));
                black_box(locator.with_replicas(&key, 2).sum::<usize>());
            }
            let made = dhat::HeapStats::get().total_blocks - before;
            assert_eq!(made, 0, "{distribution} over {hash}");
        }
    }
    // The count works.
    let before = dhat::HeapStats::get().total_blocks;
    black_box(vec![1]);
    assert_eq!(dhat::HeapStats::get().total_blocks, before + 1);
}
