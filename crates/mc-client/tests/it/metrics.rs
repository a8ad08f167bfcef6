//! What the client counts of each server.

use std::time::Duration;

use mc_client::metrics::ServerMetrics;
use mc_client::{Client, Error};

fn only(client: &Client) -> ServerMetrics {
    let [server]: [ServerMetrics; 1] = client.metrics().try_into().unwrap();
    server
}

#[tokio::test]
async fn requests_answers_hits_and_misses() -> Result<(), Error> {
    let (_server, client) = crate::one_server();
    client.set("a", "1").await?;
    client.get::<String>("a").await?;
    client.get::<String>("b").await?;
    let _found = client.get_many::<_, String>(["a", "b", "c"]).await;
    let text = client.incr("a", 1).await;
    assert_eq!(text?, Some(2));
    client.set("text", "x").await?;
    client.incr("text", 1).await.unwrap_err();
    let seen = only(&client);
    assert_eq!((seen.requests, seen.answers, seen.refused), (7, 7, 1));
    assert_eq!((seen.hits, seen.misses), (2, 3));
    assert_eq!(seen.hit_ratio(), Some(0.4));
    assert_eq!((seen.connects, seen.connect_failures, seen.lost), (1, 0, 0));
    assert_eq!(seen.latency.count(), 7);
    assert!(seen.latency.quantile(1.0) >= seen.latency.mean());
    assert!(seen.bytes_written > 60 && seen.bytes_read > 60, "{seen:?}");
    Ok(())
}

#[tokio::test]
async fn what_comes_late_and_what_is_lost() -> Result<(), Error> {
    let (mut server, client) = crate::one_server();
    client.set("a", "1").await?;
    server.stop().unwrap();
    let soon = Duration::from_millis(50);
    client.get::<String>("a").deadline(soon).await.unwrap_err();
    server.cont().unwrap();
    client.get::<String>("a").await?;
    let seen = only(&client);
    assert_eq!((seen.timeouts, seen.late, seen.lost), (1, 1, 0));

    server.kill().unwrap();
    while client.get::<String>("a").await.is_ok() {}
    client.get::<String>("a").await.unwrap_err();
    assert!(only(&client).connect_failures > 0, "{:?}", only(&client));
    Ok(())
}

#[tokio::test]
async fn counters_stay_when_connections_are_made_anew() -> Result<(), Error> {
    let (_server, client) = crate::one_server();
    client.set("a", "1").await?;
    client.behaviors().set("tcp_nodelay", true).unwrap();
    client.get::<String>("a").await?;
    let seen = only(&client);
    assert_eq!((seen.requests, seen.connects), (2, 2));
    Ok(())
}

#[cfg(feature = "metrics")]
#[tokio::test]
async fn the_facade_gets_what_is_new() -> Result<(), Error> {
    use mc_client::metrics::Exporter;
    use metrics_util::debugging::{DebugValue, DebuggingRecorder};

    let (_server, client) = crate::one_server();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let mut exporter = Exporter::default();
    for gets in [1, 3] {
        for _ in 0..gets {
            client.get::<String>("absent").await?;
        }
        metrics::with_local_recorder(&recorder, || exporter.export(client.metrics()));
        let (mut requests, mut latencies) = (0, 0);
        for (key, _, _, value) in snapshotter.snapshot().into_vec() {
            match (key.key().name(), value) {
                ("memcached_requests_total", DebugValue::Counter(number)) => requests = number,
                ("memcached_latency_seconds", DebugValue::Histogram(values)) => {
                    latencies = values.len();
                }
                _ => {}
            }
        }
        // The debugging recorder takes its numbers with each snapshot.
        assert_eq!((requests, latencies), (gets, gets as usize));
    }
    Ok(())
}
