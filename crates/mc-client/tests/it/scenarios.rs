//! The list of scenarios through the async client.

use mc_client::{Client, Protocol};
use mc_testkit::Memcached;

use super::{dumped, transports};

macro_rules! go {
    ($call:expr) => {
        $call.await
    };
}

macro_rules! next {
    ($rows:expr) => {
        $rows.next().await
    };
}

mod list;

pub(crate) use list::all;

/// Runs every scenario against a server, in each protocol.
async fn in_every_protocol(server: &Memcached) {
    for protocol in [
        Protocol::Text,
        Protocol::Meta,
        Protocol::Binary,
        Protocol::Auto,
    ] {
        let client = super::builder([server]).protocol(protocol).build().unwrap();
        let result = all(&client).await;
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}

#[tokio::test]
async fn over_tcp() {
    in_every_protocol(&dumped().start().unwrap()).await;
}

#[tokio::test]
async fn over_tcp_on_ipv6() {
    in_every_protocol(&dumped().ipv6().start().unwrap()).await;
}

#[tokio::test]
async fn over_a_unix_socket() {
    in_every_protocol(&dumped().unix().start().unwrap()).await;
}

#[tokio::test]
async fn at_every_site() {
    for site in transports::sites() {
        for &protocol in site.protocols {
            let client = site.admit(Client::builder()).protocol(protocol);
            let result = all(&client.build().unwrap()).await;
            assert!(result.is_ok(), "{}, {protocol}: {result:?}", site.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_many_threads() {
    let server = dumped().start().unwrap();
    all(&super::builder([&server]).build().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn with_the_server_of_the_testkit() {
    let server = mc_testkit::Server::start().await.unwrap();
    let client = Client::builder()
        .servers([server.address().to_string()])
        .unwrap();
    all(&client.build().unwrap()).await.unwrap();
}

#[tokio::test]
async fn with_a_namespace() {
    let server = dumped().start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    client.behaviors().set("namespace", "app1:").unwrap();
    all(&client).await.unwrap();
    client.set("k", "named").await.unwrap();
    let plain = super::builder([&server]).build().unwrap();
    assert_eq!(
        plain.get::<String>("app1:k").await.unwrap().as_deref(),
        Some("named")
    );
    assert_eq!(plain.get::<String>("k").await.unwrap(), None);
}
