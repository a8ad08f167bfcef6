//! Settings for a cluster under load, after the production half of pylibmc's configuration page's example of two
//! environments: `cargo run -p mc-client --example production [SERVER…]`.

mod servers;

use std::error::Error;
use std::time::Duration;

use mc_client::{Behaviors, Client};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1, 2, 1])?;
    let behaviors = Behaviors::production();
    for (name, value) in behaviors.differing() {
        println!("{name} = {value}");
    }
    // By name they are what pylibmc's users would write.
    let mut by_name = Behaviors::default();
    by_name.update([
        ("ketama_weighted", 1),
        ("tcp_nodelay", 1),
        ("tcp_keepalive", 1),
        ("connect_timeout", 500),
        ("send_timeout", 750),
        ("receive_timeout", 750),
        ("_poll_timeout", 750),
        ("auto_eject", 1),
        ("failure_limit", 3),
        ("retry_timeout", 1),
        ("dead_timeout", 30),
    ])?;
    assert_eq!(behaviors, by_name);

    let client = Client::builder()
        .servers(&servers.specs)?
        .behaviors(behaviors)
        .build()?;
    for user in 1..=3 {
        println!("user {user}: {}", name_of(&client, user).await);
    }
    Ok(())
}

/// A value from the cache, or else from where it comes from. A cache that fails costs time and nothing else.
async fn name_of(client: &Client, user: u64) -> String {
    let key = format!("user:{user}:name");
    match client.get::<String>(&key).await {
        Ok(Some(name)) => return name,
        Ok(None) => {}
        Err(error) => eprintln!("no cache for {key}: {error}"),
    }
    let name = format!("from the database, number {user}");
    let stored = client
        .set(&key, &name)
        .expire(Duration::from_secs(300))
        .await;
    if let Err(error) = stored {
        eprintln!("{key} is not stored: {error}");
    }
    name
}
