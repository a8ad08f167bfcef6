//! The pools of blocking clients.

mod client_pool;
mod thread_mapped;

use std::thread;
use std::time::{Duration, Instant};

use mc_client::blocking::Client;
use mc_testkit::Memcached;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A real memcached and a client of it.
fn one_server() -> (Memcached, Client) {
    let server = Memcached::start().unwrap();
    let address = server.address().to_string();
    let builder = Client::builder().servers([address]).unwrap();
    (server, builder.build().unwrap())
}

/// The connections that the server has now; the one that asks is one of them.
fn connections(client: &Client) -> u64 {
    let stats = client.stats().call().all().unwrap();
    stats[0].curr_connections.unwrap()
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
