//! Servers that say what a test tells them to, and runtimes that end under a client.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use mc_client::Client;
use mc_testkit::Memcached;
use tokio::time::timeout;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(10);

fn poll_once(future: impl Future) {
    let _ = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn a_runtime_that_ends_before_the_driver_ran() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    let first = runtime();
    first.block_on(async { poll_once(client.get::<String>("k").into_future()) });
    drop(first);
    let got =
        runtime().block_on(async { timeout(LIMIT, client.get::<String>("k").into_future()).await });
    assert_eq!(got.expect("no driver serves the client").unwrap(), None);
}

/// Asks a client while the runtime that drops this shuts down.
struct AskWhenDropped(Client);

impl Drop for AskWhenDropped {
    fn drop(&mut self) {
        poll_once(self.0.get::<String>("k").into_future());
    }
}

#[test]
fn a_runtime_that_is_shutting_down() {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build().unwrap();
    let first = runtime();
    let asking = AskWhenDropped(client.clone());
    first.spawn(async move {
        std::future::pending::<()>().await;
        drop(asking);
    });
    first.block_on(tokio::task::yield_now());
    drop(first);
    let got =
        runtime().block_on(async { timeout(LIMIT, client.get::<String>("k").into_future()).await });
    assert_eq!(got.expect("no driver serves the client").unwrap(), None);
}
