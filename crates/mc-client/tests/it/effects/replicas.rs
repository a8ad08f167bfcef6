//! What is set or deleted reaches the replicas, and they answer while the owner is down.

use std::collections::HashSet;
use std::time::Duration;

use mc_client::Protocol;
use mc_testkit::Memcached;

use super::Client;

const KEYS: usize = 60;

fn keys() -> Vec<String> {
    (0..KEYS).map(|number| format!("key:{number}")).collect()
}

/// A client with one replica of each key.
fn replicated(servers: &[Memcached], protocol: Protocol) -> Client {
    let client = super::builder(servers).protocol(protocol).build().unwrap();
    client.behaviors().set("num_replicas", 1).unwrap();
    client
}

/// How many of the keys each server holds.
async fn held(servers: &[Memcached]) -> Vec<usize> {
    let mut held = Vec::new();
    for server in servers {
        let alone = super::builder([server]).build().unwrap();
        held.push(go!(alone.get_many::<_, String>(keys())).hits().count());
    }
    held
}

async fn in_protocol(protocol: Protocol) {
    let mut servers: Vec<_> = (0..3).map(|_| Memcached::start().unwrap()).collect();
    let client = replicated(&servers, protocol);
    for key in &keys()[..KEYS / 2] {
        go!(client.set(key, "v")).unwrap();
    }
    let rest = keys().into_iter().skip(KEYS / 2).map(|key| (key, "v"));
    assert!(go!(client.set_many(rest)).is_ok());
    assert_eq!(held(&servers).await.iter().sum::<usize>(), 2 * KEYS);

    servers[1].kill().unwrap();
    for key in keys() {
        assert_eq!(go!(client.get(&key)).unwrap(), Some("v".to_owned()));
    }
    let found = go!(client.get_many::<_, String>(keys()));
    assert_eq!(found.hits().count(), KEYS, "{found:?}");

    // Deletes reach the copies that are up, so that no stale one is read.
    let gone: HashSet<_> = keys().into_iter().take(KEYS / 2).collect();
    for key in &gone {
        assert!(go!(client.delete(key)).unwrap());
    }
    let found = go!(client.get_many::<_, String>(keys()));
    assert!(found.is_ok() && found.misses().all(|key| gone.contains(key)));
    assert_eq!(found.misses().count(), gone.len());
}

#[tokio::test]
async fn in_every_protocol() {
    for protocol in [
        Protocol::Text,
        Protocol::Meta,
        Protocol::Binary,
        Protocol::Auto,
    ] {
        in_protocol(protocol).await;
    }
}

/// All keys of a call may have one owner: what it answers counts, and not the silence about the copies.
#[tokio::test]
async fn one_key_of_a_call_about_many() {
    let servers = [Memcached::start().unwrap(), Memcached::start().unwrap()];
    let client = replicated(&servers, Protocol::Text);
    let stored = go!(client.set_many([("key:1", "v")]));
    assert_eq!(stored.all().unwrap(), [()]);
    assert_eq!(held(&servers).await, [1, 1]);
    let deleted = go!(client.delete_many(["key:1"]));
    assert_eq!(deleted.all().unwrap(), [true]);
    assert_eq!(held(&servers).await, [0, 0]);
}

#[tokio::test]
async fn reads_may_be_spread_over_the_replicas() {
    let servers = [Memcached::start().unwrap(), Memcached::start().unwrap()];
    let client = replicated(&servers, Protocol::Text);
    go!(client.set("k", "v")).unwrap();
    let alone = super::builder([&servers[1]]).build().unwrap();
    go!(alone.set("k", "other")).unwrap();
    let changed = client
        .behaviors()
        .modify(|behaviors| behaviors.randomize_replica_read = true);
    changed.unwrap();
    let mut seen = HashSet::new();
    for _ in 0..100 {
        seen.extend(go!(client.get::<String>("k")).unwrap());
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
}

/// A condition is for the owner to judge; its replicas keep what they have.
#[tokio::test]
async fn only_sets_and_deletes_are_copied() {
    let servers = [Memcached::start().unwrap(), Memcached::start().unwrap()];
    let client = replicated(&servers, Protocol::Text);
    assert!(go!(client.add("key:1", "v")).unwrap());
    go!(client.touch("key:1", Duration::from_secs(9))).unwrap();
    assert_eq!(held(&servers).await.iter().sum::<usize>(), 1);
}
