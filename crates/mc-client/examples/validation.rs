//! Settings that are not taken, and what is said of them, after the validation example of pylibmc's configuration
//! page: `cargo run -p mc-client --example validation [SERVER…]`.

mod servers;

use std::error::Error;

use mc_client::{Behaviors, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1])?;
    let client = Client::builder().servers(&servers.specs)?.connect().await?;
    let behaviors = client.behaviors();

    // Every setting, with its value now.
    for (name, value) in behaviors.iter() {
        println!("{name} = {value}");
    }

    // A name, a type or a number that cannot be: the error says what was wrong and what is allowed.
    let refused = [
        behaviors.set("connect_timeuot", 250),
        behaviors.set("hash", "sha1"),
        behaviors.set("distribution", 2),
        behaviors.set("failure_limit", 0),
        behaviors.set("connect_timeout", -1),
        behaviors.set("retry_timeout", "soon"),
    ];
    for error in refused {
        println!("refused: {}", error.expect_err("it cannot be"));
    }

    // Several are set all together or not at all.
    let half = [("tcp_nodelay", 1), ("failure_limit", 0)];
    println!("refused: {}", behaviors.update(half).unwrap_err());
    assert_eq!(behaviors.snapshot(), Behaviors::default());

    // By type there is less that can go wrong: a limit of 0 is no `NonZero`, and a timeout has its unit.
    behaviors.update([("tcp_nodelay", 1), ("failure_limit", 3)])?;
    println!("taken: tcp_nodelay = {}", behaviors.get("tcp_nodelay")?);
    Ok(())
}
