//! Plays scripts to memcached and to the in-process server and compares the answers.

use mc_testkit::{Address, Memcached, Server};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tokio::runtime::Runtime;

use crate::peer::Peer;
use crate::scripts::{LONG, SCRIPTS};

/// Both servers. One pair for each test, as `flush_all` empties all of a server.
struct Pair {
    _memcached: Memcached,
    _server: Server,
    _runtime: Runtime,
    addresses: [Address; 2],
}

impl Pair {
    fn start() -> Self {
        // Its background threads hold on to items for moments, in which a number that gets shorter
        // is not filled up with spaces. Without them it answers the same each time.
        let memcached = Memcached::builder()
            .arg("-o")
            .arg("no_lru_maintainer,no_lru_crawler")
            .start()
            .unwrap();
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::start()).unwrap();
        Self {
            addresses: [memcached.address().clone(), server.address().clone()],
            _memcached: memcached,
            _server: server,
            _runtime: runtime,
        }
    }

    /// Plays the requests to both, our server reading so many bytes at once.
    fn check(
        &self,
        name: &str,
        requests: impl IntoIterator<Item = impl AsRef<[u8]>>,
        chunk: usize,
    ) {
        let [theirs, ours] = &self.addresses;
        let (mut theirs, mut ours) = (Peer::connect(theirs, WHOLE), Peer::connect(ours, chunk));
        assert_eq!(theirs.ask(b"flush_all\r\n"), ours.ask(b"flush_all\r\n"));
        for request in requests {
            let request = request.as_ref();
            let (theirs, ours) = (theirs.ask(request), ours.ask(request));
            let shown = excerpt(&String::from_utf8_lossy(request));
            assert!(
                theirs == ours,
                "{name}: {shown}\n  memcached: {}\n  ours:      {}",
                excerpt(&theirs),
                excerpt(&ours)
            );
        }
    }
}

/// Requests are written as they are.
const WHOLE: usize = usize::MAX;

/// The start of a text, on one line.
fn excerpt(text: &str) -> String {
    format!("{:.300}", format!("{text:?}"))
}

#[test]
fn scripts_are_answered_alike() {
    let pair = Pair::start();
    for (name, script) in SCRIPTS {
        for chunk in [WHOLE, 1, 2, 7] {
            pair.check(name, *script, chunk);
        }
    }
}

#[test]
fn long_requests_are_answered_alike() {
    let pair = Pair::start();
    for (name, size, requests) in LONG {
        for chunk in [WHOLE, 10_007] {
            pair.check(name, requests(*size), chunk);
        }
    }
}

/// One of a few keys, so that requests meet.
fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "n"])
}

/// Numbers, numbers that are none, and others. No value is of spaces and line ends alone: looking
/// for a number in one, memcached reads on into whatever its memory holds behind it.
fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "0",
        "1",
        "99",
        "18446744073709551615",
        "12 ",
        "x",
        "x\r\n",
    ])
}

fn store() -> impl Strategy<Value = String> {
    let verb = prop::sample::select(vec!["set", "add", "replace", "append", "prepend"]);
    let noreply = prop::sample::select(vec!["", "", "", " noreply"]);
    let exptime = prop::sample::select(vec![0, 0, 0, 1000, -1]);
    (verb, key(), any::<u16>(), exptime, value(), noreply).prop_map(
        |(verb, key, flags, exptime, value, noreply)| {
            let len = value.len();
            format!("{verb} {key} {flags} {exptime} {len}{noreply}\r\n{value}\r\n")
        },
    )
}

fn meta() -> impl Strategy<Value = String> {
    let mode = prop::sample::select(vec!["", " ME", " MR", " MA", " MP", " C9999999"]);
    let quiet = prop::sample::select(vec!["", " q"]);
    prop_oneof![
        key().prop_map(|key| format!("mg {key} v f O1\r\n")),
        key().prop_map(|key| format!("mg {key} v q k\r\nmn\r\n")),
        (key(), value(), mode).prop_map(|(key, value, mode)| {
            format!("ms {key} {}{mode} F7\r\n{value}\r\n", value.len())
        }),
        (key(), quiet).prop_map(|(key, quiet)| format!("md {key}{quiet}\r\nmn\r\n")),
        key().prop_map(|key| format!("ma {key} v D3\r\n")),
        key().prop_map(|key| format!("ma {key} MD v N0 J9\r\n")),
    ]
}

fn request() -> impl Strategy<Value = String> {
    let delta = prop::sample::select(vec![0, 1, 100, u64::MAX]);
    prop_oneof![
        4 => store(),
        2 => key().prop_map(|key| format!("gets {key}\r\n")),
        1 => (key(), value()).prop_map(|(key, value)| {
            format!("cas {key} 0 0 {} {{cas}}\r\n{value}\r\n", value.len())
        }),
        1 => key().prop_map(|key| format!("delete {key}\r\n")),
        2 => (key(), delta.clone()).prop_map(|(key, delta)| format!("incr {key} {delta}\r\n")),
        2 => (key(), delta).prop_map(|(key, delta)| format!("decr {key} {delta}\r\n")),
        1 => (key(), prop::sample::select(vec![0, 1000, -1]))
            .prop_map(|(key, exptime)| format!("touch {key} {exptime}\r\n")),
        1 => prop::sample::select(vec![0, 1000, -1])
            .prop_map(|exptime| format!("gats {exptime} b n\r\n")),
        1 => Just("get a b n\r\n".to_owned()),
        2 => meta(),
    ]
}

#[test]
fn random_requests_are_answered_alike() {
    let pair = Pair::start();
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let requests = prop::collection::vec(request(), 1..40);
    let chunk = prop::sample::select(vec![1, 3, WHOLE]);
    let tested = TestRunner::new(config).run(&(requests, chunk), |(requests, chunk)| {
        pair.check("random", requests, chunk);
        Ok(())
    });
    if let Err(difference) = tested {
        panic!("{difference}");
    }
}

/// The comparison can fail: a wrong byte of ours would be seen.
#[test]
#[should_panic(expected = "memcached")]
fn a_difference_is_seen() {
    Pair::start().check("version", ["version\r\n"], WHOLE);
}
