//! Servers that fail: whose keys move, and until when.

use std::time::{Duration, Instant};

use mc_behaviors::Behaviors;
use mc_client::{Compat, ErrorKind, Outcome, Protocol};
use mc_testkit::Memcached;

use super::Client;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

fn servers() -> [Memcached; 3] {
    [(); 3].map(|()| Memcached::start().unwrap())
}

fn client(servers: &[Memcached], behaviors: &Behaviors, protocol: Protocol) -> Client {
    let builder = super::builder(servers).behaviors(behaviors.clone());
    builder.protocol(protocol).build().unwrap()
}

/// Some keys of the server, and some of others.
fn keys(client: &Client, server: &Memcached) -> (Vec<String>, Vec<String>) {
    let name = server.address().to_string();
    let keys = (0..100).map(|number| format!("key:{number}"));
    keys.partition(|key| *client.owner(key).unwrap() == *name)
}

/// What pylibmc's documentation recommends: a server is removed at its first failure, and tried once a minute.
///
/// In libmemcached 1.0 `remove_failed` is the limit, too; in 1.1 that is said beside it.
fn recommended(compat: Compat) -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.compat = compat;
    let settings = [
        ("ketama", 1),
        ("remove_failed", 1),
        ("retry_timeout", 1),
        ("dead_timeout", 60),
    ];
    behaviors.update(settings).unwrap();
    if compat == Compat::V1_1 {
        behaviors.set("failure_limit", 1).unwrap();
    }
    behaviors
}

async fn fails_over(compat: Compat, protocol: Protocol) {
    let mut servers = servers();
    let client = client(&servers, &recommended(compat), protocol);
    let (lost, others) = keys(&client, &servers[0]);
    let all = || lost.iter().chain(&others);
    assert!(go!(client.set_many(all().map(|key| (key, "before")))).is_ok());
    servers[0].kill().unwrap();

    // What was on its way is lost; from the first failed connection on, others stand in.
    let mut errors = 0;
    while go!(client.get::<String>(&lost[0])).is_err() {
        errors += 1;
    }
    assert!(errors <= 1, "{errors}");
    for key in &lost {
        assert_eq!(go!(client.get::<String>(key)).unwrap(), None, "{key}");
        go!(client.set(key, "meanwhile")).unwrap();
    }
    let found = go!(client.get_many::<_, String>(all()));
    assert_eq!(
        found.hits().count(),
        100,
        "only the lost server's keys move"
    );
    for key in &others {
        let value: Option<String> = go!(client.get(key)).unwrap();
        assert_eq!(value.as_deref(), Some("before"), "{key}");
    }
    assert!(client.metrics()[0].connect_failures <= 1);

    // It is there again, and left alone for its minute; a shorter one holds at once.
    servers[0].restart().unwrap();
    let alone = super::builder(&servers[..1]).build().unwrap();
    go!(alone.set(&lost[0], "back")).unwrap();
    let get = || async { go!(client.get::<String>(&lost[0])).unwrap() };
    assert_eq!(get().await.as_deref(), Some("meanwhile"));
    client.behaviors().set("dead_timeout", 1).unwrap();
    while get().await.as_deref() != Some("back") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(client.metrics()[0].connect_failures <= 1);
}

#[tokio::test]
async fn the_failover_that_pylibmc_recommends() {
    fails_over(Compat::V1_0, Protocol::Text).await;
    for protocol in PROTOCOLS {
        fails_over(Compat::V1_1, protocol).await;
    }
}

/// A server that refuses is well: it is not left alone, and none of its keys moves.
#[tokio::test]
async fn what_a_server_refuses_does_not_count() {
    for protocol in PROTOCOLS {
        let small = Memcached::builder().max_item_size(2 << 10).start().unwrap();
        let servers = [small, Memcached::start().unwrap()];
        let client = client(&servers, &recommended(Compat::V1_0), protocol);
        let (keys, _) = keys(&client, &servers[0]);
        for key in &keys {
            go!(client.set(key, "word")).unwrap();
            let error = go!(client.set(key, vec![b'x'; 4 << 10])).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ServerTooLarge, "{error}");
            go!(client.set(key, "word")).unwrap();
            let error = go!(client.incr(key, 1)).unwrap_err();
            assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
        }
        let alone = super::builder(&servers[..1]).build().unwrap();
        let found = go!(alone.get_many::<_, String>(&keys));
        assert_eq!(found.hits().count(), keys.len());
        assert_eq!(client.metrics()[0].connects, 1);
    }
}

/// Nobody waits, and no ring without servers is asked.
#[tokio::test]
async fn all_servers_down_is_told_at_once_until_one_is_back() {
    let mut servers = servers();
    let client = client(&servers, &recommended(Compat::V1_1), Protocol::Meta);
    servers.iter_mut().for_each(|server| server.kill().unwrap());
    let (first, others) = keys(&client, &servers[0]);
    let all = || first.iter().chain(&others);
    // Each fails once.
    assert_eq!(
        go!(client.set_many(all().map(|key| (key, 1))))
            .failed()
            .count(),
        100
    );
    let begun = Instant::now();
    for key in all() {
        let error = go!(client.get::<u8>(key)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ServerDown, "{error}");
    }
    assert!(begun.elapsed() < Duration::from_secs(1), "no call waits");
    assert!(
        client
            .metrics()
            .iter()
            .all(|seen| seen.connect_failures == 1)
    );

    servers[0].restart().unwrap();
    client.behaviors().set("dead_timeout", 1).unwrap();
    while go!(client.get::<u8>(&first[0])).is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for key in &first {
        go!(client.set(key, 1)).unwrap();
    }
}
