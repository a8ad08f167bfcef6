//! Values of one's own, and those of other languages: `cargo run -p mc-client --features serde,pickle --example values [SERVER…]`.

mod servers;

use std::collections::BTreeMap;
use std::error::Error;

use mc_client::value::{Dalli, Json, OrMiss, PhpMemcached, Pickle};
use mc_client::{Client, Pylibmc, Raw};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    name: String,
    age: u8,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = servers::servers(&[1])?;
    let builder = Client::builder().servers(&servers.specs)?;

    // pylibmc's codec is the default; here it compresses what has a kilobyte or more.
    let mut codec = Pylibmc::default();
    codec.min_compress_len = 1024;
    let client = builder.clone().codec(codec).build()?;

    // A type of one's own as JSON, and what does not parse any more as a miss.
    let ann = User {
        name: "ann".to_owned(),
        age: 31,
    };
    client.set("user:1", Json(&ann)).await?;
    let found: Option<OrMiss<Json<User>>> = client.get("user:1").await?;
    println!("user:1 is {found:?}");

    // What Python reads as a dict, and what it stored as one.
    let scores = BTreeMap::from([("ann", 3), ("bob", 5)]);
    client.set("scores", Pickle(&scores)).await?;
    let scores: Option<Pickle<BTreeMap<String, u32>>> = client.get("scores").await?;
    println!("scores are {scores:?}");

    // Long values become shorter, as the codec or the call says.
    let text = "the same again, ".repeat(1000);
    client.set("text", &text).await?;
    let stored: Option<Raw> = client.get("text").await?;
    let stored = stored.map_or(0, |raw| raw.data.len());
    println!("{} bytes take {stored}", text.len());

    // The same in a fleet of PHP or Ruby.
    for client in [
        builder.clone().codec(PhpMemcached::default()).build()?,
        builder.clone().codec(Dalli::default()).build()?,
    ] {
        client.set("visits", 7).await?;
        let raw: Option<Raw> = client.get("visits").await?;
        let visits: Option<u32> = client.get("visits").await?;
        println!("{visits:?} is stored as {raw:?}");
    }
    Ok(())
}
