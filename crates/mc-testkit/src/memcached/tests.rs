//! The runner against the memcached of this machine.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::*;

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(5);

/// Sends `request` and reads as many bytes as `answer` has.
fn check(server: &Memcached, request: &str, answer: &str) {
    let mut stream = server.address().connect(LONG).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut got = vec![0; answer.len()];
    stream.read_exact(&mut got).unwrap();
    assert_eq!(String::from_utf8_lossy(&got), answer, "{request:?}");
}

fn is_alive(pid: u32) -> bool {
    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
    rustix::process::test_kill_process(pid).is_ok()
}

#[test]
fn every_kind_of_address_serves() {
    let rows = [
        (Memcached::builder(), "127.0.0.1:"),
        (Memcached::builder().ipv6(), "[::1]:"),
        (Memcached::builder().unix(), "/"),
    ];
    for (builder, prefix) in rows {
        let server = builder.start().unwrap();
        let address = server.address().to_string();
        assert!(address.starts_with(prefix), "{address}");
        check(&server, "set a 5 0 1\r\nx\r\n", "STORED\r\n");
        check(&server, "get a\r\n", "VALUE a 5 1\r\nx\r\nEND\r\n");
        assert!(server.version().unwrap().contains('.'));
    }
}

#[test]
fn two_do_not_share_a_port() {
    let servers: Vec<_> = (0..4).map(|_| Memcached::start().unwrap()).collect();
    let mut ports: Vec<_> = servers.iter().map(|one| one.address().port()).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), servers.len());
}

#[test]
fn options_reach_memcached() {
    let server = Memcached::builder()
        .memory(7)
        .max_item_size(4096)
        .threads(1)
        .arg("-c")
        .arg("99")
        .start()
        .unwrap();
    let mut stream = server.address().connect(LONG).unwrap();
    stream.write_all(b"stats settings\r\nquit\r\n").unwrap();
    let mut settings = String::new();
    stream.read_to_string(&mut settings).unwrap();
    for row in [
        "STAT maxbytes 7340032\r\n",
        "STAT item_size_max 4096\r\n",
        "STAT num_threads 1\r\n",
        "STAT maxconns 99\r\n",
        "STAT verbosity 0\r\n",
    ] {
        assert!(settings.contains(row), "{row:?} in {settings}");
    }
}

#[test]
fn killed_refuses_and_restarted_is_empty_at_the_same_address() {
    for builder in [Memcached::builder(), Memcached::builder().unix()] {
        let mut server = builder.start().unwrap();
        let address = server.address().clone();
        check(&server, "set a 0 0 1\r\nx\r\n", "STORED\r\n");

        server.kill().unwrap();
        assert_eq!(server.pid(), None);
        assert!(address.connect(LONG).is_err());
        assert!(matches!(server.version(), Err(Error::NotRunning)));
        assert!(matches!(server.stop(), Err(Error::NotRunning)));
        server.kill().unwrap();

        server.restart().unwrap();
        assert_eq!(*server.address(), address);
        check(&server, "get a\r\n", "END\r\n");
        let first = server.pid();
        server.restart().unwrap();
        assert_ne!(server.pid(), first);
    }
}

#[test]
fn restart_waits_for_its_port() {
    let mut server = Memcached::start().unwrap();
    server.kill().unwrap();
    let squatter = TcpListener::bind(("127.0.0.1", server.address().port())).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // memcached knocks in vain for so long.
            std::thread::sleep(SHORT);
            drop(squatter);
        });
        server.restart().unwrap();
    });
    check(&server, "get a\r\n", "END\r\n");
}

#[test]
fn stopped_is_silent_and_continued_answers() {
    let server = Memcached::start().unwrap();
    for _ in 0..3 {
        let mut stream = server.address().connect(SHORT).unwrap();
        server.stop().unwrap();
        stream.write_all(b"get a\r\n").unwrap();
        let silent = stream.read(&mut [0; 5]).unwrap_err();
        assert!(matches!(
            silent.kind(),
            ErrorKind::WouldBlock | ErrorKind::TimedOut
        ));
        server.cont().unwrap();
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"END\r\n");
    }
}

#[test]
fn dropped_leaves_nothing() {
    for stopped in [false, true] {
        let server = Memcached::builder().unix().start().unwrap();
        let pid = server.pid().unwrap();
        let dir = server.dir.path().to_owned();
        if stopped {
            server.stop().unwrap();
        }
        assert!(is_alive(pid) && dir.exists());
        drop(server);
        assert!(!is_alive(pid) && !dir.exists());
    }
}

#[test]
fn a_panicking_test_leaves_no_orphan() {
    let mut pid = None;
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let server = Memcached::start().unwrap();
        pid = server.pid();
        std::panic::resume_unwind(Box::new("as a failing test does"));
    }));
    assert!(panicked.is_err());
    assert!(!is_alive(pid.unwrap()));
}

#[test]
fn errors_say_what_to_do() {
    let text = |builder: MemcachedBuilder| builder.start().unwrap_err().to_string();
    assert_eq!(
        text(Memcached::builder().program("no-such-memcached")),
        "cannot find \"no-such-memcached\" on PATH or in /usr/sbin: install memcached, for example \
         with `apt-get install memcached`"
    );
    assert_eq!(
        text(Memcached::builder().max_item_size(3)),
        "memcached ended with exit status: 64: Item max size cannot be less than 1024 bytes."
    );
}
