//! Many tasks on one connection: each gets its own answer, whatever the others do.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use mc_client::Client;
use mc_testkit::Memcached;

/// Keys whose values tell them apart.
async fn fill(client: &Client, count: usize) -> Vec<String> {
    let keys: Vec<_> = (0..count).map(|number| format!("key:{number}")).collect();
    assert!(
        client
            .set_many(keys.iter().map(|key| (key, key.as_str())))
            .await
            .is_ok()
    );
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_gets_his_own_answer() {
    let (_server, client) = super::one_server();
    let keys = fill(&client, 500).await;
    let readers = keys.into_iter().map(|key| {
        let client = client.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                assert_eq!(client.get(&key).await.unwrap(), Some(key.clone()));
            }
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn dropped_calls_disturb_nobody() {
    let (_server, client) = super::one_server();
    let keys = fill(&client, 100).await;
    for round in 0..2000 {
        let (key, other) = (&keys[round % 100], &keys[(round * 7 + 3) % 100]);
        let mut dropped = Box::pin(client.get::<String>(key).into_future());
        // Polled 0 to 2 times, with turns of the driver between, then dropped.
        for _ in 0..round % 3 {
            let _ = dropped
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            tokio::task::yield_now().await;
        }
        drop(dropped);
        assert_eq!(client.get(other).await.unwrap().as_ref(), Some(other));
    }
}

#[tokio::test]
async fn a_call_given_up_by_a_timer_disturbs_nobody() {
    let (server, client) = super::one_server();
    let keys = fill(&client, 10).await;
    server.stop().unwrap();
    let late =
        tokio::time::timeout(Duration::from_millis(20), client.get::<String>(&keys[0])).await;
    assert!(late.is_err());
    server.cont().unwrap();
    assert_eq!(client.get(&keys[1]).await.unwrap().as_ref(), Some(&keys[1]));
}

#[test]
fn a_client_survives_its_runtime() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    first.block_on(async { client.set("k", "x").await.unwrap() });
    let mut waiting = pin!(client.get::<String>("k").into_future());
    first.block_on(async {
        let _ = waiting
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
    });
    drop(first);
    let second = runtime();
    // What was queued on the first is answered, if only with an error; the client goes on.
    let answer = second.block_on(waiting);
    assert!(answer.is_err() || answer.is_ok_and(|value| value.as_deref() == Some("x")));
    let value: Option<String> = second.block_on(async { client.get("k").await.unwrap() });
    assert_eq!(value.as_deref(), Some("x"));
}

#[tokio::test]
async fn more_than_the_queue_holds_waits_its_turn() {
    let (_server, client) = super::one_server();
    let value = vec![7u8; 200_000];
    let keys: Vec<_> = (0..100).map(|number| format!("big:{number}")).collect();
    let stored = client.set_many(keys.iter().map(|key| (key, &value))).await;
    assert_eq!(stored.failed().count(), 0);
    let found = client.get_many::<_, Vec<u8>>(&keys).await;
    assert_eq!(
        found.hits().filter(|(_, found)| **found == value).count() + found.misses().count(),
        100
    );
}
