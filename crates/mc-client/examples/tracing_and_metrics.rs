//! What the client tells of itself: spans and events for `tracing`, numbers for the `metrics` facade:
//! `cargo run -p mc-client --features tracing,metrics --example tracing_and_metrics [SERVER…]`.

mod servers;

use std::error::Error;

use mc_client::Client;
use mc_client::metrics::Exporter;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Each call is a span, printed when it ends; connections are events. Keys and values are in none of them.
    tracing_subscriber::fmt()
        .with_max_level(Level::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::stdout)
        .init();
    // This recorder shows what it gets; a service has one that sends it to where its numbers are looked at.
    let recorder = DebuggingRecorder::new();
    let shown = recorder.snapshotter();
    recorder.install()?;

    let servers = servers::servers(&[1, 1])?;
    let client = Client::builder().servers(&servers.specs)?.connect().await?;
    for user in 0..5 {
        client.set(&format!("user:{user}"), user).await?;
    }
    let found = client.get_many::<_, u32>(["user:1", "user:2", "user:9"]);
    println!("found {}", found.await.hits().count());

    // The numbers are always kept, and are there to be read.
    for server in client.metrics() {
        let p99 = server.latency.quantile(0.99).unwrap_or_default();
        println!(
            "{}: {} requests, p99 {p99:.0?}",
            server.name, server.requests
        );
    }

    // An exporter passes them on; a service calls it every few seconds.
    Exporter::default().export(client.metrics());
    for (key, _, _, value) in shown.snapshot().into_vec() {
        let key = key.key();
        let labels = key.labels().map(|label| label.value());
        print!("{} {}: ", key.name(), labels.collect::<String>());
        match value {
            DebugValue::Counter(count) => println!("{count}"),
            DebugValue::Gauge(number) => println!("{number}"),
            DebugValue::Histogram(values) => {
                let micros = Vec::from_iter(values.iter().map(|value| (value.0 * 1e6).round()));
                println!("{micros:?} µs");
            }
        }
    }
    Ok(())
}
