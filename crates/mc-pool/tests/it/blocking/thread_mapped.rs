//! One client for each thread.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{RwLock, mpsc};
use std::thread;

use mc_client::blocking::Client;
use mc_pool::{Reserved, ThreadMappedPool};

use super::{connects, expect_connections, identity, one_server};
use crate::panic_silently;

const THREADS: usize = 4;

#[test]
fn each_thread_has_its_own_client_for_as_long_as_it_runs() {
    let (_server, client) = one_server();
    let pool = ThreadMappedPool::new(client.clone());
    let (sender, receiver) = mpsc::channel();
    let gate = RwLock::new(());
    thread::scope(|scope| {
        let shut = gate.write().unwrap();
        let run = |thread: usize, sender: mpsc::Sender<u64>| {
            for number in 0..50 {
                let client = pool.reserve();
                let key = format!("{thread}:{number}");
                client.set(&key, number).call().unwrap();
                assert_eq!(client.get::<u32>(&key).call().unwrap(), Some(number));
            }
            let connects = connects(&pool.reserve());
            sender.send(connects).unwrap();
            drop(gate.read());
        };
        let threads = Vec::from_iter((0..THREADS).map(|thread| {
            let sender = sender.clone();
            scope.spawn(move || run(thread, sender))
        }));
        drop(sender);
        assert_eq!(Vec::from_iter(receiver.iter().take(THREADS)), [1; THREADS]);
        expect_connections(&client, 1 + THREADS);
        let metrics = pool.metrics();
        assert_eq!((metrics.size, metrics.idle), (THREADS, THREADS));
        assert_eq!((metrics.created, metrics.reservations), (4, 4 * 51));
        drop(shut);
        // A scope ends before the threads' own values are dropped; joined threads have ended.
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let metrics = pool.metrics();
    assert_eq!((metrics.size, metrics.discarded), (0, 4));
    expect_connections(&client, 1);
}

#[test]
fn a_thread_keeps_its_client_until_it_relinquishes_it() {
    let (_server, client) = one_server();
    let pool = ThreadMappedPool::new(client);
    assert!(!pool.relinquish());
    let first = pool.reserve();
    first.set("k", 1).call().unwrap();
    let metrics = pool.metrics();
    assert_eq!((metrics.size, metrics.reserved), (1, 1));
    // Once more while it is held: the same.
    assert_eq!(identity(&pool.reserve()), identity(&first));
    let which = identity(&first);
    drop(first);
    let second = pool.reserve();
    assert_eq!(identity(&second), which);

    assert!(pool.relinquish());
    assert!(!pool.relinquish());
    assert_eq!(pool.metrics().size, 0);
    assert_eq!(second.get("k").call().unwrap(), Some(1));
    let third = pool.reserve();
    assert_ne!(identity(&third), identity(&second));
    drop(second);
    assert_eq!(identity(&pool.reserve()), identity(&third));
    assert_eq!((pool.metrics().created, pool.metrics().size), (2, 1));
}

#[test]
fn a_panic_discards_the_client() {
    let (_server, client) = one_server();
    client.behaviors().set("namespace", "a:").unwrap();
    let pool = ThreadMappedPool::new(client);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let client = pool.reserve();
        client.set("k", 1).call().unwrap();
        client.behaviors().set("namespace", "b:").unwrap();
        panic_silently();
    }));
    panicked.unwrap_err();
    assert_eq!((pool.metrics().size, pool.metrics().discarded), (0, 1));
    let fresh = pool.reserve();
    assert_eq!(connects(&fresh), 0);
    assert_eq!(fresh.get("k").call().unwrap(), Some(1));
}

#[test]
fn a_changed_master_is_that_of_later_clients() {
    let (_server, client) = one_server();
    let pool = ThreadMappedPool::new(client);
    let held = pool.reserve();
    pool.master().behaviors().set("retry_timeout", 30).unwrap();
    let setting = |client: &Client| client.behaviors().get("retry_timeout").unwrap();
    assert_eq!(setting(&pool.reserve()), 2.into());
    drop(held);
    pool.relinquish();
    assert_eq!(setting(&pool.reserve()), 30.into());
}

#[test]
fn pools_that_share_a_thread_keep_apart() {
    let (_server, client) = one_server();
    let pools = [client.clone(), client].map(ThreadMappedPool::new);
    let ends = pools.clone();
    let ended = thread::spawn(move || {
        let [one, two] = ends.each_ref().map(ThreadMappedPool::reserve);
        assert_ne!(identity(&one), identity(&two));
        assert!(ends[0].relinquish());
        assert_eq!(identity(&ends[1].reserve()), identity(&two));
    });
    ended.join().unwrap();
    assert_eq!(pools.each_ref().map(|pool| pool.metrics().size), [0, 0]);
    assert_eq!(pools.each_ref().map(|pool| pool.metrics().created), [1, 1]);
}

#[test]
fn a_client_outlives_its_pool() {
    let (_server, client) = one_server();
    let pool = ThreadMappedPool::new(client.clone());
    let held = pool.reserve();
    held.set("k", 1).call().unwrap();
    drop(pool);
    expect_connections(&client, 1 + 1);
    drop(held);
    expect_connections(&client, 1);
}

#[test]
fn a_thread_that_ends_gets_a_client_once_more() {
    /// Reserves while its thread's values are dropped.
    struct Late(ThreadMappedPool);

    impl Drop for Late {
        fn drop(&mut self) {
            let client: Reserved = self.0.reserve();
            client.set("late", 1).call().unwrap();
            drop(client);
            self.0.relinquish();
        }
    }

    thread_local!(static LATE: RefCell<Option<Late>> = RefCell::default());

    let (_server, client) = one_server();
    let pool = ThreadMappedPool::new(client.clone());
    let ends = pool.clone();
    let ended = thread::spawn(move || {
        LATE.set(Some(Late(ends.clone())));
        drop(ends.reserve());
    });
    ended.join().unwrap();
    assert_eq!(client.get("late").call().unwrap(), Some(1));
    let metrics = pool.metrics();
    assert_eq!((metrics.size, metrics.reservations), (0, 2));
}
