//! Threads that take turns with a number of clients.

use std::collections::HashSet;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use mc_client::blocking::Client;
use mc_pool::{Block, ClientPool, Reserved, Stage};

use super::{LIMIT, connects, eventually, expect_connections, identity, one_server};
use crate::panic_silently;

/// A pool of so many clones.
fn pool(client: &Client, count: usize) -> ClientPool {
    let pool = ClientPool::new();
    pool.fill(client, count);
    pool
}

#[test]
fn many_threads_share_four_clients() {
    let (_server, client) = one_server();
    let pool = pool(&client, 4);
    thread::scope(|scope| {
        for thread in 0..16 {
            let pool = &pool;
            scope.spawn(move || {
                for number in 0..50 {
                    let client = pool.reserve(Block::Forever).unwrap();
                    let key = format!("{thread}:{number}");
                    client.set(&key, number).call().unwrap();
                    assert_eq!(client.get::<u32>(&key).call().unwrap(), Some(number));
                }
            });
        }
    });
    let metrics = pool.metrics();
    assert_eq!((metrics.size, metrics.idle, metrics.reserved), (4, 4, 0));
    assert_eq!((metrics.waiting, metrics.reservations), (0, 800));
    assert_eq!((metrics.created, metrics.discarded), (4, 0));
    assert!(metrics.longest_wait <= metrics.waited);
    assert!(metrics.mean_wait().unwrap() <= metrics.longest_wait);
    // The clients took turns, and each used one connection for all.
    expect_connections(&client, 1 + 4);
    let held: Vec<_> = (0..4).map(|_| pool.reserve(Block::No).unwrap()).collect();
    assert!(held.iter().all(|client| connects(client) == 1));
}

#[test]
fn an_empty_pool_says_so() {
    let (_server, client) = one_server();
    let pool = ClientPool::new();
    let error = pool.reserve(Block::No).unwrap_err();
    assert_eq!(error.stage(), Stage::Empty);
    assert_eq!(error.to_string(), "the pool is empty: it has no client yet");

    pool.fill(&client, 2);
    let held = [Block::No, Block::Forever].map(|block| pool.reserve(block).unwrap());
    let error = pool.reserve(Block::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the pool is empty: all its clients (2) are reserved"
    );
    let metrics = pool.metrics();
    assert_eq!((metrics.idle, metrics.reserved, metrics.empty), (0, 2, 2));
    drop(held);
    drop(pool.reserve(Block::No).unwrap());
}

#[test]
fn waiting_ends_at_its_limit() {
    let (_server, client) = one_server();
    let pool = pool(&client, 1);
    let held = pool.reserve(Block::No).unwrap();
    let limit = Duration::from_millis(20);
    for limit in [limit, Duration::ZERO] {
        let error = pool.reserve(Block::AtMost(limit)).unwrap_err();
        assert_eq!(error.stage(), Stage::Waiting);
        assert_eq!(
            error.to_string(),
            format!(
                "no client of the pool came back within {limit:?}: all its clients (1) are reserved"
            )
        );
    }
    let metrics = pool.metrics();
    assert_eq!(
        (metrics.timeouts, metrics.empty, metrics.waiting),
        (2, 0, 0)
    );
    drop(held);
    // What is there is lent, whatever the limit.
    for limit in [Duration::ZERO, Duration::MAX] {
        drop(pool.reserve(Block::AtMost(limit)).unwrap());
    }
}

#[test]
fn whoever_waits_gets_the_client_that_comes_back() {
    let (_server, client) = one_server();
    let pool = pool(&client, 1);
    for block in [Block::Forever, Block::AtMost(LIMIT)] {
        let held = pool.reserve(Block::No).unwrap();
        let which = identity(&held);
        let waiter = pool.clone();
        let waiter = thread::spawn(move || waiter.reserve(block).unwrap());
        eventually("it waits", || pool.metrics().waiting == 1);
        drop(held);
        // Awake already or not, nobody overtakes it.
        let error = pool.reserve(Block::No).unwrap_err();
        assert_eq!(error.stage(), Stage::Empty);
        assert_eq!(identity(&waiter.join().unwrap()), which);
    }
}

#[test]
fn filling_is_waited_for() {
    let (_server, client) = one_server();
    let pool = ClientPool::new();
    let (sender, receiver) = mpsc::channel();
    for _ in 0..3 {
        let (pool, sender) = (pool.clone(), sender.clone());
        thread::spawn(move || sender.send(pool.reserve(Block::Forever).unwrap()));
    }
    eventually("all wait", || pool.metrics().waiting == 3);
    pool.fill(&client, 3);
    let held = Vec::from_iter(receiver.into_iter().take(3));
    let different: HashSet<_> = held.iter().map(|client| identity(client)).collect();
    assert_eq!(different.len(), 3);
}

#[test]
fn clients_and_threads_are_queues() {
    let (_server, client) = one_server();
    let pool = pool(&client, 3);
    let reserve = || pool.reserve(Block::No).unwrap();
    let (first, second, third) = (reserve(), reserve(), reserve());
    let came_back = [&second, &third, &first].map(|client| identity(client));
    drop((second, third, first));
    let held = [reserve(), reserve(), reserve()];
    assert_eq!(held.each_ref().map(|client| identity(client)), came_back);

    // Those who wait are served in the order of coming.
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut threads = Vec::new();
    for number in 0..5 {
        let (waiter, served) = (pool.clone(), Arc::clone(&served));
        threads.push(thread::spawn(move || {
            let client = waiter.reserve(Block::Forever).unwrap();
            served.lock().unwrap().push(number);
            drop(client);
        }));
        eventually("it waits", || pool.metrics().waiting == threads.len());
    }
    let [one, _two, _three] = held;
    drop(one);
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(*served.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[test]
fn a_panic_discards_the_client() {
    let (_server, client) = one_server();
    client.behaviors().set("namespace", "a:").unwrap();
    let pool = pool(&client, 1);
    let holder = pool.clone();
    let panicked = thread::spawn(move || {
        let client = holder.reserve(Block::No).unwrap();
        client.set("k", "x").call().unwrap();
        client.behaviors().set("namespace", "b:").unwrap();
        panic_silently();
    });
    panicked.join().unwrap_err();
    let metrics = pool.metrics();
    assert_eq!((metrics.size, metrics.idle), (1, 1));
    assert_eq!((metrics.created, metrics.discarded), (2, 1));
    expect_connections(&client, 1);
    let fresh = pool.reserve(Block::No).unwrap();
    assert_eq!(connects(&fresh), 0);
    let found: Option<String> = fresh.get("k").call().unwrap();
    assert_eq!(found.as_deref(), Some("x"));
}

#[test]
fn a_panic_lets_the_next_one_have_a_client() {
    let (_server, client) = one_server();
    let pool = pool(&client, 1);
    let (holder, waiter) = (pool.clone(), pool.clone());
    let held = pool.reserve(Block::No).unwrap();
    let waits = thread::spawn(move || connects(&waiter.reserve(Block::Forever).unwrap()));
    eventually("it waits", || pool.metrics().waiting == 1);
    let panicked = thread::spawn(move || {
        let _held = (held, holder);
        panic_silently();
    });
    panicked.join().unwrap_err();
    assert_eq!(waits.join().unwrap(), 0);
}

#[test]
fn an_error_or_a_changed_setting_is_no_reason_to_discard() {
    let (mut server, client) = one_server();
    let pool = pool(&client, 1);
    let held = pool.reserve(Block::No).unwrap();
    held.set("k", 1).call().unwrap();
    held.behaviors().set("retry_timeout", 30).unwrap();
    server.kill().unwrap();
    held.get::<u32>("k").call().unwrap_err();
    let which = identity(&held);
    drop(held);
    let held = pool.reserve(Block::No).unwrap();
    assert_eq!(identity(&held), which);
    assert_eq!(held.behaviors().get("retry_timeout").unwrap(), 30.into());
    assert_eq!(pool.metrics().discarded, 0);
}

#[test]
fn a_client_outlives_its_pool() {
    let (_server, client) = one_server();
    let pool = pool(&client, 2);
    let held = pool.reserve(Block::No).unwrap();
    drop(pool);
    held.set("k", 1).call().unwrap();
    expect_connections(&client, 1 + 1);
    drop(held);
    expect_connections(&client, 1);
}

#[test]
fn a_reserved_client_may_go_to_another_thread() {
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    is_send_and_sync::<Reserved>();
    is_send_and_sync::<ClientPool>();
}
