//! The pool of async clients.

use std::error::Error as _;
use std::time::Duration;

use mc_client::{Builder, Client, StatsTopic};
use mc_pool::{Config, Pool, Stage};
use mc_testkit::Memcached;

use crate::{open, panic_silently};

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(60);

fn builder(server: &Memcached) -> Builder {
    Client::builder()
        .servers([server.address().to_string()])
        .unwrap()
}

/// A pool of `max_size` that waits for nobody.
fn pool(server: &Memcached, max_size: usize) -> Pool {
    let mut config = Config::default();
    config.max_size = max_size;
    config.wait = Some(Duration::ZERO);
    Pool::new(builder(server), config)
}

/// Waits until the server has so many connections; the one that asks is one of them.
async fn expect_connections(client: &Client, count: usize) {
    let rows = async || client.stats().topic(StatsTopic::Conns).await.all().unwrap();
    let counted = async {
        while open(&rows().await[0]) != count {
            tokio::task::yield_now().await;
        }
    };
    let counted = tokio::time::timeout(LIMIT, counted).await;
    counted.expect("the server has so many connections");
}

#[tokio::test]
async fn clients_have_connections_of_their_own_and_come_back() {
    let server = Memcached::start().unwrap();
    let pool = pool(&server, 2);
    let (one, two) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    one.set("k", "x").await.unwrap();
    assert_eq!(two.get::<String>("k").await.unwrap().as_deref(), Some("x"));
    expect_connections(&one, 2).await;
    let metrics = pool.metrics();
    assert_eq!((metrics.size, metrics.idle, metrics.reserved), (2, 0, 2));

    assert_eq!(pool.get().await.unwrap_err().stage(), Stage::Empty);
    drop(one);
    let metrics = pool.metrics();
    assert_eq!((metrics.idle, metrics.reserved, metrics.empty), (1, 1, 1));
    assert_eq!((metrics.created, metrics.reservations), (2, 2));
    assert!(metrics.waited >= metrics.longest_wait);
    drop(pool.get().await.unwrap());
    pool.close();
    assert_eq!(pool.get().await.unwrap_err().stage(), Stage::Closed);
}

/// Also to who waits for a client that is being made.
#[tokio::test]
async fn a_pool_that_is_closed_lends_no_more() {
    let server = Memcached::start().unwrap();
    server.stop().unwrap();
    let pool = pool(&server, 1);
    let lent = tokio::spawn({
        let pool = pool.clone();
        async move { pool.get().await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    pool.close();
    server.cont().unwrap();
    assert_eq!(lent.await.unwrap().unwrap_err().stage(), Stage::Closed);
}

#[tokio::test]
async fn a_pool_without_servers_says_so() {
    let pool = Pool::new(Client::builder(), Config::default());
    let error = pool.get().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a new client of the pool could not be made"
    );
}

#[tokio::test]
async fn a_pool_of_dead_servers_says_so() {
    let mut server = Memcached::start().unwrap();
    let pool = pool(&server, 1);
    server.kill().unwrap();
    let error = pool.get().await.unwrap_err();
    assert_eq!(error.stage(), Stage::Connecting);
    assert_eq!(
        error.to_string(),
        "a new client of the pool could not reach its servers"
    );
    let cause = error.source().unwrap().to_string();
    assert!(cause.starts_with(&server.address().to_string()), "{cause}");
    let metrics = pool.metrics();
    assert_eq!((metrics.failures, metrics.size, metrics.created), (1, 0, 0));
}

#[tokio::test]
async fn one_dead_server_of_two_does_not_stop_the_pool() {
    let (mut dead, alive) = (Memcached::start().unwrap(), Memcached::start().unwrap());
    let servers = [&dead, &alive].map(|server| server.address().to_string());
    let pool = Pool::new(
        Client::builder().servers(servers).unwrap(),
        Config::default(),
    );
    dead.kill().unwrap();
    let client = pool.get().await.unwrap();
    let answers = client.version().await.into_iter();
    let answered: Vec<_> = answers.map(|(_, version)| version.is_ok()).collect();
    assert_eq!(answered, [false, true]);
}

#[tokio::test]
async fn one_stopped_server_of_two_does_not_hold_up_the_pool() {
    let (stopped, alive) = (Memcached::start().unwrap(), Memcached::start().unwrap());
    let servers = [&stopped, &alive].map(|server| server.address().to_string());
    let mut config = Config::default();
    config.connect = LIMIT;
    let builder = Client::builder().servers(servers).unwrap();
    let pool = Pool::new(builder.deadline(2 * LIMIT), config);
    stopped.stop().unwrap();
    let lent = tokio::time::timeout(LIMIT, pool.get()).await;
    let lent = lent.expect("nobody waits for the one that is stopped");
    assert!(lent.is_ok());
    stopped.cont().unwrap();
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_waited_for_as_long_as_configured() {
    let server = Memcached::start().unwrap();
    let mut config = Config::default();
    config.connect = Duration::from_millis(20);
    let pool = Pool::new(builder(&server), config);
    server.stop().unwrap();
    let error = pool.get().await.unwrap_err();
    assert_eq!(error.stage(), Stage::Connecting);
    assert_eq!(
        error.to_string(),
        "a new client of the pool could not reach its servers within 20ms"
    );
    server.cont().unwrap();
}

#[tokio::test]
async fn waiting_ends_with_a_client_or_at_its_limit() {
    let server = Memcached::start().unwrap();
    let mut config = Config::default();
    config.max_size = 1;
    config.wait = Some(Duration::from_millis(20));
    let late = Pool::new(builder(&server), config);
    let _held = late.get().await.unwrap();
    let error = late.get().await.unwrap_err();
    assert_eq!(error.stage(), Stage::Waiting);
    assert_eq!(
        error.to_string(),
        "no client of the pool came back within 20ms: all its clients (1) are reserved"
    );
    assert_eq!(late.metrics().timeouts, 1);

    config.wait = None;
    let patient = Pool::new(builder(&server), config);
    let held = patient.get().await.unwrap();
    let waiter = tokio::spawn({
        let pool = patient.clone();
        async move { pool.get().await.is_ok() }
    });
    while patient.metrics().waiting == 0 {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert!(waiter.await.unwrap());
    assert_eq!(patient.metrics().created, 1);
}

#[tokio::test]
async fn a_pool_of_any_size_is_made() {
    let server = Memcached::start().unwrap();
    for size in [0, usize::MAX] {
        let pool = pool(&server, size);
        pool.get().await.unwrap().version().await.all().unwrap();
    }
}

#[tokio::test]
async fn a_panic_discards_the_client() {
    let server = Memcached::start().unwrap();
    let pool = pool(&server, 1);
    let holder = pool.clone();
    let panicked = tokio::spawn(async move {
        let client = holder.get().await.unwrap();
        client.behaviors().set("retry_timeout", 30).unwrap();
        panic_silently();
    });
    assert!(panicked.await.unwrap_err().is_panic());
    let metrics = pool.metrics();
    assert_eq!((metrics.size, metrics.discarded), (0, 1));
    let fresh = pool.get().await.unwrap();
    assert_eq!(fresh.behaviors().get("retry_timeout").unwrap(), 2.into());
    assert_eq!((pool.metrics().size, pool.metrics().created), (1, 2));
}

#[tokio::test]
async fn a_client_whose_call_was_given_up_is_lent_again() {
    let server = Memcached::start().unwrap();
    let pool = pool(&server, 1);
    let held = pool.get().await.unwrap();
    held.set("k", "of before").await.unwrap();
    held.set("other", "of now").await.unwrap();
    server.stop().unwrap();
    let soon = Duration::from_millis(20);
    let given_up = tokio::time::timeout(soon, held.get::<String>("k"));
    assert!(given_up.await.is_err());
    server.cont().unwrap();
    drop(held);
    let next = pool.get().await.unwrap();
    let found: Option<String> = next.get("other").await.unwrap();
    assert_eq!(found.as_deref(), Some("of now"));
    assert_eq!(pool.metrics().created, 1);
}
