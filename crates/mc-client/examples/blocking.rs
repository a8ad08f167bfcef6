//! Threads that share one client, without a runtime:
//! `cargo run -p mc-client --features blocking --example blocking [SERVER…]`.

mod servers;

use std::error::Error;
use std::thread;
use std::time::Duration;

use mc_client::Behaviors;
use mc_client::blocking::Client;

/// Of each thread.
const VISITS: u64 = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1, 1])?;
    let client = Client::builder()
        .servers(&servers.specs)?
        .behaviors(Behaviors::production())
        .deadline(Duration::from_secs(1))
        .connect()?;

    // The words of the async client; `call` sends.
    client
        .set("greeting", "hello")
        .expire(Duration::from_secs(60))
        .call()?;
    let text: Option<String> = client.get("greeting").call()?;
    println!("greeting: {text:?}, owned by {}", client.owner("greeting")?);

    // Each call takes a connection of its own, and the next one uses it again.
    client.delete("visits").call()?;
    let visit = || -> Result<(), mc_client::Error> {
        for _ in 0..VISITS {
            client.incr("visits", 1).initial(1).call()?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let visitors: Vec<_> = (0..4).map(|_| scope.spawn(visit)).collect();
        let mut joined = visitors.into_iter().map(|visitor| visitor.join());
        joined.try_for_each(|visited| visited.expect("no visitor panics"))
    })?;
    let visits: Option<u64> = client.get("visits").call()?;
    println!("visits: {visits:?}");

    // Many keys: all servers at once, a result for each key.
    let found = client.get_many::<_, String>(["greeting", "absent"]).call();
    for (key, error) in found.failed() {
        eprintln!("{key}: {error}");
    }
    println!("missed: {:?}", found.misses().collect::<Vec<_>>());

    // A clone has the same servers and settings, and connections of its own.
    let twin = client.clone();
    assert_eq!(twin.get("visits").call()?, Some(4 * VISITS));
    Ok(())
}
