//! Many small requests at once, after the high-performance example of pylibmc's configuration page:
//! `cargo run -p mc-client --example high_performance [SERVER…]`.
//!
//! Most of what makes it fast needs no setting here: all tasks share one connection to each server, and what they
//! ask at the same time leaves in one write.

mod servers;

use std::error::Error;
use std::time::Instant;

use mc_client::{Behaviors, Client};

/// How many keys are stored, and how many tasks read them.
const KEYS: u32 = 10_000;
const TASKS: u32 = 50;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1, 1])?;
    let mut behaviors = Behaviors::default();
    behaviors.binary = true;
    behaviors.set("hash", "murmur")?;
    behaviors.set("distribution", "consistent ketama")?;
    behaviors.update([
        ("tcp_nodelay", true),
        ("tcp_keepalive", true),
        ("no_block", true),
        ("buffer_requests", true),
    ])?;
    behaviors.update([
        ("connect_timeout", 2000),
        ("send_timeout", 2000),
        ("receive_timeout", 2000),
        ("_poll_timeout", 2000),
    ])?;
    let client = Client::builder()
        .servers(&servers.specs)?
        .behaviors(behaviors)
        .connect()
        .await?;

    // Nobody waits for a single answer: the values leave many at a time, and `flush_buffers` tells what failed.
    let start = Instant::now();
    for number in 0..KEYS {
        client.set(&format!("item:{number}"), number).await?;
    }
    client.flush_buffers().await.all()?;
    println!("stored {KEYS} values in {:.0?}", start.elapsed());

    // Many tasks, each with one key at a time.
    let start = Instant::now();
    let tasks = (0..TASKS).map(|task| tokio::spawn(read_every(client.clone(), task)));
    for task in Vec::from_iter(tasks) {
        task.await??;
    }
    println!(
        "{TASKS} tasks read them one by one in {:.0?}",
        start.elapsed()
    );
    Ok(())
}

/// Reads each of the keys that are this task's.
async fn read_every(client: Client, task: u32) -> Result<(), mc_client::Error> {
    for number in (task..KEYS).step_by(TASKS as usize) {
        let value: Option<u32> = client.get(&format!("item:{number}")).await?;
        assert_eq!(value, Some(number));
    }
    Ok(())
}
