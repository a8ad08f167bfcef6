//! Behind twemproxy: what it passes on works, and what it does not know is an error that says so.

use mc_client::{Behaviors, Client, ErrorKind, Protocol};
use mc_testkit::{Memcached, Twemproxy};

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

use list::{hung_up, known, unknown};

/// Two servers, and the proxy that its clients take for one.
pub(crate) struct Proxied {
    servers: [Memcached; 2],
    proxy: Twemproxy,
}

impl Proxied {
    pub(crate) fn start() -> Self {
        let servers = [(); 2].map(|()| Memcached::start().unwrap());
        let [one, other] = servers.each_ref().map(Memcached::address);
        // fnv1a_64, its default, would put keys that differ in their last letters on one server.
        let proxy = Twemproxy::builder().server(one, 1).server(other, 1);
        let proxy = proxy.setting("hash", "md5").start().unwrap();
        Self { servers, proxy }
    }

    /// The proxy's address, as clients are told it.
    pub(crate) fn name(&self) -> String {
        self.proxy.address().to_string()
    }

    fn client(&self, protocol: Protocol) -> Client {
        let builder = Client::builder().servers([self.name()]);
        builder.unwrap().protocol(protocol).build().unwrap()
    }

    /// A client with which a single loss that tells against the server makes it rest.
    fn strict_client(&self, protocol: Protocol) -> Client {
        let builder = Client::builder().servers([self.name()]).unwrap();
        let builder = builder.protocol(protocol).behaviors(strict());
        builder.build().unwrap()
    }
}

/// A server rests after one loss.
pub(crate) fn strict() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.server_timeout_limit = 1;
    behaviors
}

/// At what auto asks first, the proxy hangs up.
#[tokio::test]
async fn what_it_knows_works() {
    for protocol in [Protocol::Text, Protocol::Auto] {
        let proxied = Proxied::start();
        let result = known(&proxied.client(protocol)).await;
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}

/// And no failure of the server.
#[tokio::test]
async fn what_it_does_not_know_is_an_error() {
    for protocol in [Protocol::Text, Protocol::Auto] {
        let proxied = Proxied::start();
        let result = unknown(&proxied.strict_client(protocol)).await;
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}

#[tokio::test]
async fn both_servers_are_used() {
    let proxied = Proxied::start();
    let client = proxied.client(Protocol::Auto);
    let stored = client
        .set_many((0..100).map(|number| (number.to_string(), number)))
        .await;
    assert!(stored.is_ok());
    for server in &proxied.servers {
        let alone = super::builder([server]).build().unwrap();
        let found = alone
            .get_many::<_, u32>((0..100).map(|number| number.to_string()))
            .await;
        assert!((1..100).contains(&found.hits().count()));
    }
}

#[tokio::test]
async fn a_protocol_that_it_does_not_know_is_an_error() {
    let proxied = Proxied::start();
    for protocol in [Protocol::Meta, Protocol::Binary] {
        let client = proxied.client(protocol);
        hung_up(protocol.name(), client.set("k", "v").await);
        hung_up(protocol.name(), client.get::<String>("k").await);
    }
}

/// Calls on the way beside one that ends the connection get their own answers, or are told of the end.
#[tokio::test]
async fn nobody_gets_anothers_answer() {
    let proxied = Proxied::start();
    let client = proxied.client(Protocol::Text);
    for number in 0..20 {
        client.set(&number.to_string(), number).await.unwrap();
    }
    for round in 0..20 {
        let keys = (0..20).map(|number: u32| number.to_string());
        let mut calls = tokio::task::JoinSet::new();
        for (number, key) in keys.enumerate() {
            let client = client.clone();
            calls.spawn(async move {
                if number == round {
                    let error = client.stats().await.all().unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
                }
                match client.get::<usize>(&key).await {
                    Ok(found) => assert_eq!(found, Some(number)),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Closed, "{error}"),
                }
            });
        }
        while let Some(call) = calls.join_next().await {
            call.unwrap();
        }
    }
}

/// The proxy answers for a server that is down. That is an error of all keys that were asked for with one of that
/// server's, and no miss.
#[tokio::test]
async fn a_server_down_behind_it_is_no_miss() {
    let mut proxied = Proxied::start();
    let client = proxied.client(Protocol::Auto);
    client.set("k", "v").await.unwrap();
    proxied.servers[0].kill().unwrap();
    let keys = Vec::from_iter((0..50).map(|number| number.to_string()));
    let mut failed = 0;
    for key in &keys {
        match client.get::<String>(key).await {
            Ok(found) => assert_eq!(found, None),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
                failed += 1;
            }
        }
    }
    assert!((1..50).contains(&failed), "{failed}");
    let found = client.get_many::<_, String>(&keys).await;
    assert_eq!(found.failed().count(), keys.len());
}
