//! Settings changed on a working client.

use mc_client::{Behaviors, Client};
use mc_testkit::Memcached;

#[test]
fn settings_that_follow_a_configuration_string_keep_its_servers() {
    let mut behaviors = Behaviors::default();
    behaviors.tcp_nodelay = true;
    let client = Client::builder()
        .config_string("--SERVER=cache1 --VERIFY-KEY")
        .unwrap()
        .behaviors(behaviors.clone())
        .build()
        .unwrap();
    assert_eq!(client.owner("k").unwrap().as_ref(), "cache1");
    assert_eq!(client.behaviors().snapshot(), behaviors);
}

#[tokio::test]
async fn a_new_distribution_places_the_next_call() {
    let servers: Vec<_> = (0..5).map(|_| Memcached::start().unwrap()).collect();
    let client = super::builder(&servers).build().unwrap();
    let twin = client.clone();
    let keys: Vec<_> = (0..100).map(|number| format!("k{number}")).collect();
    let owners =
        |client: &Client| -> Vec<_> { keys.iter().map(|key| client.owner(key).unwrap()).collect() };
    let before = owners(&client);
    client
        .behaviors()
        .update([("hash", "md5"), ("distribution", "consistent ketama")])
        .unwrap();
    assert_ne!(owners(&client), before);
    assert_eq!(owners(&twin), owners(&client), "a clone is the same client");
    assert!(
        client
            .set_many(keys.iter().map(|key| (key, 1)))
            .await
            .is_ok()
    );
    assert_eq!(twin.get_many::<_, u8>(&keys).await.hits().count(), 100);
}

#[tokio::test]
async fn a_change_of_sockets_reconnects_and_loses_nothing() {
    let (_server, client) = super::one_server();
    client.set("k", "x").await.unwrap();
    let reading: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get::<String>("k").await })
        })
        .collect();
    client
        .behaviors()
        .modify(|behaviors: &mut Behaviors| behaviors.tcp_nodelay = true)
        .unwrap();
    for read in reading {
        assert_eq!(read.await.unwrap().unwrap().as_deref(), Some("x"));
    }
    let stats = client.stats().await.all().unwrap();
    assert!(stats[0].total_connections >= Some(2), "{stats:?}");
}

#[tokio::test]
async fn another_protocol_finds_the_same_values() {
    let (_server, client) = super::one_server();
    client.set("k", "x").await.unwrap();
    for binary in [true, false] {
        client
            .behaviors()
            .modify(|behaviors| behaviors.binary = binary)
            .unwrap();
        assert_eq!(
            client.get::<String>("k").await.unwrap().as_deref(),
            Some("x")
        );
    }
}
