//! The scenarios that every client goes through, over every transport, in every protocol.
//!
//! Who includes this says what a `Client` is, and by `go!(call)` how a call is sent,
//! and by `next!(rows)` how a row is read.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use mc_client::{CasOutcome, Error, ErrorKind, Expire, Raw, StatsTopic};

use super::Client;

/// Runs every scenario on a client of its own keys.
pub(crate) async fn all(client: &Client) -> Result<(), Error> {
    client.behaviors().set("cas", true).unwrap();
    values(client).await?;
    storing(client).await?;
    cas(client).await?;
    numbers(client).await?;
    expiring(client).await?;
    sizes(client).await?;
    into_a_vector(client).await?;
    many(client).await?;
    reading(client).await?;
    many_more(client).await?;
    dump(client).await?;
    servers(client).await
}

async fn values(client: &Client) -> Result<(), Error> {
    assert_eq!(go!(client.get::<String>("absent"))?, None);
    go!(client.set("text", "héllo"))?;
    assert_eq!(go!(client.get("text"))?, Some("héllo".to_owned()));
    go!(client.set("bytes", b"\r\n\0END\r\n"))?;
    assert_eq!(
        go!(client.get("bytes"))?,
        Some(Bytes::from_static(b"\r\n\0END\r\n"))
    );
    go!(client.set("empty", ""))?;
    assert_eq!(go!(client.get("empty"))?, Some(String::new()));
    go!(client.set("number", i64::MIN))?;
    assert_eq!(go!(client.get("number"))?, Some(i64::MIN));
    go!(client.set("yes", true))?;
    assert_eq!(go!(client.get("yes"))?, Some(true));
    go!(client.set("float", 1.5))?;
    assert_eq!(go!(client.get("float"))?, Some(1.5));
    go!(client.set("none", None::<u8>))?;
    assert_eq!(go!(client.get("none"))?, Some(None::<u8>));
    let long = "a".repeat(1000);
    go!(client.set("long", &long).compress_over(100))?;
    let raw: Option<Raw> = go!(client.get("long"))?;
    assert!(raw.is_some_and(|raw| raw.data.len() < 100));
    assert_eq!(go!(client.get("long"))?, Some(long));
    go!(client.set("flags", "x").flags(0xffff_ffff))?;
    let raw: Option<Raw> = go!(client.get("flags"))?;
    assert_eq!(raw.map(|raw| raw.flags), Some(0xffff_ffff));
    // Any byte but controls and space may be in a key.
    let key = [0xff, 0x80, b'k'];
    go!(client.set(&key, 1))?;
    assert_eq!(go!(client.get(&key))?, Some(1));
    Ok(())
}

async fn storing(client: &Client) -> Result<(), Error> {
    assert!(!go!(client.replace("s", "no"))?);
    assert!(!go!(client.append("s", "no"))?);
    assert!(go!(client.add("s", "b"))?);
    assert!(!go!(client.add("s", "no"))?);
    assert!(go!(client.append("s", "c"))?);
    assert!(go!(client.prepend("s", "a"))?);
    assert_eq!(go!(client.get("s"))?, Some("abc".to_owned()));
    assert!(go!(client.replace("s", "d"))?);
    assert_eq!(go!(client.get("s"))?, Some("d".to_owned()));
    assert!(go!(client.delete("s"))?);
    assert!(!go!(client.delete("s"))?);
    Ok(())
}

async fn cas(client: &Client) -> Result<(), Error> {
    assert!(go!(client.gets::<String>("c"))?.is_none());
    assert_eq!(go!(client.cas("c", "x", 1))?, CasOutcome::NotFound);
    go!(client.set("c", "1"))?;
    let item = go!(client.gets::<String>("c"))?.unwrap();
    assert_eq!(item.value, "1");
    go!(client.set("c", "2"))?;
    assert_eq!(go!(client.cas("c", "3", item.cas))?, CasOutcome::Exists);
    let item = go!(client.gets::<String>("c"))?.unwrap();
    assert_eq!(go!(client.cas("c", "3", item.cas))?, CasOutcome::Stored);
    assert_eq!(go!(client.get("c"))?, Some("3".to_owned()));
    Ok(())
}

async fn numbers(client: &Client) -> Result<(), Error> {
    assert_eq!(go!(client.incr("n", 1))?, None);
    assert_eq!(go!(client.incr("n", 1).initial(10))?, Some(10));
    assert_eq!(go!(client.incr("n", 5).initial(10))?, Some(15));
    assert_eq!(go!(client.decr("n", 6))?, Some(9));
    // The server pads what it stores; the number is read all the same.
    assert_eq!(go!(client.get("n"))?, Some(9u8));
    assert_eq!(go!(client.decr("n", 100))?, Some(0));
    go!(client.set("max", u64::MAX))?;
    assert_eq!(go!(client.incr("max", 1))?, Some(0));
    Ok(())
}

async fn expiring(client: &Client) -> Result<(), Error> {
    go!(client.set("gone", "x").expire(Duration::ZERO))?;
    assert_eq!(go!(client.get::<String>("gone"))?, None);
    go!(client
        .set("stays", "x")
        .expire(Duration::from_secs(40 * 24 * 3600)))?;
    assert_eq!(go!(client.get("stays"))?, Some("x".to_owned()));
    go!(client
        .set("until", "x")
        .expire(SystemTime::now() + Duration::from_secs(100)))?;
    assert_eq!(go!(client.get("until"))?, Some("x".to_owned()));
    assert!(go!(client.touch("until", Duration::ZERO))?);
    assert!(!go!(client.touch("until", Expire::Never))?);
    Ok(())
}

async fn sizes(client: &Client) -> Result<(), Error> {
    for size in [1, 100, 4095, 4096, 16 << 10, 100 << 10, 1_000_000] {
        let value: Vec<u8> = (0..size).map(|at| (at * 7 % 251) as u8).collect();
        go!(client.set("sized", &value))?;
        assert_eq!(go!(client.get("sized"))?, Some(value));
    }
    let long = "k".repeat(230);
    go!(client.set(&long, "x"))?;
    assert_eq!(go!(client.get(&long))?, Some("x".to_owned()));
    Ok(())
}

async fn into_a_vector(client: &Client) -> Result<(), Error> {
    let mut into = b"what was there".to_vec();
    assert!(!go!(client.get_into("absent", &mut into))?);
    assert!(into.is_empty());
    let around = [(16 << 10) - 1, 16 << 10, (16 << 10) + 1];
    for size in [0, 100, 512 << 10, 1_000_000, 100 << 10, 7]
        .into_iter()
        .chain(around)
    {
        let value: Vec<u8> = (0..size).map(|at| (at * 7 % 251) as u8).collect();
        go!(client.set("into", &value))?;
        assert!(go!(client.get_into("into", &mut into))?);
        assert!(into == value, "{size} bytes, {} found", into.len());
    }
    let long = vec![b'a'; 1000];
    go!(client.set("into", &long).compress_over(100))?;
    assert!(go!(client.get_into("into", &mut into))?);
    assert_eq!(into, long);
    assert!(!go!(client.get_into("absent", &mut into))?);
    assert!(into.is_empty());
    go!(client.set("into", "text"))?;
    let error = go!(client.get_into("into", &mut into)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert!(into.is_empty());
    Ok(())
}

async fn many(client: &Client) -> Result<(), Error> {
    let keys: Vec<_> = (0..300).map(|number| format!("many:{number}")).collect();
    let stored = go!(client.set_many(keys.iter().zip(0u32..)));
    assert!(stored.is_ok(), "{stored:?}");
    assert!(go!(client.delete(&keys[7]))?);
    let found = go!(client.get_many::<_, u32>(&keys));
    assert_eq!(found.misses().collect::<Vec<_>>(), [&&keys[7]]);
    assert!(
        found
            .hits()
            .all(|(key, number)| **key == format!("many:{number}"))
    );
    let deleted = go!(client.delete_many(&keys[6..8])).into_results();
    let deleted: Result<Vec<bool>, Error> = deleted.into_iter().collect();
    assert_eq!(deleted?, [true, false]);
    Ok(())
}

async fn reading(client: &Client) -> Result<(), Error> {
    assert!(!go!(client.exists("r"))?);
    assert_eq!(go!(client.gat::<String>("r", Expire::Never))?, None);
    go!(client.set("r", "x"))?;
    assert!(go!(client.exists("r"))?);
    let hour = Duration::from_secs(3600);
    assert_eq!(go!(client.gat("r", hour))?, Some("x".to_owned()));
    let item = go!(client.gats::<String>("r", hour))?.unwrap();
    assert_eq!(go!(client.set("r", "y").cas(item.cas))?, CasOutcome::Stored);
    assert_eq!(go!(client.set("r", "z").cas(item.cas))?, CasOutcome::Exists);
    assert_eq!(go!(client.gat("r", Duration::ZERO))?, Some("y".to_owned()));
    assert!(!go!(client.exists("r"))?);
    Ok(())
}

async fn many_more(client: &Client) -> Result<(), Error> {
    let keys = ["a", "b", "absent"];
    let stored = go!(client.set_many([("a", 1), ("b", 2)]).key_prefix("more:"));
    assert!(stored.is_ok(), "{stored:?}");
    assert_eq!(go!(client.get("more:b"))?, Some(2));
    let added = go!(client.add_many([("b", 7), ("c", 3)]).key_prefix("more:"));
    assert_eq!(added.not_done().collect::<Vec<_>>(), [&"b"]);
    let numbers = go!(client.incr_many(keys, 10).key_prefix("more:")).all()?;
    assert_eq!(numbers, [Some(11), Some(12), None]);
    let numbers = go!(client.decr_many(keys, 20).key_prefix("more:")).all()?;
    assert_eq!(numbers, [Some(0), Some(0), None]);
    let found = go!(client.gets_many::<_, u32>(keys).key_prefix("more:"));
    assert!(found.hits().all(|(_, item)| item.cas > 0));
    assert_eq!(found.misses().collect::<Vec<_>>(), [&"absent"]);
    let hour = Duration::from_secs(3600);
    let touched = go!(client.touch_many(keys, hour).key_prefix("more:")).all()?;
    assert_eq!(touched, [true, true, false]);
    let found = go!(client.gat_many::<_, u32>(keys, hour).key_prefix("more:"));
    assert_eq!(found.hits().count(), 2);
    let found = go!(client
        .gats_many::<_, u32>(keys, Duration::ZERO)
        .key_prefix("more:"));
    assert_eq!(found.hits().count(), 2);
    let deleted = go!(client.delete_many(["a", "c"]).key_prefix("more:")).all()?;
    assert_eq!(deleted, [false, true]);
    Ok(())
}

#[allow(
    clippy::while_let_on_iterator,
    reason = "the rows are an iterator in one of the clients"
)]
async fn dump(client: &Client) -> Result<(), Error> {
    go!(client.set("dumped", "x"))?;
    let mut items = go!(client.metadump());
    let mut found = false;
    while let Some(item) = next!(items) {
        match item {
            Ok(item) => found |= item.key.ends_with(b"dumped"),
            // Binary has no word for it, the testkit's server none at all.
            Err(error) if error.kind() == ErrorKind::InvalidArgument => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Refused => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    assert!(found);
    Ok(())
}

async fn servers(client: &Client) -> Result<(), Error> {
    go!(client.set("kept", "x"))?;
    for version in go!(client.version()).all()? {
        assert!(
            version.starts_with(|first: char| first.is_ascii_digit()),
            "{version}"
        );
    }
    for stats in go!(client.stats()).all()? {
        assert!(stats.curr_items > Some(0), "{stats:?}");
    }
    let reset = go!(client.stats().topic(StatsTopic::Reset)).all()?;
    assert!(reset.iter().all(Vec::is_empty), "{reset:?}");
    go!(client.flush_all().delay(Duration::from_secs(1000))).all()?;
    assert_eq!(go!(client.get("kept"))?, Some("x".to_owned()));
    go!(client.flush_all()).all()?;
    assert_eq!(go!(client.get::<String>("kept"))?, None);
    Ok(())
}
