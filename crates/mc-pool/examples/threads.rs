//! Threads with clients of their own, from both of pylibmc's pools:
//! `cargo run -p mc-pool --features blocking --example threads [SERVER…]`.
//!
//! Threads may share one client as well (see mc-client's example `blocking`); a pool bounds the connections.

#[path = "../../mc-client/examples/servers/mod.rs"]
mod servers;

use std::error::Error;
use std::thread;
use std::time::Duration;

use mc_client::blocking::Client;
use mc_pool::{Block, ClientPool, ThreadMappedPool};

/// What ends the program, from any of its threads.
type Failure = Box<dyn Error + Send + Sync>;

const THREADS: u64 = 16;

/// Of each thread.
const VISITS: u64 = 50;

fn main() -> Result<(), Failure> {
    let servers = servers::servers(&[1])?;
    let client = Client::builder().servers(&servers.specs)?.connect()?;
    client.set("visits", 0).call()?;

    // Many threads take turns with four clients.
    let pool = ClientPool::new();
    pool.fill(&client, 4);
    run_threads(|| {
        for _ in 0..VISITS {
            let client = pool.reserve(Block::AtMost(Duration::from_secs(10)))?;
            client.incr("visits", 1).call()?;
        } // and there it goes back
        Ok(())
    })?;
    let metrics = pool.metrics();
    println!(
        "{} clients were reserved {} times; that took {:.0?} on average, {:.0?} at most",
        metrics.size,
        metrics.reservations,
        metrics.mean_wait().unwrap_or_default(),
        metrics.longest_wait,
    );

    // Each thread has a client of its own for as long as it runs.
    let pool = ThreadMappedPool::new(client.clone());
    run_threads(|| {
        for _ in 0..VISITS {
            pool.reserve().incr("visits", 1).call()?;
        }
        Ok(())
    })?;
    let metrics = pool.metrics();
    println!("{} were made, {} are left", metrics.created, metrics.size);

    let visits: Option<u64> = client.get("visits").call()?;
    println!("visits: {visits:?}");
    assert_eq!(visits, Some(2 * THREADS * VISITS));
    Ok(())
}

/// Runs the same in many threads, to their end.
fn run_threads(run: impl Fn() -> Result<(), Failure> + Sync) -> Result<(), Failure> {
    thread::scope(|scope| {
        let threads = Vec::from_iter((0..THREADS).map(|_| scope.spawn(&run)));
        let mut joined = threads.into_iter().map(|thread| thread.join());
        joined.try_for_each(|ran| ran.expect("no thread panics"))
    })
}
