//! The pool against a real memcached.

use std::error::Error as _;
use std::time::Duration;

use mc_client::{Builder, Client};
use mc_pool::{Config, Pool, Stage};
use mc_testkit::Memcached;

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

async fn connections(server: &Memcached) -> u64 {
    let client = builder(server).build().unwrap();
    let stats = client.stats().await.all().unwrap();
    stats[0].curr_connections.unwrap()
}

#[tokio::test]
async fn clients_have_connections_of_their_own_and_come_back() {
    let server = Memcached::start().unwrap();
    let pool = pool(&server, 2);
    let before = connections(&server).await;
    let (one, two) = (pool.get().await.unwrap(), pool.get().await.unwrap());
    one.set("k", "x").await.unwrap();
    assert_eq!(two.get::<String>("k").await.unwrap().as_deref(), Some("x"));
    assert_eq!(connections(&server).await, before + 2);
    assert_eq!(pool.size(), (2, 0));

    assert_eq!(pool.get().await.unwrap_err().stage(), Stage::Waiting);
    drop(one);
    assert_eq!(pool.size(), (2, 1));
    drop(pool.get().await.unwrap());
    pool.close();
    assert_eq!(pool.get().await.unwrap_err().stage(), Stage::Closed);
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
