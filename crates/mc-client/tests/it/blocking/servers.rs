//! Servers added, removed, reweighted and moved while threads use the client.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use mc_client::blocking::Client;
use mc_testkit::Memcached;

use super::{alone, builder, counter};

const CALLERS: usize = 4;

/// Calls until it is told to stop; none may fail.
fn calling(client: &Client, number: usize, stop: &AtomicBool, calls: &AtomicUsize) {
    for at in (number..).step_by(7) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let keys: Vec<_> = (at % 300..)
            .take(20)
            .map(|at| format!("user:{at}"))
            .collect();
        client.set(&keys[0], &keys[0]).call().unwrap();
        let found = client.get_many::<_, String>(&keys).call();
        assert_eq!(found.failed().count(), 0, "{found:?}");
        assert!(found.hits().all(|(key, value)| **key == *value));
        calls.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn no_call_fails_while_servers_come_go_and_move() {
    let servers: [_; 4] = std::array::from_fn(|_| Memcached::start().unwrap());
    let [first, second, third, fourth] = servers.each_ref().map(|it| it.address().to_string());
    let client = builder(&servers[..2]).build().unwrap();
    client.behaviors().set("ketama", true).unwrap();
    let (stop, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let caller = |number| {
            let (client, stop, calls) = (&client, &stop, &calls);
            scope.spawn(move || calling(client, number, stop, calls))
        };
        let callers: Vec<_> = (0..CALLERS).map(caller).collect();
        let goes_on = || {
            let until = calls.load(Ordering::Relaxed) + 40;
            while calls.load(Ordering::Relaxed) < until
                && !callers.iter().any(|it| it.is_finished())
            {
                thread::sleep(Duration::from_millis(1));
            }
        };
        let view = client.servers();
        for _ in 0..15 {
            view.add(third.as_str()).unwrap();
            goes_on();
            view.reweight(&first, 2).unwrap();
            view.remove(&second).unwrap();
            goes_on();
            view.readdress(&third, &fourth).unwrap();
            goes_on();
            view.add(second.as_str()).unwrap();
            view.remove(&third).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
    let names = client
        .servers()
        .list()
        .into_iter()
        .map(|it| it.name.to_string());
    assert_eq!(names.collect::<Vec<_>>(), [first, second]);
    alone(&builder([&servers[2]]).build().unwrap());
    alone(&builder([&servers[3]]).build().unwrap());
}

#[test]
fn only_a_server_that_moves_is_connected_to_anew() {
    let servers: [_; 3] = std::array::from_fn(|_| crate::counting());
    let client = builder(&servers[..2]).build().unwrap();
    let counting = servers
        .each_ref()
        .map(|server| builder([server]).build().unwrap());
    let totals = || {
        client.version().call().all().unwrap();
        counting
            .each_ref()
            .map(|it| counter(it, "total_connections"))
    };
    let [first, second, third] = totals();
    let name = servers[1].address().to_string();
    client.servers().reweight(&name, 3).unwrap();
    assert_eq!(totals(), [first, second, third]);
    let elsewhere = servers[2].address().to_string();
    client.servers().readdress(&name, &elsewhere).unwrap();
    assert_eq!(totals(), [first, second, third + 1]);
    drop(counting);
    alone(&builder([&servers[1]]).build().unwrap());
}
