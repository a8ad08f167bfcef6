//! What commands do beside the scenarios, in every protocol.

use std::time::Duration;

use mc_client::command::{Admin, Automove};
use mc_client::{Behaviors, Client, DeleteOutcome, ErrorKind, Protocol, StatsTopic};
use mc_testkit::Memcached;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

async fn in_every_protocol(check: impl AsyncFn(Client, Protocol)) {
    let server = Memcached::start().unwrap();
    for protocol in PROTOCOLS {
        let client = super::builder([&server]).protocol(protocol);
        let client = client.build().unwrap();
        client.flush_all().await.all().unwrap();
        check(client, protocol).await;
    }
}

#[tokio::test]
async fn exists_moves_no_value_in_meta() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).protocol(Protocol::Meta);
    let client = client.build().unwrap();
    client.set("k", vec![0; 100_000]).await.unwrap();
    let written = async || {
        client.stats().await.all().unwrap()[0]
            .bytes_written
            .unwrap()
    };
    let before = written().await;
    assert!(client.exists("k").await.unwrap());
    assert!(written().await - before < 50_000);
}

#[tokio::test]
async fn a_delete_with_a_cas_unique_spares_what_has_changed() {
    in_every_protocol(async |client, protocol| {
        client.behaviors().set("cas", true).unwrap();
        client.set("k", "1").await.unwrap();
        let cas = client.gets::<String>("k").await.unwrap().unwrap().cas;
        client.set("k", "2").await.unwrap();
        let deleted = client.delete("k").cas(cas).await;
        if protocol != Protocol::Meta {
            let error = deleted.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            let expected = format!(
                "delete with a cas unique needs the meta protocol; this connection speaks {protocol}"
            );
            assert_eq!(error.to_string(), expected);
            return;
        }
        assert_eq!(deleted.unwrap(), DeleteOutcome::Exists);
        let cas = client.gets::<String>("k").await.unwrap().unwrap().cas;
        let deleted = async || client.delete("k").cas(cas).await.unwrap();
        assert_eq!(deleted().await, DeleteOutcome::Deleted);
        assert_eq!(deleted().await, DeleteOutcome::NotFound);
    })
    .await;
}

#[tokio::test]
async fn stats_are_typed_and_raw() {
    in_every_protocol(async |client, _| {
        let before = &client.stats().await.all().unwrap()[0];
        client.set("k", "x").await.unwrap();
        client.get::<String>("k").await.unwrap();
        client.get::<String>("absent").await.unwrap();
        let after = &client.stats().await.all().unwrap()[0];
        assert_eq!(after.get_hits, before.get_hits.map(|hits| hits + 1));
        assert_eq!(after.get_misses, before.get_misses.map(|misses| misses + 1));
        assert_eq!(
            after.get("pid"),
            after.pid.map(|pid| pid.to_string()).as_deref()
        );
        assert!(after.uptime.is_some() && after.time.is_some() && after.version.is_some());
        assert!(after.hit_ratio() > Some(0.0));
        let settings = client.stats().topic(StatsTopic::Settings).await;
        let settings = &settings.all().unwrap()[0];
        assert!(settings.iter().any(|(name, _)| name == "maxbytes"));
    })
    .await;
}

#[tokio::test]
async fn verbosity_is_set() {
    let server = Memcached::start().unwrap();
    for (level, protocol) in [2, 1, 0].into_iter().zip(PROTOCOLS) {
        let client = super::builder([&server]).protocol(protocol);
        let client = client.build().unwrap();
        let done = client.verbosity(level).await.all();
        if protocol == Protocol::Binary {
            // memcached 1.6 has no such opcode.
            assert_eq!(done.unwrap_err().kind(), ErrorKind::Refused);
            continue;
        }
        done.unwrap();
        let settings = client.stats().topic(StatsTopic::Settings).await;
        let verbosity = ("verbosity".to_owned(), level.to_string());
        assert!(settings.all().unwrap()[0].contains(&verbosity));
    }
}

#[tokio::test]
async fn servers_are_run_otherwise_but_not_in_binary() {
    in_every_protocol(async |client, protocol| {
        let done = client.admin(Admin::SlabsAutomove(Automove::Off)).await;
        if protocol == Protocol::Binary {
            let (_, error) = done.failed().next().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        } else {
            assert!(done.is_ok(), "{done:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn many_more_keys_than_fit_a_line_are_read_and_touched() {
    in_every_protocol(async |client, _| {
        let keys: Vec<_> = (0..2000).map(|number| format!("key:{number}")).collect();
        let stored = client.set_many(keys.iter().zip(0u32..)).await;
        assert!(stored.is_ok(), "{:?}", stored.failed().next());
        let found = client
            .gat_many::<_, u32>(&keys, Duration::from_secs(60))
            .await;
        let expected: Vec<_> = (0u32..2000).map(Some).collect();
        assert_eq!(found.all().unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn a_key_prefix_is_in_front_of_each_key_and_not_in_the_results() {
    in_every_protocol(async |client, _| {
        client.behaviors().set("namespace", "app:").unwrap();
        let stored = client
            .set_many([("1", "x"), ("2", "y")])
            .key_prefix("user:");
        assert!(stored.await.is_ok());
        assert_eq!(client.get("user:1").await.unwrap(), Some("x".to_owned()));
        let found = client
            .get_many::<_, String>(["2", "3"])
            .key_prefix("user:")
            .await;
        assert_eq!(found.hits().next(), Some((&"2", &"y".to_owned())));
        assert_eq!(found.misses().collect::<Vec<_>>(), [&"3"]);

        let no_namespace = |behaviors: &mut Behaviors| behaviors.namespace = None;
        client.behaviors().modify(no_namespace).unwrap();
        assert_eq!(
            client.get("app:user:1").await.unwrap(),
            Some("x".to_owned())
        );
        let deleted = client.delete_many(["1", "2"]).key_prefix("app:user:").await;
        assert_eq!(deleted.done().count(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_key_with_its_prefix_is_a_key() {
    let (_server, client) = super::one_server();
    let long = "k".repeat(250);
    let found = client.get_many::<_, String>([&long]).key_prefix("p").await;
    let (key, error) = found.failed().next().unwrap();
    assert_eq!((*key, error.kind()), (&long, ErrorKind::InvalidKey));
    let found = client
        .get_many::<_, String>(["1"])
        .key_prefix("two words:")
        .await;
    assert_eq!(
        found.failed().next().unwrap().1.kind(),
        ErrorKind::InvalidKey
    );
}

#[tokio::test]
async fn hash_is_the_owners_place_in_the_list() {
    let servers = [(); 3].map(|()| Memcached::start().unwrap());
    for sorted in [false, true] {
        let client = super::builder(&servers).build().unwrap();
        client.behaviors().set("_sort_hosts", sorted).unwrap();
        let list = client.servers().list();
        for key in ["a", "b", "c", "d", "e", "f"] {
            let owner = client.owner(key).unwrap();
            assert_eq!(list[client.hash(key).unwrap()].to_string(), *owner);
        }
        assert_eq!(client.hash("").unwrap_err().kind(), ErrorKind::InvalidKey);
    }
}

#[tokio::test]
async fn disconnect_all_makes_new_connections_and_loses_no_call() {
    let (server, client) = super::one_server();
    let counter = super::builder([&server]).build().unwrap();
    let total = async || counter.stats().await.all().unwrap()[0].total_connections;
    client.set("k", "x").await.unwrap();
    let before = total().await;
    let calls = (0..200).map(|at| {
        if at % 50 == 0 {
            client.disconnect_all();
        }
        let client = client.clone();
        tokio::spawn(async move { client.get::<String>("k").await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap().as_deref(), Some("x"));
    }
    client.disconnect_all();
    client.get::<String>("k").await.unwrap();
    assert!(total().await > before);
}

#[tokio::test]
async fn a_separate_client_has_connections_and_settings_of_its_own() {
    let (_server, client) = super::one_server();
    let open = async || client.stats().await.all().unwrap()[0].curr_connections;
    // The client's own is left. The runner's own time limit bounds it.
    while open().await > Some(1) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let other = client.separate();
    other.set("k", "x").await.unwrap();
    assert_eq!(client.get("k").await.unwrap(), Some("x".to_owned()));
    assert!(open().await >= Some(2));
    other.behaviors().set("namespace", "other:").unwrap();
    assert_eq!(other.get::<String>("k").await.unwrap(), None);
    assert_eq!(client.get("k").await.unwrap(), Some("x".to_owned()));
}

#[tokio::test]
async fn a_client_is_a_map() {
    let (_server, client) = super::one_server();
    let map = client.map::<u32>();
    assert_eq!(map.get("k").await.unwrap(), None);
    map.insert("k", 7)
        .expire(Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(map.get("k").await.unwrap(), Some(7));
    assert!(map.contains_key("k").await.unwrap());
    assert!(map.remove("k").await.unwrap());
    assert!(!map.contains_key("k").await.unwrap() && !map.remove("k").await.unwrap());
}

#[tokio::test]
async fn the_server_of_the_testkit_knows_what_exists() {
    let server = mc_testkit::Server::start().await.unwrap();
    for protocol in PROTOCOLS {
        let client = Client::builder().servers([server.address().to_string()]);
        let client = client.unwrap().protocol(protocol).build().unwrap();
        client.set("k", "x").await.unwrap();
        assert!(client.exists("k").await.unwrap(), "{protocol}");
        assert!(!client.exists("absent").await.unwrap(), "{protocol}");
    }
}
