//! Connections: one for each call that runs, used again, and each client's own.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use mc_client::{Behaviors, ErrorKind};
use mc_testkit::Memcached;

use super::{alone, builder, counter, one_server};

#[test]
fn calls_in_turn_share_a_connection() {
    let (server, client) = one_server();
    client.set("k", 0).call().unwrap();
    let other = builder([&server]).connect().unwrap();
    let opened = counter(&other, "total_connections");
    for number in 0..100 {
        client.set("k", number).call().unwrap();
        assert_eq!(client.get("k").call().unwrap(), Some(number));
    }
    assert_eq!(counter(&other, "total_connections"), opened);
}

#[test]
fn everyone_gets_his_own_answer() {
    let (_server, client) = one_server();
    let before = counter(&client, "total_connections");
    let client = Arc::new(client);
    let threads = (0..16).map(|thread| {
        let client = Arc::clone(&client);
        thread::spawn(move || {
            for number in 0..200 {
                let key = format!("{thread}:{}", number % 7);
                client.set(&key, format!("{key}={number}")).call().unwrap();
                let found: Option<String> = client.get(&key).call().unwrap();
                assert_eq!(found, Some(format!("{key}={number}")));
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
    let opened = counter(&client, "total_connections") - before;
    assert!(opened <= 16, "{opened} for as many threads");
}

#[test]
fn a_clone_has_the_settings_of_now_and_connections_of_its_own() {
    let (_server, client) = one_server();
    client.behaviors().set("namespace", "a:").unwrap();
    client.set("k", "x").call().unwrap();
    let before = counter(&client, "total_connections");
    let twin = client.clone();
    let found: Option<String> = twin.get("k").call().unwrap();
    assert_eq!(found.as_deref(), Some("x"));
    assert_eq!(counter(&client, "total_connections"), before + 1);
    twin.behaviors().set("namespace", "b:").unwrap();
    assert_eq!(twin.get::<String>("k").call().unwrap(), None);
    assert!(client.get::<String>("k").call().unwrap().is_some());
}

#[test]
fn a_change_of_sockets_reconnects_and_loses_nothing() {
    let (_server, client) = one_server();
    client.set("k", "x").call().unwrap();
    let before = counter(&client, "total_connections");
    let nodelay = |behaviors: &mut Behaviors| behaviors.tcp_nodelay = true;
    client.behaviors().modify(nodelay).unwrap();
    let found: Option<String> = client.get("k").call().unwrap();
    assert_eq!(found.as_deref(), Some("x"));
    assert_eq!(counter(&client, "total_connections"), before + 1);
    assert!(counter(&client, "curr_connections") <= before);
}

#[test]
fn a_client_that_is_dropped_closes_its_connections() {
    let (server, client) = one_server();
    alone(&client);
    let twin = builder([&server]).connect().unwrap();
    assert_eq!(counter(&client, "curr_connections"), 2);
    drop(twin);
    alone(&client);
}

#[test]
fn what_a_client_does_is_counted() {
    let (mut server, client) = one_server();
    client.set("k", "x").call().unwrap();
    let found = client.get_many::<_, String>(["k", "absent"]).call();
    assert!(found.is_ok());
    let seen = client.metrics().remove(0);
    assert_eq!((seen.requests, seen.answers, seen.connects), (2, 2, 1));
    assert_eq!((seen.hits, seen.misses), (1, 1));
    assert!(seen.bytes_written > 0 && seen.bytes_read > 0);
    server.kill().unwrap();
    assert!(client.get::<String>("k").call().is_err());
    let seen = client.metrics().remove(0);
    assert!(seen.connect_failures + seen.lost > 0);
}

/// Whether the loss is seen before the flush or by it: the flush tells, and no other call.
#[test]
fn what_was_buffered_and_lost_is_told_by_the_flush() {
    let (mut server, client) = one_server();
    client.behaviors().set("retry_timeout", 0).unwrap();
    for rests in [0, 20].map(Duration::from_millis) {
        client.behaviors().set("buffer_requests", true).unwrap();
        client.set("k", 1).call().unwrap();
        server.kill().unwrap();
        thread::sleep(rests);
        let error = client.flush_buffers().call().all().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        server.restart().unwrap();
        // A connection that was reset before any answer lets the server rest for a moment.
        while client.get::<u8>("k").call().is_err() {
            thread::sleep(Duration::from_millis(5));
        }
    }
    client.set("k", 1).call().unwrap();
    server.kill().unwrap();
    server.restart().unwrap();
    thread::sleep(Duration::from_millis(20));
    assert_eq!(client.get::<u8>("k").call().unwrap(), None);
    assert!(client.flush_buffers().call().all().is_err());
}

/// More than the socket takes at once, and the server says nothing before it has all.
#[test]
fn a_client_that_is_dropped_sends_a_large_value_from_its_buffer() {
    let large = 24 << 20;
    let server = Memcached::builder()
        .max_item_size(32 << 20)
        .start()
        .unwrap();
    let builder = || super::builder([&server]).max_value_len(32 << 20);
    let (client, other) = (builder().build().unwrap(), builder().build().unwrap());
    let settings = [("buffer_requests", 1), ("_io_bytes_watermark", 32 << 20)];
    client.behaviors().update(settings).unwrap();
    client.set("k", vec![b'x'; large]).call().unwrap();
    drop(client);
    let value: Option<Vec<u8>> = other.get("k").call().unwrap();
    assert_eq!(value.map(|it| it.len()), Some(large));
}
