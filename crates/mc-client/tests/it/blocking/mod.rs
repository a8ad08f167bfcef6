//! The blocking client against real servers, and against some that are not.

mod batches;
mod connections;
mod faults;
mod scenarios;
mod servers;

use std::time::Duration;

use mc_client::blocking::{Builder, Client};
use mc_testkit::Memcached;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A real memcached and a client of it.
fn one_server() -> (Memcached, Client) {
    let server = Memcached::start().unwrap();
    let client = builder([&server]).build().unwrap();
    (server, client)
}

/// A client's parts, with `servers` in it.
pub(crate) fn builder<'a>(servers: impl IntoIterator<Item = &'a Memcached>) -> Builder {
    let addresses = servers.into_iter().map(|it| it.address().to_string());
    Client::builder().servers(addresses).unwrap()
}

/// One of a server's general counters.
fn counter(client: &Client, name: &str) -> u64 {
    let stats = client.stats().call().all().unwrap();
    stats[0].get(name).unwrap().parse().unwrap()
}
