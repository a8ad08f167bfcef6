//! Servers of different sizes, after the multi-server example of pylibmc's configuration page:
//! `cargo run -p mc-client --example cluster [SERVER…]`.

mod servers;

use std::collections::BTreeMap;
use std::error::Error;

use mc_client::{Behaviors, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1, 2, 3])?;
    let mut behaviors = Behaviors::default();
    behaviors.update([
        ("ketama_weighted", 1),
        ("auto_eject", 1),
        ("failure_limit", 3),
        ("retry_timeout", 1),
        ("dead_timeout", 30),
    ])?;
    let client = Client::builder()
        .servers(&servers.specs)?
        .behaviors(behaviors)
        .connect()
        .await?;

    let keys = Vec::from_iter((0..3000).map(|number| format!("user:{number}")));
    let stored = client.set_many(keys.iter().map(|key| (key, key))).await;
    for (key, error) in stored.failed() {
        eprintln!("{key} is not stored: {error}");
    }

    // A server's share of the keys follows its weight.
    let mut shares = BTreeMap::new();
    for key in &keys {
        *shares.entry(client.owner(key)?).or_insert(0) += 1;
    }
    for (server, share) in shares {
        println!("{server} owns {share} of {} keys", keys.len());
    }
    let found = client.get_many::<_, String>(&keys).await;
    println!("found {} of them", found.hits().count());
    assert_eq!(found.hits().count(), keys.len());
    Ok(())
}
