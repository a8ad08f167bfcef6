//! The pools of blocking clients.

mod client_pool;
mod thread_mapped;

use std::thread;
use std::time::{Duration, Instant};

use mc_client::StatsTopic;
use mc_client::blocking::Client;
use mc_testkit::Memcached;

use crate::open;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A real memcached and a client of it.
fn one_server() -> (Memcached, Client) {
    let server = Memcached::start().unwrap();
    let address = server.address().to_string();
    let builder = Client::builder().servers([address]).unwrap();
    (server, builder.build().unwrap())
}

/// Waits until the server has so many connections; the one that asks is one of them.
fn expect_connections(client: &Client, count: usize) {
    eventually("the server has so many connections", || {
        let rows = client.stats().topic(StatsTopic::Conns).call();
        open(&rows.all().unwrap()[0]) == count
    });
}

/// How many connections this client has made.
fn connects(client: &Client) -> u64 {
    client.metrics()[0].connects
}

/// Which client it is.
fn identity(client: &Client) -> usize {
    std::ptr::from_ref(client).addr()
}

/// Waits until it is so; what never is fails.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LIMIT, "never: {what}");
        thread::yield_now();
    }
}
