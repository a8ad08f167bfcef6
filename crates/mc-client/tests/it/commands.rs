//! Each command in every protocol.

use std::time::Duration;

use mc_client::command::{Admin, Automove};
use mc_client::{CasOutcome, Client, DeleteOutcome, ErrorKind, Expire, Protocol, StatsTopic};
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
async fn gat_reads_and_gives_a_new_end() {
    in_every_protocol(async |client, _| {
        assert_eq!(
            client.gat::<String>("k", Expire::Never).await.unwrap(),
            None
        );
        client.set("k", "x").await.unwrap();
        let found = client.gat::<String>("k", Duration::from_secs(60)).await;
        assert_eq!(found.unwrap().as_deref(), Some("x"));
        let found = client.gats::<String>("k", Duration::ZERO).await.unwrap();
        let item = found.unwrap();
        assert_eq!(item.value, "x");
        assert!(item.cas > 0);
        assert_eq!(client.get::<String>("k").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn exists_tells_a_hit_from_a_miss() {
    in_every_protocol(async |client, _| {
        assert!(!client.exists("k").await.unwrap());
        client.set("k", vec![0; 100_000]).await.unwrap();
        assert!(client.exists("k").await.unwrap());
        client.set("k", "").await.unwrap();
        assert!(client.exists("k").await.unwrap());
    })
    .await;
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
async fn a_set_with_a_cas_unique_is_a_cas() {
    in_every_protocol(async |client, _| {
        client.set("k", "1").await.unwrap();
        let cas = client.gets::<String>("k").await.unwrap().unwrap().cas;
        let stored = client.set("k", "2").cas(cas).await.unwrap();
        assert_eq!(stored, CasOutcome::Stored);
        let stored = client.set("k", "3").cas(cas).await.unwrap();
        assert_eq!(stored, CasOutcome::Exists);
    })
    .await;
}

#[tokio::test]
async fn a_delete_with_a_cas_unique_spares_what_has_changed() {
    in_every_protocol(async |client, protocol| {
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
