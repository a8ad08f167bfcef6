//! Values as a server holds them: compressed, stored by other clients' rules, and taken for a miss.

use std::sync::Arc;

use mc_client::value::{Codec, Dalli, OrMiss, PhpMemcached, Pymemcache, Spymemcached};
use mc_client::{Error, ErrorKind, FromValue, Pylibmc, Raw, Value};
use mc_testkit::Memcached;

use super::{builder, one_server};

/// The flags and the length of what the server holds.
async fn stored(client: &mc_client::Client, key: &str) -> (u32, usize) {
    let raw: Option<Raw> = client.get(key).await.unwrap();
    raw.map(|raw| (raw.flags, raw.data.len())).unwrap()
}

#[tokio::test]
async fn a_call_says_whether_it_compresses() {
    let server = Memcached::start().unwrap();
    let mut codec = Pylibmc::default();
    codec.min_compress_len = 100;
    let client = builder([&server]).codec(codec).build().unwrap();
    let long = "a".repeat(1000);

    client.set("k", &long).await.unwrap();
    let (flags, len) = stored(&client, "k").await;
    assert!((flags, len < 100) == (24, true), "{flags} {len}");
    assert_eq!(client.get("k").await.unwrap(), Some(long.clone()));

    client.set("k", &long).compress_over(0).await.unwrap();
    assert_eq!(stored(&client, "k").await, (16, 1000));
    client.set("k", &long).compress_over(1001).await.unwrap();
    assert_eq!(stored(&client, "k").await, (16, 1000));
    client
        .set("k", &long)
        .compress_level(0)
        .compress_over(1)
        .await
        .unwrap();
    assert_eq!(stored(&client, "k").await, (16, 1000));
    let error = client.set("k", &long).compress_level(10).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    client.set("k", "short").compress_over(1).await.unwrap();
    assert_eq!(stored(&client, "k").await, (16, 5));

    // Flags of the caller's own do not tell that a value is compressed.
    client.set("k", &long).flags(7).await.unwrap();
    assert_eq!(stored(&client, "k").await, (7, 1000));

    let many = client.set_many([("k", &long)]).compress_over(10).await;
    assert!(many.is_ok());
    assert_eq!(stored(&client, "k").await.0, 24);
}

/// Two zlib streams in a row are no value.
#[tokio::test]
async fn what_is_appended_is_not_compressed() {
    let server = Memcached::start().unwrap();
    let mut codec = Pylibmc::default();
    codec.min_compress_len = 10;
    let client = builder([&server]).codec(codec).build().unwrap();
    client.set("k", "b").await.unwrap();
    let long = "a".repeat(100);
    client.append("k", &long).compress_over(1).await.unwrap();
    client.prepend("k", &long).await.unwrap();
    let whole: Option<String> = client.get("k").await.unwrap();
    assert_eq!(whole, Some(format!("{long}b{long}")));
}

#[tokio::test]
async fn more_than_a_value_may_be_is_not_inflated() {
    let server = Memcached::start().unwrap();
    let client = builder([&server]).max_value_len(1000).build().unwrap();
    let long = |len: usize| "a".repeat(len);
    client
        .set("k", long(64_000))
        .compress_over(1)
        .await
        .unwrap();
    assert_eq!(client.get("k").await.unwrap(), Some(long(64_000)));
    // What a client could not read back it does not store either.
    let error = client.set("k", long(64_001)).compress_over(1).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::ValueTooLarge);
    let other = builder([&server]).build().unwrap();
    other.set("k", long(64_001)).compress_over(1).await.unwrap();
    let error = client.get::<String>("k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ValueTooLarge);
    assert!(
        error
            .to_string()
            .ends_with("the value is over 64000 bytes when it is inflated")
    );
}

#[tokio::test]
async fn every_preset_through_a_server() {
    let server = Memcached::start().unwrap();
    let codecs: [Arc<dyn Codec>; 5] = [
        Arc::new(Pylibmc::default()),
        Arc::new(Pymemcache::default()),
        Arc::new(PhpMemcached::default()),
        Arc::new(Dalli::default()),
        Arc::new(Spymemcached::default()),
    ];
    for codec in codecs {
        let client = builder([&server]).codec(codec).build().unwrap();
        let text = "é".repeat(10_000);
        client.set("text", &text).await.unwrap();
        assert_eq!(client.get("text").await.unwrap(), Some(text));
        client.set("bytes", b"\xff\0").await.unwrap();
        assert_eq!(client.get("bytes").await.unwrap(), Some(b"\xff\0".to_vec()));
        client.set("number", -70_000).await.unwrap();
        assert_eq!(client.get("number").await.unwrap(), Some(-70_000));
        client.delete("count").await.unwrap();
        let count = || client.incr("count", 1).initial(10);
        assert_eq!(count().await.unwrap(), Some(10));
        assert_eq!(count().await.unwrap(), Some(11));
        assert_eq!(client.get("count").await.unwrap(), Some(11));
        client.set("float", 1.5).await.unwrap();
        assert_eq!(client.get("float").await.unwrap(), Some(1.5));
        client.set("truth", false).await.unwrap();
        assert_eq!(client.get("truth").await.unwrap(), Some(false));
    }
}

#[tokio::test]
async fn none_is_a_value() {
    let (_server, client) = one_server();
    client.set("k", None::<String>).await.unwrap();
    assert_eq!(client.get::<Option<String>>("k").await.unwrap(), Some(None));
    assert_eq!(client.get::<Option<String>>("absent").await.unwrap(), None);
}

/// The second layout of a value, of which the first is in the cache still.
#[derive(Debug, PartialEq)]
struct Second(String);

impl FromValue for Second {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        let text = String::from_value(value)?;
        let new = text.strip_prefix("2:").ok_or_else(Error::miss)?;
        Ok(Self(new.to_owned()))
    }
}

#[tokio::test]
async fn a_type_can_say_miss() {
    let (_server, client) = one_server();
    client.set("old", "1:a").await.unwrap();
    client.set("new", "2:b").await.unwrap();
    assert_eq!(client.get::<Second>("old").await.unwrap(), None);
    client.behaviors().set("cas", true).unwrap();
    assert!(client.gets::<Second>("old").await.unwrap().is_none());
    let new = Some(Second("b".to_owned()));
    assert_eq!(client.get::<Second>("new").await.unwrap(), new);
    let many = client.get_many::<_, Second>(["old", "new"]).await;
    assert_eq!(many.misses().collect::<Vec<_>>(), [&"old"]);

    assert!(client.get::<u64>("new").await.is_err());
    assert_eq!(client.get::<OrMiss<u64>>("new").await.unwrap(), None);
    client.set("n", 7).await.unwrap();
    assert_eq!(client.get("n").await.unwrap(), Some(OrMiss(7)));
}
