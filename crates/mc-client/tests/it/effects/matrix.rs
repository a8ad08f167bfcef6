//! Each behavior, and its effect seen. A test has the name of its behavior, without the underscore.

use std::collections::HashSet;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use mc_behaviors::Behaviors;
use mc_client::{Error, ErrorKind, Protocol, Stage};
use mc_testkit::Memcached;

use super::Client;
use crate::recorder::Recorder;

/// Behaviors whose effect other tests of this crate see: the file, and the test in it.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "buffer_requests",
        include_str!("unawaited.rs"),
        "what_is_buffered_waits_for_the_flush",
    ),
    (
        "_noreply",
        include_str!("unawaited.rs"),
        "noreply_is_said_on_the_wire",
    ),
    (
        "_io_bytes_watermark",
        include_str!("unawaited.rs"),
        "a_watermark_sends_the_buffer",
    ),
    (
        "_io_msg_watermark",
        include_str!("unawaited.rs"),
        "a_watermark_sends_the_buffer",
    ),
    (
        "num_replicas",
        include_str!("replicas.rs"),
        "in_every_protocol",
    ),
    (
        "tcp_nodelay",
        SOCKETS,
        "sockets_are_set_up_as_the_behaviors_say",
    ),
    (
        "tcp_keepalive",
        SOCKETS,
        "sockets_are_set_up_as_the_behaviors_say",
    ),
    (
        "no_block",
        SOCKETS,
        "sockets_are_set_up_as_the_behaviors_say",
    ),
    (
        "_socket_send_size",
        SOCKETS,
        "sockets_are_set_up_as_the_behaviors_say",
    ),
    (
        "_socket_recv_size",
        SOCKETS,
        "sockets_are_set_up_as_the_behaviors_say",
    ),
];

const SOCKETS: &str = include_str!("../../../src/connect/socket.rs");

#[test]
fn every_behavior_has_its_test() {
    let here = include_str!("matrix.rs");
    for (name, _) in Behaviors::default().iter() {
        let bare = name.trim_start_matches('_');
        let elsewhere = ELSEWHERE.iter().find(|(behavior, ..)| *behavior == name);
        let found = match elsewhere {
            Some((_, file, test)) => file.contains(&format!("fn {test}(")),
            None => here.contains(&format!("fn {bare}()")),
        };
        assert!(found, "{name} has no test");
    }
}

/// A client of servers that nobody asks, with one behavior set by name.
fn placed(servers: &[&str], name: &str, value: impl Into<mc_behaviors::Value>) -> Client {
    let client = Client::builder().servers(servers.iter().copied()).unwrap();
    let client = client.build().unwrap();
    client.behaviors().set(name, value).unwrap();
    client
}

/// The servers of a hundred keys.
fn owners(client: &Client) -> Vec<String> {
    let owner = |number| client.owner(format!("key:{number}")).unwrap().to_string();
    (0..100).map(owner).collect()
}

const THREE: [&str; 3] = ["cache1", "cache2", "cache3"];

/// `hash % n`, as modula has it.
fn by_modula(hash: impl Fn(&[u8]) -> u32) -> Vec<String> {
    let owner = |number| THREE[hash(format!("key:{number}").as_bytes()) as usize % 3].to_owned();
    (0..100).map(owner).collect()
}

#[test]
fn hash() {
    assert_eq!(
        owners(&placed(&THREE, "hash", "md5")),
        by_modula(mc_hash::md5)
    );
    assert_eq!(
        owners(&placed(&THREE, "hash", "crc")),
        by_modula(mc_hash::crc)
    );
}

/// libmemcached keeps it and uses it nowhere; so do we.
#[test]
fn ketama_hash() {
    let client = placed(&THREE, "ketama", true);
    let before = owners(&client);
    client.behaviors().set("ketama_hash", "crc").unwrap();
    assert_eq!(owners(&client), before);
    assert_eq!(client.behaviors().get("ketama_hash").unwrap(), 2.into());
}

/// It reads back, for Python's clients that share the settings.
#[test]
fn pickle_protocol() {
    let client = placed(&THREE, "pickle_protocol", 2);
    assert_eq!(client.behaviors().get("pickle_protocol").unwrap(), 2.into());
}

/// On a ring, another server takes keys from all and moves none between the others.
fn is_ring(client: &Client) -> bool {
    let before = owners(client);
    client.servers().add("cache4").unwrap();
    let after = owners(client);
    let moved = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before != after);
    moved.map(|(_, after)| after).all(|after| after == "cache4")
}

#[test]
fn distribution() {
    assert!(!is_ring(&placed(&THREE, "distribution", "modula")));
    assert!(is_ring(&placed(
        &THREE,
        "distribution",
        "consistent ketama"
    )));
}

#[test]
fn ketama() {
    assert!(is_ring(&placed(&THREE, "ketama", true)));
    assert!(!is_ring(&placed(&THREE, "ketama", false)));
}

#[test]
fn ketama_weighted() {
    let heavy = |name| {
        let client = placed(&["cache1", "cache2:11211:30"], name, true);
        owners(&client)
            .iter()
            .filter(|owner| owner.starts_with("cache2"))
            .count()
    };
    assert!(heavy("ketama_weighted") > 85 && heavy("ketama") < 75);
}

#[test]
fn sort_hosts() {
    let backwards = ["cache3", "cache2", "cache1"];
    let sorted = placed(&backwards, "_sort_hosts", true);
    assert_eq!(owners(&sorted), by_modula(mc_hash::one_at_a_time));
    assert_ne!(
        owners(&placed(&backwards, "_sort_hosts", false)),
        owners(&sorted)
    );
}

#[test]
fn hash_with_prefix_key() {
    let client = placed(&THREE, "namespace", "app:");
    assert_eq!(owners(&client), by_modula(mc_hash::one_at_a_time));
    client
        .behaviors()
        .set("_hash_with_prefix_key", true)
        .unwrap();
    let named = |key: &[u8]| mc_hash::one_at_a_time(&[b"app:", key].concat());
    assert_eq!(owners(&client), by_modula(named));
}

/// A client of a recorded server, with one behavior set by name.
fn recorded(
    server: &Memcached,
    name: &str,
    value: impl Into<mc_behaviors::Value>,
) -> (Recorder, Client) {
    let recorder = Recorder::start(server);
    let client = Client::builder().servers([recorder.address()]).unwrap();
    let client = client.build().unwrap();
    client.behaviors().set(name, value).unwrap();
    (recorder, client)
}

#[tokio::test]
async fn namespace() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (recorder, client) = recorded(&server, "namespace", "app:");
    go!(client.get::<String>("k"))?;
    assert_eq!(recorder.sent(), b"get app:k\r\n");
    Ok(())
}

#[tokio::test]
async fn cas() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (recorder, client) = recorded(&server, "cas", true);
    assert_eq!(go!(client.gets::<String>("k"))?, None);
    assert_eq!(recorder.sent(), b"gets k\r\n");
    Ok(())
}

#[tokio::test]
async fn verify_keys() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (_recorder, client) = recorded(&server, "verify_keys", true);
    let error = go!(client.set("é", 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidKey, "{error}");
    client.behaviors().set("verify_keys", false).unwrap();
    go!(client.set("é", 1))
}

#[tokio::test]
async fn io_key_prefetch() {
    let server = Memcached::start().unwrap();
    let (recorder, client) = recorded(&server, "_io_key_prefetch", 2);
    let found = go!(client.get_many::<_, String>(["a", "b", "c"]));
    assert!(found.is_ok());
    assert_eq!(recorder.sent(), b"get a b\r\nget c\r\n");
}

/// A listener whose queue is full: the next connect hears nothing.
fn swallows() -> (TcpListener, Vec<TcpStream>) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(1).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    let soon = Duration::from_millis(100);
    let waiting = std::iter::from_fn(|| TcpStream::connect_timeout(&address, soon).ok());
    let waiting = waiting.collect();
    (listener, waiting)
}

#[tokio::test]
async fn connect_timeout() {
    let (listener, _waiting) = swallows();
    let address = listener.local_addr().unwrap().to_string();
    let client = placed(&[&address], "connect_timeout", 60);
    let start = Instant::now();
    let error = go!(client.get::<String>("k")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "the deadline is 5 s"
    );
}

/// How a call to a server that is silent ends, and after how long.
async fn silence(name: &str, milliseconds: u64) -> (Error, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let client = placed(&[&address], name, milliseconds);
    let start = Instant::now();
    let error = go!(client.get::<String>("k")).unwrap_err();
    (error, start.elapsed())
}

#[tokio::test]
async fn poll_timeout() {
    let (error, took) = silence("_poll_timeout", 80).await;
    assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Reply), "{error}");
    assert!(took >= Duration::from_millis(80) && took < Duration::from_secs(3));
}

#[tokio::test]
async fn receive_timeout() {
    let (error, took) = silence("receive_timeout", 80).await;
    assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Reply), "{error}");
    assert!(took >= Duration::from_millis(80) && took < Duration::from_secs(3));
}

/// A server that does not read is noticed by what it does not take.
#[tokio::test]
async fn send_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let client = placed(&[&address], "send_timeout", 80);
    let start = Instant::now();
    let large = vec![b'x'; 1 << 20];
    let many = (0..64).map(|number| (format!("k{number}"), large.clone()));
    let stored = go!(client.set_many(many));
    assert!(stored.failed().count() == 64);
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "the deadline is 5 s"
    );
}

/// The behaviors of failure: on one failure a server rests, and a client of it and another one.
async fn failing(settings: &[(&str, i64)]) -> (Memcached, Memcached, Client, String) {
    let servers = (Memcached::start().unwrap(), Memcached::start().unwrap());
    let client = super::builder([&servers.0, &servers.1]).build().unwrap();
    let pairs = settings.iter().map(|(name, value)| (*name, *value));
    client.behaviors().update(pairs).unwrap();
    let first = servers.0.address().to_string();
    let owned = |number: &u32| client.owner(format!("key:{number}")).unwrap().as_ref() == first;
    let key = format!("key:{}", (0..).find(owned).unwrap());
    (servers.0, servers.1, client, key)
}

/// How long a server that failed once is left alone, though it is there again and has a value for its key.
async fn left_alone(settings: &[(&str, i64)]) -> Duration {
    let (mut server, _other, client, key) = failing(settings).await;
    server.kill().unwrap();
    while client.metrics()[0].connect_failures == 0 {
        let _stand_in_or_error = go!(client.get::<String>(&key));
    }
    let failed = Instant::now();
    server.restart().unwrap();
    let alone = super::builder([&server]).build().unwrap();
    go!(alone.set(&key, "back")).unwrap();
    while !matches!(go!(client.get::<String>(&key)), Ok(Some(_))) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    failed.elapsed()
}

#[tokio::test]
async fn retry_timeout() {
    let took = left_alone(&[("retry_timeout", 1)]).await;
    assert!(
        took > Duration::from_millis(700) && took < Duration::from_secs(10),
        "{took:?}"
    );
}

#[tokio::test]
async fn dead_timeout() {
    let settings = [
        ("ketama", 1),
        ("auto_eject", 1),
        ("retry_timeout", 60),
        ("dead_timeout", 1),
        ("failure_limit", 1),
    ];
    let took = left_alone(&settings).await;
    assert!(
        took > Duration::from_millis(700) && took < Duration::from_secs(30),
        "{took:?}"
    );
}

/// How many failures there are until other servers stand in.
async fn failures_until_ejected(name: &str, limit: i64) -> usize {
    let settings = [("dead_timeout", 60), ("failure_limit", limit)];
    let (mut server, _other, client, key) = failing(&settings).await;
    client.behaviors().modify(crate::never_rest).unwrap();
    client.behaviors().set("ketama", true).unwrap();
    client.behaviors().set(name, true).unwrap();
    let first = server.address().to_string();
    let owned = |number: &u32| client.owner(format!("key:{number}")).unwrap().as_ref() == first;
    let key = (0..)
        .find(owned)
        .map_or(key, |number| format!("key:{number}"));
    server.kill().unwrap();
    let mut failures = 0;
    while failures < 1000 && go!(client.get::<String>(&key)).is_err() {
        failures += 1;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    failures
}

#[tokio::test]
async fn auto_eject() {
    assert!(failures_until_ejected("auto_eject", 1).await < 10);
}

/// The same flag by its older name.
#[tokio::test]
async fn remove_failed() {
    assert!(failures_until_ejected("remove_failed", 1).await < 10);
}

#[tokio::test]
async fn failure_limit() {
    let (early, late) = (
        failures_until_ejected("auto_eject", 1).await,
        failures_until_ejected("auto_eject", 5).await,
    );
    assert!(early < late && late < 1000, "{early} {late}");
}

#[tokio::test]
async fn binary() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let (recorder, client) = recorded(&server, "cas", false);
    client
        .behaviors()
        .modify(|behaviors| behaviors.binary = true)
        .unwrap();
    go!(client.set("k", 1))?;
    assert_eq!(recorder.sent().first(), Some(&0x80));
    Ok(())
}

/// The protocols that a client is built with do not follow the behavior.
#[tokio::test]
async fn a_protocol_that_is_named_stays() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let recorder = Recorder::start(&server);
    let client = Client::builder().servers([recorder.address()])?;
    let client = client.protocol(Protocol::Meta).build()?;
    client
        .behaviors()
        .modify(|behaviors| behaviors.binary = true)
        .unwrap();
    go!(client.get::<String>("k"))?;
    assert!(recorder.sent().starts_with(b"mg k"));
    Ok(())
}

#[test]
fn names_are_distinct() {
    let names: HashSet<_> = Behaviors::default().iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), Behaviors::default().iter().count());
}

/// The longest times there are overflow no clock.
#[tokio::test]
async fn times_may_be_of_any_length() -> Result<(), Error> {
    let server = Memcached::start().unwrap();
    let client = super::builder([&server]).build()?;
    let longest = |behaviors: &mut Behaviors| {
        behaviors.connect_timeout = Duration::MAX;
        behaviors.send_timeout = Duration::MAX;
        behaviors.receive_timeout = Duration::MAX;
        behaviors.retry_timeout = Duration::MAX;
    };
    client.behaviors().modify(longest).unwrap();
    // More than the socket takes at once.
    go!(client.set("k", vec![b'x'; 1_000_000]))?;
    let value: Option<Vec<u8>> = go!(client.get("k"))?;
    assert_eq!(value.map(|it| it.len()), Some(1_000_000));
    Ok(())
}
