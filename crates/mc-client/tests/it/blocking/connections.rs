//! Connections: one for each call that runs, used again, and each client's own.

use std::sync::Arc;
use std::thread;

use mc_client::Behaviors;

use super::{builder, counter, one_server};

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
    assert!(opened < 16, "{opened}");
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
    let before = counter(&client, "curr_connections");
    let twin = builder([&server]).connect().unwrap();
    assert_eq!(counter(&client, "curr_connections"), before + 1);
    drop(twin);
    while counter(&client, "curr_connections") > before {}
}
