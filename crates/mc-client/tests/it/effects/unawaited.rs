//! Requests whose answers are not awaited: `buffer_requests` and `_noreply`.

use std::time::{Duration, Instant};

use mc_client::{CasOutcome, Error, ErrorKind, Outcome, Protocol};
use mc_testkit::Memcached;

use super::Client;
use crate::recorder::Recorder;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// A client with a behavior on, of a recorded server, and one that sees what the server holds.
fn recorded(server: &Memcached, behavior: &str, protocol: Protocol) -> (Recorder, Client, Client) {
    let recorder = Recorder::start(server);
    let client = Client::builder().servers([recorder.address()]).unwrap();
    let client = client.protocol(protocol).build().unwrap();
    client.behaviors().set(behavior, true).unwrap();
    (recorder, client, super::builder([server]).build().unwrap())
}

#[tokio::test]
async fn what_is_buffered_waits_for_the_flush() {
    let server = Memcached::start().unwrap();
    for protocol in PROTOCOLS {
        let (recorder, client, other) = recorded(&server, "buffer_requests", protocol);
        go!(client.set("a", "1")).unwrap();
        assert!(go!(client.delete("gone")).unwrap());
        assert!(go!(client.set_many([("b", "2"), ("c", "3")])).is_ok());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(recorder.sent(), b"", "{protocol}");
        go!(client.flush_buffers()).all().unwrap();
        let found = go!(other.get_many::<_, String>(["a", "b", "c"]));
        assert_eq!(found.hits().count(), 3, "{protocol}");
        go!(other.flush_all()).all().unwrap();
    }
}

/// Nobody answers; but it is written before the runtime may end.
#[test]
fn a_flush_of_writes_without_a_reply_writes_them() {
    let server = Memcached::start().unwrap();
    let runtime = || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap()
    };
    let keys: Vec<_> = (0..1000).map(|number| format!("k{number}")).collect();
    runtime().block_on(async {
        let client = super::builder([&server]).build().unwrap();
        let both = [("_noreply", true), ("buffer_requests", true)];
        client.behaviors().update(both).unwrap();
        for key in &keys {
            go!(client.set(key, "v")).unwrap();
        }
        go!(client.flush_buffers()).all().unwrap();
    });
    runtime().block_on(async {
        let client = super::builder([&server]).build().unwrap();
        // The server may not have read them yet.
        while go!(client.get_many::<_, String>(&keys)).hits().count() < keys.len() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    });
}

/// Whoever buffered it may never flush it.
#[tokio::test]
async fn a_flush_does_not_wait_for_what_is_buffered_behind_it() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    client.behaviors().set("buffer_requests", true).unwrap();
    go!(client.set("a", "1")).unwrap();
    server.stop().unwrap();
    let other = client.clone();
    let flushing = tokio::spawn(async move { go!(other.flush_buffers()).all() });
    tokio::time::sleep(Duration::from_millis(50)).await;
    go!(client.set("b", "2")).unwrap();
    server.cont().unwrap();
    flushing.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_sent_pushes_the_buffer_ahead_of_it() {
    let server = Memcached::start().unwrap();
    for protocol in PROTOCOLS {
        let (_recorder, client, _) = recorded(&server, "buffer_requests", protocol);
        go!(client.set("k", 1)).unwrap();
        assert_eq!(go!(client.get("k")).unwrap(), Some(1));
        go!(client.delete("k")).unwrap();
        assert_eq!(go!(client.get::<u8>("k")).unwrap(), None);
    }
}

#[tokio::test]
async fn a_watermark_sends_the_buffer() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    for (watermark, value) in [("_io_msg_watermark", 5), ("_io_bytes_watermark", 100)] {
        let (_recorder, client, other) = recorded(&server, "buffer_requests", Protocol::Text);
        client.behaviors().set(watermark, value).unwrap();
        for number in 0..20 {
            go!(client.set(&format!("k{number}"), number))?;
        }
        while go!(other.get::<u8>("k5"))?.is_none() {
            tokio::task::yield_now().await;
        }
        go!(other.flush_all()).all()?;
    }
    Ok(())
}

/// However high the watermarks: what the queue has no room for is sent.
#[tokio::test]
async fn a_buffer_that_is_full_is_sent() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (_recorder, client, other) = recorded(&server, "buffer_requests", Protocol::Text);
    let everything = 1_u64 << 30;
    client
        .behaviors()
        .set("_io_bytes_watermark", everything)
        .unwrap();
    let keys: Vec<_> = (0..12).map(|number| format!("k{number}")).collect();
    for key in &keys {
        go!(client.set(key, vec![b'x'; 1_000_000]))?;
    }
    go!(client.flush_buffers()).all()?;
    let found = go!(other.get_many::<_, Vec<u8>>(&keys));
    assert_eq!(found.hits().count(), keys.len());
    Ok(())
}

/// It is not sent, and so tells nothing of a server that failed before.
#[tokio::test]
async fn what_is_buffered_keeps_nobody_from_asking() -> Result<(), Error> {
    let mut server = Memcached::start().unwrap();
    let client = super::builder([&server]).build()?;
    client.behaviors().modify(crate::never_rest).unwrap();
    server.kill().unwrap();
    go!(client.get::<u8>("k")).unwrap_err();
    server.restart().unwrap();
    client.behaviors().set("buffer_requests", true).unwrap();
    go!(client.set("k", 1))?;
    assert_eq!(go!(client.get("k"))?, Some(1));
    Ok(())
}

#[tokio::test]
async fn the_flush_tells_what_was_refused() {
    let server = Memcached::builder().max_item_size(2 << 10).start().unwrap();
    let (_recorder, client, _) = recorded(&server, "buffer_requests", Protocol::Text);
    go!(client.set("large", vec![b'x'; 4 << 10])).unwrap();
    go!(client.set("small", "x")).unwrap();
    let error = go!(client.flush_buffers()).all().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ServerTooLarge, "{error}");
    go!(client.flush_buffers()).all().unwrap();
    assert_eq!(
        go!(client.get("small")).unwrap(),
        Some("x".to_owned()),
        "one refusal costs no other request"
    );
}

#[tokio::test]
async fn the_flush_tells_what_was_lost() {
    let mut server = Memcached::start().unwrap();
    let (_recorder, client, _) = recorded(&server, "buffer_requests", Protocol::Text);
    go!(client.set("k", "x")).unwrap();
    server.kill().unwrap();
    let error = go!(client.flush_buffers()).all().unwrap_err();
    assert_ne!(error.outcome(), Outcome::Rejected, "{error}");
}

#[tokio::test]
async fn a_client_that_is_dropped_sends_its_buffer() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (_recorder, client, other) = recorded(&server, "buffer_requests", Protocol::Text);
    go!(client.set("k", "x"))?;
    drop(client);
    while go!(other.get::<String>("k"))?.is_none() {
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test]
async fn noreply_is_said_on_the_wire() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (recorder, client, other) = recorded(&server, "_noreply", Protocol::Text);
    client.behaviors().set("cas", true).unwrap();
    go!(client.set("k", "1"))?;
    assert!(go!(client.add("k", "2"))?);
    assert_eq!(go!(client.cas("k", "3", 999))?, CasOutcome::Stored);
    assert_eq!(go!(client.incr("k", 5))?, None);
    assert!(go!(client.touch("k", Duration::from_secs(100)))?);
    assert!(go!(client.delete("absent"))?);
    assert_eq!(go!(client.get("k"))?, Some("6".to_owned()));
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
    assert_eq!(go!(other.get("k"))?, Some("6".to_owned()));
    Ok(())
}

#[tokio::test]
async fn noreply_loses_no_later_answer() -> Result<(), Error> {
    let server = Memcached::builder().max_item_size(2 << 10).start().unwrap();
    for protocol in PROTOCOLS {
        let (_recorder, client, _) = recorded(&server, "_noreply", protocol);
        for round in 0..10 {
            go!(client.set("large", vec![b'x'; 4 << 10]))?;
            go!(client.set("k", round))?;
            assert!(go!(client.set_many([("m", round), ("n", round)])).is_ok());
            go!(client.delete("absent"))?;
            assert_eq!(go!(client.get("k"))?, Some(round), "{protocol}");
            assert_eq!(go!(client.get("n"))?, Some(round), "{protocol}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_client_that_is_dropped_sends_what_wants_no_reply() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (_recorder, client, other) = recorded(&server, "_noreply", Protocol::Text);
    go!(client.set("k", "x"))?;
    drop(client);
    while go!(other.get::<String>("k"))?.is_none() {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// There is nothing to wait for.
#[tokio::test]
async fn a_client_that_is_dropped_waits_for_no_reply_that_it_did_not_want() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (_recorder, client, other) = recorded(&server, "_noreply", Protocol::Text);
    client.behaviors().set("buffer_requests", true).unwrap();
    go!(client.set("k", "x"))?;
    let start = Instant::now();
    drop(client);
    assert!(start.elapsed() < Duration::from_secs(4));
    while go!(other.get::<String>("k"))?.is_none() {
        tokio::task::yield_now().await;
    }
    Ok(())
}
