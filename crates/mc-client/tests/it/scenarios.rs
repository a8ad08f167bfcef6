//! One list of scenarios, run over each transport against a real memcached.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use mc_client::{CasOutcome, Client, Error, Expire, Protocol, Raw, StatsTopic};
use mc_testkit::Memcached;

/// Runs every scenario on a client of its own keys.
async fn all(client: &Client) -> Result<(), Error> {
    values(client).await?;
    storing(client).await?;
    cas(client).await?;
    numbers(client).await?;
    expiring(client).await?;
    sizes(client).await?;
    many(client).await?;
    servers(client).await
}

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
    in_every_protocol(&Memcached::start().unwrap()).await;
}

#[tokio::test]
async fn over_tcp_on_ipv6() {
    in_every_protocol(&Memcached::builder().ipv6().start().unwrap()).await;
}

#[tokio::test]
async fn over_a_unix_socket() {
    in_every_protocol(&Memcached::builder().unix().start().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_many_threads() {
    let server = Memcached::start().unwrap();
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
    let server = Memcached::start().unwrap();
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

async fn values(client: &Client) -> Result<(), Error> {
    assert_eq!(client.get::<String>("absent").await?, None);
    client.set("text", "héllo").await?;
    assert_eq!(client.get("text").await?, Some("héllo".to_owned()));
    client.set("bytes", b"\r\n\0END\r\n").await?;
    assert_eq!(
        client.get("bytes").await?,
        Some(Bytes::from_static(b"\r\n\0END\r\n"))
    );
    client.set("empty", "").await?;
    assert_eq!(client.get("empty").await?, Some(String::new()));
    client.set("number", i64::MIN).await?;
    assert_eq!(client.get("number").await?, Some(i64::MIN));
    client.set("yes", true).await?;
    assert_eq!(client.get("yes").await?, Some(true));
    client.set("flags", "x").flags(0xffff_ffff).await?;
    let raw: Option<Raw> = client.get("flags").await?;
    assert_eq!(raw.map(|raw| raw.flags), Some(0xffff_ffff));
    // Any byte but controls and space may be in a key.
    let key = [0xff, 0x80, b'k'];
    client.set(&key, 1).await?;
    assert_eq!(client.get(&key).await?, Some(1));
    Ok(())
}

async fn storing(client: &Client) -> Result<(), Error> {
    assert!(!client.replace("s", "no").await?);
    assert!(!client.append("s", "no").await?);
    assert!(client.add("s", "b").await?);
    assert!(!client.add("s", "no").await?);
    assert!(client.append("s", "c").await?);
    assert!(client.prepend("s", "a").await?);
    assert_eq!(client.get("s").await?, Some("abc".to_owned()));
    assert!(client.replace("s", "d").await?);
    assert_eq!(client.get("s").await?, Some("d".to_owned()));
    assert!(client.delete("s").await?);
    assert!(!client.delete("s").await?);
    Ok(())
}

async fn cas(client: &Client) -> Result<(), Error> {
    assert!(client.gets::<String>("c").await?.is_none());
    assert_eq!(client.cas("c", "x", 1).await?, CasOutcome::NotFound);
    client.set("c", "1").await?;
    let item = client.gets::<String>("c").await?.unwrap();
    assert_eq!(item.value, "1");
    client.set("c", "2").await?;
    assert_eq!(client.cas("c", "3", item.cas).await?, CasOutcome::Exists);
    let item = client.gets::<String>("c").await?.unwrap();
    assert_eq!(client.cas("c", "3", item.cas).await?, CasOutcome::Stored);
    assert_eq!(client.get("c").await?, Some("3".to_owned()));
    Ok(())
}

async fn numbers(client: &Client) -> Result<(), Error> {
    assert_eq!(client.incr("n", 1).await?, None);
    assert_eq!(client.incr("n", 1).initial(10).await?, Some(10));
    assert_eq!(client.incr("n", 5).initial(10).await?, Some(15));
    assert_eq!(client.decr("n", 6).await?, Some(9));
    // The server pads what it stores; the number is read all the same.
    assert_eq!(client.get("n").await?, Some(9u8));
    assert_eq!(client.decr("n", 100).await?, Some(0));
    client.set("max", u64::MAX).await?;
    assert_eq!(client.incr("max", 1).await?, Some(0));
    Ok(())
}

async fn expiring(client: &Client) -> Result<(), Error> {
    client.set("gone", "x").expire(Duration::ZERO).await?;
    assert_eq!(client.get::<String>("gone").await?, None);
    client
        .set("stays", "x")
        .expire(Duration::from_secs(40 * 24 * 3600))
        .await?;
    assert_eq!(client.get("stays").await?, Some("x".to_owned()));
    client
        .set("until", "x")
        .expire(SystemTime::now() + Duration::from_secs(100))
        .await?;
    assert_eq!(client.get("until").await?, Some("x".to_owned()));
    assert!(client.touch("until", Duration::ZERO).await?);
    assert!(!client.touch("until", Expire::Never).await?);
    Ok(())
}

async fn sizes(client: &Client) -> Result<(), Error> {
    for size in [1, 100, 4095, 4096, 16 << 10, 100 << 10, 1_000_000] {
        let value: Vec<u8> = (0..size).map(|at| (at * 7 % 251) as u8).collect();
        client.set("sized", &value).await?;
        assert_eq!(client.get("sized").await?, Some(value));
    }
    let long = "k".repeat(230);
    client.set(&long, "x").await?;
    assert_eq!(client.get(&long).await?, Some("x".to_owned()));
    Ok(())
}

async fn many(client: &Client) -> Result<(), Error> {
    let keys: Vec<_> = (0..300).map(|number| format!("many:{number}")).collect();
    let stored = client.set_many(keys.iter().zip(0u32..)).await;
    assert!(stored.is_ok(), "{stored:?}");
    assert!(client.delete(&keys[7]).await?);
    let found = client.get_many::<_, u32>(&keys).await;
    assert_eq!(found.misses().collect::<Vec<_>>(), [&&keys[7]]);
    assert!(
        found
            .hits()
            .all(|(key, number)| **key == format!("many:{number}"))
    );
    let deleted = client.delete_many(&keys[6..8]).await.into_results();
    let deleted: Result<Vec<bool>, Error> = deleted.into_iter().collect();
    assert_eq!(deleted?, [true, false]);
    Ok(())
}

async fn servers(client: &Client) -> Result<(), Error> {
    client.set("kept", "x").await?;
    for version in client.version().await.all()? {
        assert!(
            version.starts_with(|first: char| first.is_ascii_digit()),
            "{version}"
        );
    }
    for stats in client.stats().await.all()? {
        assert!(stats.curr_items > Some(0), "{stats:?}");
    }
    let reset = client.stats().topic(StatsTopic::Reset).await.all()?;
    assert!(reset.iter().all(Vec::is_empty), "{reset:?}");
    client
        .flush_all()
        .delay(Duration::from_secs(1000))
        .await
        .all()?;
    assert_eq!(client.get("kept").await?, Some("x".to_owned()));
    client.flush_all().await.all()?;
    assert_eq!(client.get::<String>("kept").await?, None);
    Ok(())
}
