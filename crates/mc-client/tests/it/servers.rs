//! Servers added, removed, reweighted and moved while the client works.

use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use mc_client::{Behaviors, Client, ErrorKind, ServerSpec};
use mc_testkit::Memcached;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn start<const N: usize>() -> [Memcached; N] {
    std::array::from_fn(|_| super::counting())
}

/// A server by a name that no resolver knows, at the address where it really is.
fn spec(number: usize, server: &Memcached) -> ServerSpec {
    let named: ServerSpec = format!("cache{number}").parse().unwrap();
    named.at(&server.address().to_string()).unwrap()
}

/// A client of these servers, `cache0` and so on, on a ring.
fn client(servers: &[Memcached], behaviors: Behaviors) -> Client {
    let specs = servers.iter().enumerate();
    let specs = specs.map(|(number, server)| spec(number, server));
    let builder = Client::builder().servers(specs).unwrap();
    builder.behaviors(behaviors).build().unwrap()
}

fn ketama() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.set("distribution", "consistent ketama").unwrap();
    behaviors
}

fn keys() -> Vec<String> {
    (0..300).map(|number| format!("user:{number}")).collect()
}

/// A client that counts a server's connections; one of them is its own.
struct Counter(Client);

impl Counter {
    fn of(server: &Memcached) -> Self {
        Self(super::builder([server]).build().unwrap())
    }

    async fn read(&self, name: &str) -> u64 {
        let stats = self.0.stats().await.all().unwrap().remove(0);
        stats.get(name).unwrap().parse().unwrap()
    }

    /// Connections ever made.
    async fn total(&self) -> u64 {
        self.read("total_connections").await
    }

    /// Completes when nobody else is connected any more; the runner's own time limit bounds it.
    async fn alone(&self) {
        while self.read("curr_connections").await > 1 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// Callers that read and write until they are told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
    callers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn on(client: &Client) -> Self {
        let (stop, calls) = (Arc::default(), Arc::default());
        let callers = (0..6).map(|number| {
            let call = calling(
                client.clone(),
                number,
                Arc::clone(&stop),
                Arc::clone(&calls),
            );
            tokio::spawn(call)
        });
        Self {
            callers: callers.collect(),
            stop,
            calls,
        }
    }

    /// Completes when so many more calls have been made.
    async fn goes_on(&self) {
        let until = self.calls.load(Ordering::Relaxed) + 60;
        while self.calls.load(Ordering::Relaxed) < until {
            assert!(
                self.callers.iter().all(|caller| !caller.is_finished()),
                "a call failed"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.unwrap();
        }
    }
}

/// No call may fail, and what a key holds is its own.
async fn calling(client: Client, number: usize, stop: Arc<AtomicBool>, calls: Arc<AtomicUsize>) {
    let keys = keys();
    let mut at = number;
    while !stop.load(Ordering::Relaxed) {
        at = (at + 7) % keys.len();
        let key = &keys[at];
        client.set(key, key).await.unwrap();
        let found = client.get::<String>(key).await.unwrap();
        assert!(found.is_none_or(|value| value == *key));
        let found = client
            .get_many::<_, String>(keys.iter().skip(at).take(20))
            .await;
        assert_eq!(found.failed().count(), 0, "{found:?}");
        assert!(found.hits().all(|(key, value)| *key == value));
        calls.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_while_servers_come_go_and_move() {
    let servers: [_; 5] = start();
    let client = client(&servers[..3], ketama());
    let view = client.servers();
    let load = Load::on(&client);
    let elsewhere = servers[4].address().to_string();
    let home = servers[2].address().to_string();
    for round in 1..=15 {
        view.add(spec(3, &servers[3])).unwrap();
        load.goes_on().await;
        view.reweight("cache0", round).unwrap();
        view.remove("cache1").unwrap();
        load.goes_on().await;
        view.readdress("cache2", &elsewhere).unwrap();
        view.remove("cache3").unwrap();
        load.goes_on().await;
        view.add(spec(1, &servers[1])).unwrap();
        view.readdress("cache2", &home).unwrap();
    }
    load.stop().await;
    let names: Vec<_> = view.list().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["cache0:11211:15", "cache2", "cache1"]);
    for gone in [&servers[3], &servers[4]] {
        Counter::of(gone).alone().await;
    }
}

#[tokio::test]
async fn keys_go_where_a_new_client_of_the_same_list_puts_them() {
    let (servers, keys): ([_; 4], _) = (start(), keys());
    for behaviors in [Behaviors::default(), ketama(), Behaviors::production()] {
        let client = client(&servers[..3], behaviors);
        let view = client.servers();
        view.remove("cache1").unwrap();
        view.add(spec(3, &servers[3]).with_weight(2)).unwrap();
        view.reweight("cache2", 3).unwrap();
        view.readdress("cache0", &servers[1].address().to_string())
            .unwrap();
        let stored = client.set_many(keys.iter().map(|key| (key, key))).await;
        assert!(stored.is_ok());

        let fresh = Client::builder().servers(view.list()).unwrap();
        let fresh = fresh
            .behaviors(client.behaviors().snapshot())
            .build()
            .unwrap();
        for key in &keys {
            assert_eq!(client.owner(key).unwrap(), fresh.owner(key).unwrap());
        }
        assert_eq!(
            fresh.get_many::<_, String>(&keys).await.hits().count(),
            keys.len()
        );
    }
}

#[tokio::test]
async fn only_servers_that_come_or_move_are_connected_to() {
    let servers: [_; 4] = start();
    let client = client(&servers[..3], ketama());
    let counters = servers.each_ref().map(Counter::of);
    let totals = async || {
        client.version().await.all().unwrap();
        let mut totals = Vec::new();
        for counter in &counters {
            totals.push(counter.total().await);
        }
        totals
    };
    let mut before = totals().await;
    let view = client.servers();
    view.reweight("cache0", 5).unwrap();
    assert_eq!(totals().await, before);

    view.add(spec(3, &servers[3])).unwrap();
    view.remove("cache0").unwrap();
    before[3] += 1;
    assert_eq!(totals().await, before);
    counters[0].alone().await;

    view.readdress("cache1", &servers[0].address().to_string())
        .unwrap();
    before[0] += 1;
    assert_eq!(totals().await, before);
    counters[1].alone().await;

    let connects = |name: &str| {
        let metrics = client.metrics();
        let its = metrics.iter().find(|its| *its.name == *name);
        its.map(|its| its.connects)
    };
    assert_eq!(
        ["cache0", "cache1", "cache2", "cache3"].map(connects),
        [None, Some(2), Some(1), Some(1)]
    );
}

#[tokio::test]
async fn a_removed_server_answers_what_it_was_asked_and_is_left() {
    let servers: [_; 1] = start();
    let slow = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&servers, Behaviors::default());
    client
        .servers()
        .add(slow.local_addr().unwrap().to_string())
        .unwrap();
    let name = slow.local_addr().unwrap().to_string();
    let keys = keys();
    let key = keys
        .iter()
        .find(|key| *client.owner(key).unwrap() == *name)
        .unwrap();
    let asked = [1, 2].map(|_| {
        let (client, key) = (client.clone(), key.clone());
        tokio::spawn(async move { client.get::<String>(&key).await })
    });
    let (mut stream, _) = slow.accept().await.unwrap();
    let mut requests = vec![0; format!("get {key} {key}\r\n").len()];
    stream.read_exact(&mut requests).await.unwrap();

    client.servers().remove(&name).unwrap();
    client.set(key, "from the other").await.unwrap();
    let row = format!("VALUE {key} 16 4\r\nslow\r\n");
    let reply = format!("{row}{row}END\r\n");
    stream.write_all(reply.as_bytes()).await.unwrap();
    for call in asked {
        assert_eq!(call.await.unwrap().unwrap().as_deref(), Some("slow"));
    }
    assert_eq!(
        stream.read(&mut requests).await.unwrap(),
        0,
        "the connection is closed"
    );
    let found = client.get::<String>(key).await.unwrap();
    assert_eq!(found.as_deref(), Some("from the other"));
}

/// Behaviors under which a server that fails once is left alone for good.
fn unforgiving(auto_eject: bool) -> Behaviors {
    let mut behaviors = ketama();
    behaviors.failure_limit = NonZero::new(1).unwrap();
    behaviors.retry_timeout = Duration::from_secs(1000);
    behaviors.auto_eject = auto_eject;
    behaviors
}

#[tokio::test]
async fn what_is_known_of_a_servers_health_goes_with_it() {
    let mut servers: [_; 4] = start();
    let client = client(&servers[..3], unforgiving(false));
    let view = client.servers();
    servers[2].kill().unwrap();
    let keys = keys();
    let owned = |name: &str| {
        let owned = keys
            .iter()
            .filter(|key| *client.owner(key).unwrap() == *name);
        owned.cloned().collect::<Vec<_>>()
    };
    while client
        .get::<String>(&owned("cache2")[0])
        .await
        .unwrap_err()
        .kind()
        != ErrorKind::ServerDown
    {}

    view.remove("cache0").unwrap();
    view.add(spec(3, &servers[3])).unwrap();
    servers[2].restart().unwrap();
    for key in &keys {
        let found = client
            .get::<String>(key)
            .await
            .map_err(|error| error.kind());
        let is_resting = owned("cache2").contains(key);
        assert_eq!(
            found,
            if is_resting {
                Err(ErrorKind::ServerDown)
            } else {
                Ok(None)
            }
        );
    }
    // At another address it is another server.
    let address = servers[0].address().to_string();
    view.readdress("cache2", &address).unwrap();
    for key in owned("cache2") {
        client.set(&key, 1).await.unwrap();
    }
}

#[tokio::test]
async fn an_ejected_server_stays_ejected_when_others_come_and_go() {
    let mut servers: [_; 4] = start();
    let client = client(&servers[..3], unforgiving(true));
    servers[1].kill().unwrap();
    let keys = keys();
    let is_dead_ones = |key: &String| *client.owner(key).unwrap() == *"cache1";
    let dead = keys.iter().find(|key| is_dead_ones(key)).unwrap();
    while client.set(dead, 1).await.is_err() {}

    client.servers().add(spec(3, &servers[3])).unwrap();
    client.servers().remove("cache0").unwrap();
    client.behaviors().set("tcp_nodelay", true).unwrap();
    servers[1].restart().unwrap();
    for key in &keys {
        client.set(key, 1).await.unwrap();
    }
    let alone = super::builder([&servers[1]]).build().unwrap();
    assert_eq!(alone.get_many::<_, u8>(&keys).await.hits().count(), 0);
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let servers: [_; 2] = start();
    let client = client(&servers, ketama());
    let (view, before) = (client.servers(), client.servers().list());
    client.set("k", "v").await.unwrap();
    for (refused, text) in [
        (
            view.add("udp:cache9"),
            r#"server "udp:cache9": its transport is udp: allowed are tcp and unix"#,
        ),
        (
            view.readdress("cache0", "udp:cache0"),
            r#"server "cache1": its transport is tcp: allowed are udp, as all others"#,
        ),
        (
            view.add("cache1:11211:5"),
            r#"server "cache1": a server of this name is there: allowed is a new name"#,
        ),
        (
            view.remove("cache9"),
            r#"server "cache9": no server has this name: allowed are cache0, cache1"#,
        ),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), text);
        assert_eq!(view.list(), before);
    }
    view.remove("cache0").unwrap();
    let error = view.remove("cache1").unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"server "cache1": no other server is there: allowed is removing all but the last"#
    );
    client.set("k", "v").await.unwrap();
}
