//! Behind twemproxy: what it passes on works, and what it does not know is an error that says so.

use std::fmt::Debug;
use std::time::Duration;

use mc_client::{CasOutcome, Client, Error, ErrorKind, Expire, Outcome, Protocol};
use mc_testkit::{Memcached, Twemproxy};

/// Two servers, and the proxy that its clients take for one.
struct Proxied {
    servers: [Memcached; 2],
    proxy: Twemproxy,
}

impl Proxied {
    fn start() -> Self {
        let servers = [(); 2].map(|()| Memcached::start().unwrap());
        let [one, other] = servers.each_ref().map(Memcached::address);
        // fnv1a_64, its default, would put keys that differ in their last letters on one server.
        let proxy = Twemproxy::builder().server(one, 1).server(other, 1);
        let proxy = proxy.setting("hash", "md5").start().unwrap();
        Self { servers, proxy }
    }

    fn client(&self, protocol: Protocol) -> Client {
        let builder = Client::builder().servers([self.proxy.address().to_string()]);
        builder.unwrap().protocol(protocol).build().unwrap()
    }
}

/// Everything that it passes on.
async fn all_that_it_knows(client: &Client) -> Result<(), Error> {
    assert_eq!(client.get::<String>("k").await?, None);
    assert!(!client.replace("k", "no").await?);
    assert!(client.add("k", "b").await?);
    assert!(!client.add("k", "no").await?);
    assert!(client.append("k", "c").await?);
    assert!(client.prepend("k", "a").await?);
    let item = client.gets::<String>("k").await?.unwrap();
    assert_eq!(item.value, "abc");
    assert_eq!(client.cas("k", "new", item.cas).await?, CasOutcome::Stored);
    assert_eq!(client.cas("k", "no", item.cas).await?, CasOutcome::Exists);
    assert!(client.touch("k", Expire::Never).await?);
    assert_eq!(client.get("k").await?, Some("new".to_owned()));
    client.set("k", "x").expire(Duration::ZERO).await?;
    assert!(!client.delete("k").await?);

    assert_eq!(client.incr("n", 1).await?, None);
    assert_eq!(client.incr("n", 1).initial(10).await?, Some(10));
    assert_eq!(client.decr("n", 3).await?, Some(7));
    let value = vec![b'x'; 500_000];
    client.set("large", &value).await?;
    assert_eq!(client.get("large").await?, Some(value));

    let keys = Vec::from_iter((0..1000).map(|number| format!("many:{number}")));
    let stored = client.set_many(keys.iter().zip(0_u32..)).await;
    assert!(stored.is_ok(), "{:?}", stored.failed().next());
    assert!(client.delete(&keys[7]).await?);
    let found = client.get_many::<_, u32>(&keys).await;
    assert_eq!(found.misses().collect::<Vec<_>>(), [&&keys[7]]);
    assert!(
        found
            .hits()
            .all(|(key, number)| **key == format!("many:{number}"))
    );
    let deleted = client.delete_many(&keys).await.into_results();
    assert!(
        deleted
            .into_iter()
            .enumerate()
            .all(|(at, it)| it.is_ok_and(|it| it == (at != 7)))
    );
    assert!(client.version().await.all().is_ok());
    Ok(())
}

/// The proxy hung up: nobody knows whether it has passed the request on, and the message gives a hint.
fn assert_hung_up<T: Debug>(what: &str, result: Result<T, Error>) {
    let error = result.expect_err(what);
    assert_eq!(error.kind(), ErrorKind::Closed, "{what}: {error}");
    assert_eq!(error.outcome(), Outcome::MaybeApplied, "{what}: {error}");
    let hint = "as proxies do at a command that they do not know";
    assert!(error.to_string().ends_with(hint), "{what}: {error}");
}

#[tokio::test]
async fn text_works() {
    let proxied = Proxied::start();
    all_that_it_knows(&proxied.client(Protocol::Text))
        .await
        .unwrap();
}

/// The proxy hangs up on what auto asks first.
#[tokio::test]
async fn auto_works() {
    let proxied = Proxied::start();
    all_that_it_knows(&proxied.client(Protocol::Auto))
        .await
        .unwrap();
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

/// Each ends the connection; the next call has another.
#[tokio::test]
async fn a_command_that_it_does_not_know_is_an_error() {
    let proxied = Proxied::start();
    for protocol in [Protocol::Text, Protocol::Auto] {
        let client = proxied.client(protocol);
        client.set("k", "v").await.unwrap();
        assert_hung_up("stats", client.stats().await.all());
        assert_eq!(client.get("k").await.unwrap(), Some("v".to_owned()));
        assert_hung_up("flush_all", client.flush_all().await.all());
        assert_eq!(client.get("k").await.unwrap(), Some("v".to_owned()));
    }
}

#[tokio::test]
async fn a_protocol_that_it_does_not_know_is_an_error() {
    let proxied = Proxied::start();
    for protocol in [Protocol::Meta, Protocol::Binary] {
        let client = proxied.client(protocol);
        assert_hung_up(protocol.name(), client.set("k", "v").await);
        assert_hung_up(protocol.name(), client.get::<String>("k").await);
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
