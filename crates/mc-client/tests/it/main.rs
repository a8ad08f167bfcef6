//! The clients against real servers.

mod access;
mod aftermath;
mod auto;
#[cfg(feature = "blocking")]
mod blocking;
mod commands;
mod concurrency;
mod effects;
mod errors;
mod failover;
mod faults;
mod live;
mod many;
mod metrics;
mod overload;
mod proxy;
mod recorder;
mod rows;
mod scenarios;
mod script;
mod servers;
mod stalled;
#[cfg(feature = "tls")]
mod tls;
mod transports;
mod udp;
mod values;

use std::time::Duration;

use mc_client::{Behaviors, Builder, Client};
use mc_testkit::{Memcached, MemcachedBuilder};

/// A server whose only thread counts connections in the order in which they were made, the runner's first look at it
/// included.
fn counting() -> Memcached {
    Memcached::builder().threads(1).start().unwrap()
}

/// A real memcached and a client of it.
fn one_server() -> (Memcached, Client) {
    let server = counting();
    let client = builder([&server]).build().unwrap();
    (server, client)
}

/// The parts of a server whose items are dumped: its maintainer crawls by itself some seconds after the start, and the
/// server is BUSY meanwhile.
fn dumped() -> MemcachedBuilder {
    Memcached::builder().arg("-o").arg("no_lru_maintainer")
}

/// A server that fails is asked again at once.
fn never_rest(behaviors: &mut Behaviors) {
    behaviors.retry_timeout = Duration::from_nanos(1);
}

/// A client's parts, with `servers` in it.
fn builder<'a>(servers: impl IntoIterator<Item = &'a Memcached>) -> Builder {
    let addresses = servers
        .into_iter()
        .map(|server| server.address().to_string());
    Client::builder().servers(addresses).unwrap()
}
