//! The first minutes with the client: `cargo run -p mc-client --example quickstart [SERVER…]`.

mod servers;

use std::error::Error;
use std::time::Duration;

use mc_client::{Behaviors, CasOutcome, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1, 1])?;
    let mut behaviors = Behaviors::production();
    behaviors.cas = true; // for `gets` and `cas` below
    let builder = Client::builder().servers(&servers.specs)?;
    // `connect` asks every server now; `build` would connect when a call first goes there.
    let client = builder.behaviors(behaviors).connect().await?;

    // Values come back as the type that they were stored as. A miss is `None`, an error is an error.
    client
        .set("greeting", "hello")
        .expire(Duration::from_secs(60))
        .await?;
    let text: Option<String> = client.get("greeting").await?;
    println!("greeting: {text:?}, owned by {}", client.owner("greeting")?);

    let visits = client.incr("visits", 1).initial(1).await?;
    println!("visits: {visits:?}");

    // Read, change, and store only if nobody else has changed it meanwhile.
    if let Some(item) = client.gets::<String>("greeting").await? {
        let louder = item.value.to_uppercase();
        match client.cas("greeting", louder, item.cas).await? {
            CasOutcome::Stored => println!("greeted louder"),
            CasOutcome::Exists | CasOutcome::NotFound => println!("somebody was faster"),
        }
    }

    // Many keys: one batch to each server, a result for each key.
    let stored = client.set_many([("a", 1), ("b", 2), ("c", 3)]).await;
    for (key, error) in stored.failed() {
        eprintln!("{key} was not stored: {error}");
    }
    let found = client.get_many::<_, u32>(["a", "b", "c", "d"]).await;
    println!(
        "found {:?}, missed {:?}",
        found.hits().collect::<Vec<_>>(),
        found.misses().collect::<Vec<_>>()
    );

    for (server, version) in client.version().await.iter() {
        println!("{server} runs {version:?}");
    }
    Ok(())
}
