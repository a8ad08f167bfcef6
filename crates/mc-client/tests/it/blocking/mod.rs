//! The blocking client against real servers, and against some that are not.

mod access;
mod aftermath;
mod batches;
mod connections;
mod faults;
mod proxy;
mod rows;
mod scenarios;
mod servers;

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use mc_client::blocking::{Builder, Client};
use mc_testkit::Memcached;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

/// A real memcached and a client of it.
fn one_server() -> (Memcached, Client) {
    let server = crate::counting();
    let client = builder([&server]).build().unwrap();
    (server, client)
}

/// A client's parts, with `servers` in it.
pub(crate) fn builder<'a>(servers: impl IntoIterator<Item = &'a Memcached>) -> Builder {
    let addresses = servers.into_iter().map(|it| it.address().to_string());
    Client::builder().servers(addresses).unwrap()
}

/// The result of a list that is async in form only, as both clients share it: it never waits for a runtime.
fn at_once<T>(list: impl Future<Output = T>) -> T {
    match pin!(list).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("a blocking call is over when it returns"),
    }
}

/// One of a server's general counters.
fn counter(client: &Client, name: &str) -> u64 {
    let stats = client.stats().call().all().unwrap();
    stats[0].get(name).unwrap().parse().unwrap()
}

/// Waits until the server has no connection but this client's: the runner's first look at it counts for a while,
/// and so does what has just been closed. The runner's own time limit bounds it.
fn alone(client: &Client) {
    while counter(client, "curr_connections") > 1 {
        thread::sleep(Duration::from_millis(2));
    }
}
