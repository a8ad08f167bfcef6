//! Servers that say what a test tells them to: deadlines, losses, and what becomes of the connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mc_client::blocking::Client;
use mc_client::{Behaviors, Error, ErrorKind, Outcome, Stage};
use mc_testkit::{FaultProxy, Memcached, Rule};
use socket2::{Domain, SockAddr, Socket, Type};

use super::LIMIT;

/// A client of a server that is `script`, called with each connection in turn.
fn scripted(mut script: impl FnMut(Peer) + Send + 'static) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            script(Peer(BufReader::new(stream)));
        }
    });
    let client = Client::builder().servers([address]).unwrap();
    client.deadline(LIMIT).build().unwrap()
}

/// The server's end of a connection.
struct Peer(BufReader<TcpStream>);

impl Peer {
    /// Reads one request of a line; whether there was one.
    fn asked(&mut self) -> bool {
        self.0
            .read_line(&mut String::new())
            .is_ok_and(|read| read > 0)
    }

    fn say(&mut self, text: &str) -> bool {
        self.0.get_mut().write_all(text.as_bytes()).is_ok()
    }

    /// Waits until the client has closed the connection.
    fn closed(&mut self) {
        let _ = self.0.read_to_end(&mut Vec::new());
    }
}

fn get(client: &Client, within: Duration) -> Result<Option<String>, Error> {
    client.get("k").deadline(within).call()
}

#[test]
fn silence_ends_at_the_deadline() {
    let client = scripted(|mut peer| {
        peer.asked();
        peer.closed();
    });
    for within in [1, 30, 100].map(Duration::from_millis) {
        let start = Instant::now();
        let error = get(&client, within).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Reply));
        assert_eq!(error.outcome(), Outcome::MaybeApplied);
        assert!(start.elapsed() >= within && start.elapsed() < LIMIT);
    }
}

/// Bytes without an answer are no answer.
#[test]
fn a_trickle_ends_at_the_deadline() {
    let client = scripted(|mut peer| {
        peer.asked();
        peer.say("VALUE k 16 1000000\r\n");
        while peer.say("x") {
            thread::sleep(Duration::from_millis(2));
        }
    });
    let start = Instant::now();
    let error = get(&client, Duration::from_millis(100)).unwrap_err();
    assert!(error.is_timeout() && start.elapsed() < LIMIT, "{error}");
}

#[test]
fn a_deadline_that_is_over_sends_nothing() {
    let (_server, client) = super::one_server();
    client.set("n", 1).call().unwrap();
    let error = client.incr("n", 1).deadline(Duration::ZERO).call();
    let error = error.unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(client.get("n").call().unwrap(), Some(1));
}

#[test]
fn a_server_that_hangs_up_is_an_error_and_is_used_again_at_once() {
    let mut connections = 0;
    let client = scripted(move |mut peer| {
        connections += 1;
        peer.asked();
        if connections > 1 {
            peer.say("END\r\n");
            peer.closed();
        }
    });
    let error = get(&client, LIMIT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert_eq!(error.outcome(), Outcome::MaybeApplied);
    assert_eq!(get(&client, LIMIT).unwrap(), None);
}

/// At every byte of a reply, with the connection's end or a silence behind it: never a value, never a miss.
#[test]
fn a_reply_that_is_cut_is_no_reply() {
    let reply = "VALUE k 16 3\r\nabc\r\nEND\r\n";
    let mut cut = 0;
    let client = scripted(move |mut peer| {
        peer.asked();
        peer.say(&reply[..cut]);
        cut += 1;
    });
    // A server that hangs up so often is to be asked again all the same.
    let never = |behaviors: &mut Behaviors| behaviors.server_timeout_limit = u32::MAX;
    client.behaviors().modify(never).unwrap();
    for _ in 0..reply.len() {
        let error = get(&client, LIMIT).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    }
}

/// The answer to one call is never taken for that of the next.
#[test]
fn a_late_answer_is_nobodys() {
    let mut late = true;
    let client = scripted(move |mut peer| {
        peer.asked();
        if std::mem::take(&mut late) {
            thread::sleep(Duration::from_millis(60));
            peer.say("VALUE k 16 4\r\nlate\r\nEND\r\n");
        } else {
            peer.say("END\r\n");
        }
        peer.closed();
    });
    assert!(
        get(&client, Duration::from_millis(30))
            .unwrap_err()
            .is_timeout()
    );
    assert_eq!(get(&client, LIMIT).unwrap(), None);
}

/// A server that says something unasked, or closes the connection, does so to nobody's harm.
#[test]
fn an_idle_connection_that_is_not_quiet_is_not_used() {
    for parting in ["", "END\r\n"] {
        let client = scripted(move |mut peer| {
            peer.asked();
            peer.say("END\r\n");
            thread::sleep(Duration::from_millis(20));
            peer.say(parting);
            if !parting.is_empty() {
                peer.closed();
            }
        });
        for _ in 0..3 {
            assert_eq!(get(&client, LIMIT).unwrap(), None);
            thread::sleep(Duration::from_millis(60));
        }
    }
}

#[test]
fn a_server_that_restarts_costs_an_idle_client_nothing() {
    let (mut server, client) = super::one_server();
    for round in 0..3 {
        client.set("k", round).call().unwrap();
        server.kill().unwrap();
        server.restart().unwrap();
        assert_eq!(client.get::<u8>("k").call().unwrap(), None);
    }
}

/// A key whose bytes cannot be had more than so often.
struct Grenade(AtomicUsize);

impl AsRef<[u8]> for Grenade {
    fn as_ref(&self) -> &[u8] {
        assert!(self.0.fetch_sub(1, Ordering::Relaxed) > 0, "no more");
        b"k"
    }
}

/// Wherever in a call a caller's code panics: no later call reads what was left over.
#[test]
fn a_panic_leaves_no_connection_out_of_step() {
    let (_server, client) = super::one_server();
    client.set("k", "value").call().unwrap();
    client.set("other", "other").call().unwrap();
    let call = |uses| {
        let keys = (0..3).map(|_| Grenade(AtomicUsize::new(uses)));
        let called = || client.get_many::<_, String>(keys).call();
        catch_unwind(AssertUnwindSafe(called)).map(|found| found.hits().count())
    };
    let panicked = (0..10).take_while(|uses| call(*uses).is_err()).count();
    assert!((1..10).contains(&panicked), "{panicked}");
    let other: Option<String> = client.get("other").call().unwrap();
    assert_eq!(other.as_deref(), Some("other"));
}

#[test]
fn a_server_that_does_not_accept_is_told_from_one_that_refuses() {
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = Duration::from_millis(100);
    let full = full_listener();
    let address = full.address.clone();
    let client = Client::builder().servers([address]).unwrap();
    let client = client.behaviors(behaviors).build().unwrap();
    let error = get(&client, LIMIT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[test]
fn a_server_that_is_down_is_tried_by_one_thread_for_all() {
    let mut behaviors = Behaviors::default();
    behaviors.connect_timeout = Duration::from_millis(500);
    behaviors.retry_timeout = LIMIT;
    let full = full_listener();
    let client = Client::builder().servers([full.address.as_str()]).unwrap();
    let client = client.behaviors(behaviors).deadline(LIMIT).build().unwrap();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let error = get(&client, LIMIT).unwrap_err();
                assert_eq!(error.outcome(), Outcome::NotSent);
            });
        }
    });
    assert_eq!(client.metrics()[0].connect_failures, 1);
}

/// A listener whose queue is full: connecting to it takes for ever.
pub(super) struct Full {
    pub(super) address: String,
    _listener: Socket,
    _waiting: Vec<TcpStream>,
}

pub(super) fn full_listener() -> Full {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(1).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let soon = Duration::from_millis(100);
    let connect = || TcpStream::connect_timeout(&address, soon).ok();
    Full {
        address: address.to_string(),
        _waiting: std::iter::from_fn(connect).collect(),
        _listener: listener,
    }
}

/// A unix socket whose queue is full lets a connect wait, which ends at the deadline all the same.
#[test]
fn a_unix_socket_that_does_not_accept_is_given_up() {
    let dir = std::env::temp_dir().join(format!("mc-full-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("full.sock");
    let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    let address = SockAddr::unix(&path).unwrap();
    listener.bind(&address).unwrap();
    listener.listen(0).unwrap();
    let mut waiting = Vec::new();
    loop {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        match socket.connect(&address) {
            Ok(()) => waiting.push(socket),
            Err(_) => break,
        }
    }
    let client = Client::builder().servers([path.to_str().unwrap()]).unwrap();
    let error = get(&client.build().unwrap(), Duration::from_millis(60)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout(Stage::Connect), "{error}");
    std::fs::remove_dir_all(&dir).unwrap();
}

/// One server that takes no connection, and one that answers nothing, are the errors of their keys alone.
#[test]
fn servers_that_do_not_answer_hold_up_nobody_else() {
    let (well, stopped, full) = (
        Memcached::start().unwrap(),
        Memcached::start().unwrap(),
        full_listener(),
    );
    let addresses = [&well, &stopped].map(|server| server.address().to_string());
    let [fine, silent] = addresses.clone();
    let client = Client::builder().servers(addresses).unwrap();
    let client = client.servers([full.address.as_str()]).unwrap();
    let client = client.deadline(Duration::from_millis(500)).build().unwrap();
    let keys: Vec<_> = (0..200).map(|number| format!("key:{number}")).collect();
    // With no connection yet, and with those there are.
    for _ in 0..2 {
        stopped.stop().unwrap();
        let stored = client.set_many(keys.iter().map(|key| (key, "x"))).call();
        stopped.cont().unwrap();
        for (key, result) in stored.iter() {
            let owner = client.owner(key).unwrap();
            assert_eq!(result.is_ok(), *owner == *fine, "{key} {result:?}");
            if *owner == *silent {
                let kind = result.as_ref().unwrap_err().kind();
                assert!(matches!(
                    kind,
                    ErrorKind::Timeout(_) | ErrorKind::ServerDown
                ));
            }
        }
    }
}

/// The first server is silent, and the other sends more than the system keeps: it is not left waiting for that.
#[test]
fn a_silent_server_does_not_hold_up_what_another_sends() {
    let servers = [(); 2].map(|()| Memcached::start().unwrap());
    let client = Client::builder().servers(servers.iter().map(|it| it.address().to_string()));
    let client = client
        .unwrap()
        .deadline(Duration::from_secs(3))
        .build()
        .unwrap();
    let keys: Vec<_> = (0..80).map(|number| format!("key:{number}")).collect();
    let value = vec![b'v'; 500 << 10];
    assert!(
        client
            .set_many(keys.iter().map(|key| (key, &value[..])))
            .call()
            .is_ok()
    );
    let silent = servers[0].address().to_string();
    let (silents, others): (Vec<_>, Vec<_>) = keys
        .iter()
        .partition(|key| *client.owner(key).unwrap() == *silent);
    assert!(others.len() > 20 && !silents.is_empty());

    servers[0].stop().unwrap();
    let found = client.get_many::<_, Vec<u8>>(&keys).call();
    servers[0].cont().unwrap();
    assert_eq!(found.hits().count(), others.len());
    assert_eq!(found.failed().count(), silents.len());
}

/// A proxy whose server is gone accepts connections and resets them: that is no better than a port that refuses.
#[test]
fn a_proxy_without_its_server_is_left_alone() {
    let server = Memcached::start().unwrap();
    let proxy = FaultProxy::builder(server.address());
    let proxy = proxy.rule(Rule::connections().refuse()).start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.retry_timeout = Duration::from_secs(60);
    let client = Client::builder()
        .servers([proxy.address().to_string()])
        .unwrap();
    let client = client.behaviors(behaviors).build().unwrap();
    for _ in 0..20 {
        assert!(get(&client, LIMIT).is_err());
    }
    assert_eq!(proxy.stats().accepted, 1);

    proxy.set_rules([]).unwrap();
    client.behaviors().set("retry_timeout", 0).unwrap();
    while get(&client, LIMIT).is_err() {}
}

/// A server that answers the first get of a connection; behind every other one it is left to `then`.
fn answering_once(then: impl Fn(&mut Peer) + Send + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let (mut peer, then) = (Peer(BufReader::new(stream)), then.clone());
            thread::spawn(move || {
                peer.asked();
                peer.say("END\r\n");
                while peer.asked() {
                    then(&mut peer);
                }
            });
        }
    });
    address
}

/// A client of these servers, connected to each, and a key of each.
fn both(servers: [String; 2], deadline: Duration) -> (Client, [String; 2]) {
    let client = Client::builder().servers(&servers).unwrap();
    let client = client.deadline(deadline).build().unwrap();
    let keys = servers.map(|server| {
        let mut keys = (0..).map(|number| format!("k{number}"));
        keys.find(|key| *client.owner(key).unwrap() == *server)
            .unwrap()
    });
    let found = client.get_many::<_, String>(&keys).call();
    assert!(found.is_ok(), "{found:?}");
    (client, keys)
}

/// Its answer outlasts the deadline.
#[test]
fn a_server_that_trickles_holds_up_no_other() {
    let trickles = |peer: &mut Peer| {
        // A line without an end.
        while peer.say("x") {
            thread::sleep(Duration::from_millis(10));
        }
    };
    let answers = |peer: &mut Peer| {
        peer.say("END\r\n");
    };
    let servers = [answering_once(trickles), answering_once(answers)];
    let (client, [slow, well]) = both(servers, Duration::from_millis(500));
    // It is asked, and waited for, before the other.
    let found = client.get_many::<_, String>([&slow, &well]).call();
    let kinds = found.into_results().into_iter();
    let kinds: Vec<_> = kinds.map(|it| it.map_err(|error| error.kind())).collect();
    assert_eq!(kinds[1], Ok(None), "{kinds:?}");
    assert_eq!(kinds[0], Err(ErrorKind::Timeout(Stage::Reply)));
}

/// Of the time that there was, most had passed before the last was waited for.
#[test]
fn a_late_answer_of_one_gives_no_more_time_to_another() {
    let late = |peer: &mut Peer| {
        thread::sleep(Duration::from_millis(900));
        peer.say("END\r\n");
    };
    let silent = |peer: &mut Peer| peer.closed();
    let servers = [answering_once(late), answering_once(silent)];
    let (client, keys) = both(servers, Duration::from_secs(1));
    let since = Instant::now();
    let found = client.get_many::<_, String>(&keys).call();
    let took = since.elapsed();
    let kinds = found.into_results().into_iter();
    let kinds: Vec<_> = kinds.map(|it| it.map_err(|error| error.kind())).collect();
    let overdue = Err(ErrorKind::Timeout(Stage::Reply));
    assert_eq!(kinds, [Ok(None), overdue]);
    assert!(took < Duration::from_millis(1500), "{took:?}");
}

/// Nothing but writes that nobody awaits: the server is asked whether it is well.
#[test]
fn a_server_that_is_back_is_taken_back_by_writes_without_a_reply() {
    let mut server = Memcached::start().unwrap();
    let mut behaviors = Behaviors::default();
    behaviors.noreply = true;
    behaviors.retry_timeout = Duration::from_millis(100);
    let client = Client::builder().servers([server.address().to_string()]);
    let client = client.unwrap().behaviors(behaviors).build().unwrap();
    client.set("k", 1).call().unwrap();
    server.kill().unwrap();
    while client.set("k", 1).call().is_ok() {}
    server.restart().unwrap();
    let keys: Vec<_> = (0..100).map(|number| format!("k{number}")).collect();
    let since = Instant::now();
    while !client
        .set_many(keys.iter().map(|key| (key, 1)))
        .call()
        .is_ok()
    {
        assert!(since.elapsed() < LIMIT);
        thread::sleep(Duration::from_millis(20));
    }
    assert!(
        client
            .set_many(keys.iter().map(|key| (key, 2)))
            .call()
            .is_ok()
    );
}

/// A call that may take no time leaves what others have buffered.
#[test]
fn a_deadline_that_is_over_throws_nothing_away() {
    let (_server, client) = super::one_server();
    client.behaviors().set("buffer_requests", true).unwrap();
    for number in 0..100 {
        client.set(&format!("k{number}"), number).call().unwrap();
    }
    let error = get(&client, Duration::ZERO).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    client.flush_buffers().call().all().unwrap();
    assert_eq!(client.get("k99").call().unwrap(), Some(99));
}

/// Whoever drops the connections to a server that hangs is not held up by what is buffered there.
#[test]
fn a_hung_server_does_not_hold_up_who_disconnects() {
    let (server, client) = super::one_server();
    client.behaviors().set("buffer_requests", true).unwrap();
    client.set("k", "v").call().unwrap();
    server.stop().unwrap();
    let since = Instant::now();
    client.disconnect_all();
    assert!(since.elapsed() < Duration::from_secs(3));
    server.cont().unwrap();
    // It is written all the same.
    while client.get::<String>("k").call().unwrap().is_none() {}
}
