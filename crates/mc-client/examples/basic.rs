//! One server and a few settings, after the basic example of pylibmc's configuration page:
//! `cargo run -p mc-client --example basic [SERVER…]`.

mod servers;

use std::error::Error;
use std::time::Duration;

use mc_client::{Behaviors, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1])?;
    let mut behaviors = Behaviors::default();
    behaviors.binary = true;
    behaviors.update([("tcp_nodelay", true), ("ketama", true), ("no_block", true)])?;
    let client = Client::builder()
        .servers(&servers.specs)?
        .behaviors(behaviors)
        .connect()
        .await?;

    let hour = Duration::from_secs(3600);
    client.set("key", "value").expire(hour).await?;
    let value: Option<String> = client.get("key").await?;
    println!("key: {value:?}");

    // Settings change while the client works, by name or by type.
    client.behaviors().set("retry_timeout", 30)?;
    client
        .behaviors()
        .modify(|behaviors| behaviors.connect_timeout = Duration::from_millis(500))?;
    for (name, value) in client.behaviors().snapshot().differing() {
        println!("{name} = {value}");
    }
    assert_eq!(value.as_deref(), Some("value"));
    Ok(())
}
