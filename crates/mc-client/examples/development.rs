//! Settings for one's own machine, after the development half of pylibmc's configuration page's example of two
//! environments: `cargo run -p mc-client --example development [SERVER…]`.

mod servers;

use std::error::Error;

use mc_client::{Behaviors, Client, ErrorKind};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1])?;
    // Patient where production is quick, and strict where it is lenient.
    let behaviors = Behaviors::development();
    for (name, value) in behaviors.differing() {
        println!("{name} = {value}");
    }
    let client = Client::builder()
        .servers(&servers.specs)?
        .behaviors(behaviors)
        .connect() // and not `build`: a server that is not there shows at once
        .await?;

    client.set("greeting", "hello").await?;
    let greeting: Option<String> = client.get("greeting").await?;
    println!("greeting: {greeting:?}");

    // A key that some other client could not spell is refused before anybody depends on it.
    let error = client.set("grüße", "hallo").await.unwrap_err();
    println!("refused: {error}");
    assert_eq!(error.kind(), ErrorKind::InvalidKey);
    Ok(())
}
