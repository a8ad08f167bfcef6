//! Requests whose answers are not awaited: `buffer_requests` and `_noreply`.

use std::time::Duration;

use mc_client::{CasOutcome, Client, Error, ErrorKind, Outcome, Protocol};
use mc_testkit::Memcached;

use crate::recorder::Recorder;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// A client with a behavior on, of a recorded server, and one that sees what the server holds.
fn recorded(server: &Memcached, behavior: &str, protocol: Protocol) -> (Recorder, Client, Client) {
    let recorder = Recorder::start(server);
    let client = Client::builder().servers([recorder.address()]).unwrap();
    let client = client.protocol(protocol).build().unwrap();
    client.behaviors().set(behavior, true).unwrap();
    (recorder, client, crate::builder([server]).build().unwrap())
}

#[tokio::test]
async fn what_is_buffered_waits_for_the_flush() {
    let server = Memcached::start().unwrap();
    for protocol in PROTOCOLS {
        let (recorder, client, other) = recorded(&server, "buffer_requests", protocol);
        client.set("a", "1").await.unwrap();
        assert!(client.delete("gone").await.unwrap());
        assert!(client.set_many([("b", "2"), ("c", "3")]).await.is_ok());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(recorder.sent(), b"", "{protocol}");
        client.flush_buffers().await.all().unwrap();
        let found = other.get_many::<_, String>(["a", "b", "c"]).await;
        assert_eq!(found.hits().count(), 3, "{protocol}");
        other.flush_all().await.all().unwrap();
    }
}

#[tokio::test]
async fn what_is_sent_pushes_the_buffer_ahead_of_it() {
    let server = Memcached::start().unwrap();
    for protocol in PROTOCOLS {
        let (_recorder, client, _) = recorded(&server, "buffer_requests", protocol);
        client.set("k", 1).await.unwrap();
        assert_eq!(client.get("k").await.unwrap(), Some(1));
        client.delete("k").await.unwrap();
        assert_eq!(client.get::<u8>("k").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_watermark_sends_the_buffer() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    for (watermark, value) in [("_io_msg_watermark", 5), ("_io_bytes_watermark", 100)] {
        let (_recorder, client, other) = recorded(&server, "buffer_requests", Protocol::Text);
        client.behaviors().set(watermark, value).unwrap();
        for number in 0..20 {
            client.set(&format!("k{number}"), number).await?;
        }
        while other.get::<u8>("k5").await?.is_none() {
            tokio::task::yield_now().await;
        }
        other.flush_all().await.all()?;
    }
    Ok(())
}

#[tokio::test]
async fn the_flush_tells_what_was_refused() {
    let server = Memcached::builder().max_item_size(2 << 10).start().unwrap();
    let (_recorder, client, _) = recorded(&server, "buffer_requests", Protocol::Text);
    client.set("large", vec![b'x'; 4 << 10]).await.unwrap();
    client.set("small", "x").await.unwrap();
    let error = client.flush_buffers().await.all().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServerTooLarge, "{error}");
    client.flush_buffers().await.all().unwrap();
    assert_eq!(
        client.get("small").await.unwrap(),
        Some("x".to_owned()),
        "one refusal costs no other request"
    );
}

#[tokio::test]
async fn the_flush_tells_what_was_lost() {
    let mut server = Memcached::start().unwrap();
    let (_recorder, client, _) = recorded(&server, "buffer_requests", Protocol::Text);
    client.set("k", "x").await.unwrap();
    server.kill().unwrap();
    let error = client.flush_buffers().await.all().unwrap_err();
    assert_ne!(error.outcome(), Outcome::Rejected, "{error}");
}

#[tokio::test]
async fn a_client_that_is_dropped_sends_its_buffer() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (_recorder, client, other) = recorded(&server, "buffer_requests", Protocol::Text);
    client.set("k", "x").await?;
    drop(client);
    while other.get::<String>("k").await?.is_none() {
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test]
async fn noreply_is_said_on_the_wire() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (recorder, client, other) = recorded(&server, "_noreply", Protocol::Text);
    client.set("k", "1").await?;
    assert!(client.add("k", "2").await?);
    assert_eq!(client.cas("k", "3", 999).await?, CasOutcome::Stored);
    assert_eq!(client.incr("k", 5).await?, None);
    assert!(client.touch("k", Duration::from_secs(100)).await?);
    assert!(client.delete("absent").await?);
    assert_eq!(client.get("k").await?, Some("6".to_owned()));
    let sent = String::from_utf8(recorder.sent()).unwrap();
    let lines: Vec<_> = sent.split("\r\n").collect();
    let expected = [
        "set k 16 0 1 noreply",
        "1",
        "add k 16 0 1 noreply",
        "2",
        "cas k 16 0 1 999 noreply",
        "3",
        "incr k 5 noreply",
        "touch k 100 noreply",
        "delete absent noreply",
        "get k",
        "",
    ];
    assert_eq!(lines, expected);
    assert_eq!(other.get("k").await?, Some("6".to_owned()));
    Ok(())
}

#[tokio::test]
async fn noreply_loses_no_later_answer() -> Result<(), Error> {
    let server = Memcached::builder().max_item_size(2 << 10).start().unwrap();
    for protocol in PROTOCOLS {
        let (_recorder, client, _) = recorded(&server, "_noreply", protocol);
        for round in 0..50 {
            client.set("large", vec![b'x'; 4 << 10]).await?;
            client.set("k", round).await?;
            assert!(client.set_many([("m", round), ("n", round)]).await.is_ok());
            client.delete("absent").await?;
            assert_eq!(client.get("k").await?, Some(round), "{protocol}");
            assert_eq!(client.get("n").await?, Some(round), "{protocol}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_is_dropped_sends_what_wants_no_reply() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (_recorder, client, other) = recorded(&server, "_noreply", Protocol::Text);
    client.set("k", "x").await?;
    drop(client);
    while other.get::<String>("k").await?.is_none() {
        tokio::task::yield_now().await;
    }
    Ok(())
}
