//! Servers that die and come back.

use std::num::NonZero;
use std::time::{Duration, Instant};

use mc_client::{Behaviors, Client, ErrorKind};
use mc_testkit::{FaultProxy, Memcached, Rule};

fn quick_to_retry() -> Behaviors {
    let mut behaviors = Behaviors::production();
    behaviors.failure_limit = NonZero::new(1).unwrap();
    behaviors.retry_timeout = Duration::from_millis(50);
    behaviors.dead_timeout = Duration::from_millis(50);
    behaviors
}

/// Asks until the answer is `Ok`; the runner's own time limit bounds it.
async fn until_served(client: &Client, key: &str) {
    while client.set(key, "x").await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_restarted_server_is_used_again() {
    let (mut server, client) = super::one_server();
    client.set("k", "x").await.unwrap();
    server.kill().unwrap();
    server.restart().unwrap();
    // The loss is noticed while the connection is idle, or the unsent request is sent once more.
    until_served(&client, "k").await;
    assert_eq!(
        client.get::<String>("k").await.unwrap().as_deref(),
        Some("x")
    );
}

#[tokio::test]
async fn the_keys_of_an_ejected_server_move_and_return() {
    let mut servers: Vec<_> = (0..3).map(|_| Memcached::start().unwrap()).collect();
    let client = super::builder(&servers)
        .behaviors(quick_to_retry())
        .build()
        .unwrap();
    let dead = servers[0].address().to_string();
    let keys: Vec<_> = (0..200).map(|number| format!("k{number}")).collect();
    let is_dead_ones = |key: &String| *client.owner(key).unwrap() == *dead;
    assert!(
        client
            .set_many(keys.iter().map(|key| (key, "old")))
            .await
            .is_ok()
    );

    servers[0].kill().unwrap();
    // A request written before the runtime has seen the end of the connection fails: give it a turn.
    tokio::time::sleep(Duration::from_millis(20)).await;
    // The first failure ejects it; the request that met it goes to another server.
    for key in &keys {
        let found = client.get::<String>(key).await.unwrap();
        assert_eq!(found.is_none(), is_dead_ones(key), "{key}");
    }
    let again = client.set_many(keys.iter().map(|key| (key, "new"))).await;
    assert_eq!(again.failed().count(), 0);

    servers[0].restart().unwrap();
    let key = keys.iter().find(|key| is_dead_ones(key)).unwrap();
    // Back once a probe has found it: then it does not know the key that was set meanwhile.
    while client.get::<String>(key).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let found = client.get_many::<_, String>(&keys).await;
    assert!(found.misses().all(|key| is_dead_ones(key)));
    assert_eq!(found.failed().count(), 0);
}

#[tokio::test]
async fn without_ejection_keys_do_not_move() {
    let mut servers: Vec<_> = (0..2).map(|_| Memcached::start().unwrap()).collect();
    let mut behaviors = quick_to_retry();
    behaviors.auto_eject = false;
    let client = super::builder(&servers)
        .behaviors(behaviors)
        .build()
        .unwrap();
    let dead = servers[1].address().to_string();
    servers[1].kill().unwrap();
    for number in 0..50 {
        let key = format!("k{number}");
        let stored = client.set(&key, "x").await;
        let expected = *client.owner(&key).unwrap() == *dead;
        assert_eq!(stored.is_err(), expected, "{key}");
        if let Err(error) = stored {
            assert!(
                matches!(error.kind(), ErrorKind::Connect | ErrorKind::ServerDown),
                "{error}"
            );
        }
    }
}

/// Whoever has the probe's answer finds the server in use with the next call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_back_when_its_probe_is_answered() {
    let mut servers: Vec<_> = (0..2).map(|_| Memcached::start().unwrap()).collect();
    let client = super::builder(&servers)
        .behaviors(quick_to_retry())
        .build()
        .unwrap();
    let dead = servers[1].address().to_string();
    let keys: Vec<_> = (0..200).map(|number| format!("k{number}")).collect();
    let is_dead_ones = |key: &&String| *client.owner(key).unwrap() == *dead;
    let keys: Vec<_> = keys.iter().filter(is_dead_ones).collect();
    for round in 0..10 {
        servers[1].kill().unwrap();
        until_served(&client, keys[0]).await;
        servers[1].restart().unwrap();
        // It is empty, other than the one that stands in for it.
        while client.get::<String>(keys[0]).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let stored = client.set_many(keys.iter().map(|key| (key, round))).await;
        assert!(stored.is_ok());
        let found = client.get_many::<_, u32>(&keys).await;
        assert_eq!(found.hits().count(), keys.len(), "round {round}");
    }
}

/// A proxy whose server is gone accepts connections and resets them: that is no better than a port that refuses.
#[tokio::test]
async fn a_proxy_without_its_server_is_left_alone() {
    let server = Memcached::start().unwrap();
    let proxy = FaultProxy::builder(server.address());
    let proxy = proxy.rule(Rule::connections().refuse()).start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.retry_timeout = Duration::from_secs(60);
    let client = Client::builder()
        .servers([proxy.address().to_string()])
        .unwrap();
    let client = client.behaviors(behaviors).build().unwrap();
    for _ in 0..20 {
        assert!(client.get::<String>("k").await.is_err());
    }
    assert_eq!(proxy.stats().accepted, 1);

    proxy.set_rules([]).unwrap();
    client.behaviors().set("retry_timeout", 0).unwrap();
    until_served(&client, "k").await;
}

/// While a server rests its calls fail at once: who does nothing but ask must not keep the only thread from the driver
/// that finds it well.
#[tokio::test]
async fn who_asks_without_a_pause_is_served_when_the_server_is_back() {
    let mut server = Memcached::start().unwrap();
    let client = super::builder([&server])
        .behaviors(quick_to_retry())
        .build()
        .unwrap();
    let by = Instant::now() + Duration::from_secs(20);
    for _ in 0..3 {
        server.kill().unwrap();
        assert!(client.get::<String>("k").await.is_err());
        server.restart().unwrap();
        while client.get::<String>("k").await.is_err() {
            assert!(Instant::now() < by, "it is never served again");
        }
        server.kill().unwrap();
        assert!(client.get_many::<_, String>(["k"]).await.all().is_err());
        server.restart().unwrap();
        while client.get_many::<_, String>(["k"]).await.all().is_err() {
            assert!(Instant::now() < by, "it is never served again");
        }
    }
}
