//! What is done to datagrams.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use mc_testkit::{DatagramProxy, DatagramRule, Memcached};

use crate::ask::{LIMIT, wait_until};

/// A server and a proxy with these rules, and a socket that sends to it.
struct Setup {
    _server: Memcached,
    proxy: DatagramProxy,
    socket: UdpSocket,
}

impl Setup {
    /// The server has one thread: several answer datagrams in any order.
    fn new(rules: impl IntoIterator<Item = DatagramRule>) -> Self {
        let server = Memcached::builder().udp().threads(1);
        Self::behind(server.start().unwrap(), rules)
    }

    fn behind(server: Memcached, rules: impl IntoIterator<Item = DatagramRule>) -> Self {
        let builder = DatagramProxy::builder(server.address()).seed(7);
        let proxy = rules
            .into_iter()
            .fold(builder, |builder, rule| builder.rule(rule));
        let proxy = proxy.start().unwrap();
        let socket = connect(&proxy);
        Self {
            _server: server,
            proxy,
            socket,
        }
    }

    fn send(&self, id: u8, request: &[u8]) {
        send(&self.socket, id, request);
    }

    /// The next datagram: id, sequence, total and the rest.
    fn receive(&self) -> ([u16; 3], Vec<u8>) {
        let mut bytes = vec![0; 2048];
        let len = self.socket.recv(&mut bytes).unwrap();
        bytes.truncate(len);
        let rest = bytes.split_off(8);
        let number = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        ([number(0), number(2), number(4)], rest)
    }

    /// Whether nothing more comes, all that was sent having been answered.
    fn is_silent(&self) -> bool {
        self.socket.set_nonblocking(true).unwrap();
        let received = self.socket.recv(&mut [0; 2048]);
        self.socket.set_nonblocking(false).unwrap();
        received.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }
}

fn connect(proxy: &DatagramProxy) -> UdpSocket {
    let socket = UdpSocket::bind((proxy.address().host(), 0)).unwrap();
    socket.connect(proxy.address().to_string()).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

fn send(socket: &UdpSocket, id: u8, request: &[u8]) {
    let datagram = [&[0, id, 0, 0, 0, 1, 0, 0], request].concat();
    assert_eq!(socket.send(&datagram).unwrap(), datagram.len());
}

const GET: &[u8] = b"get a\r\n";
const MISS: &[u8] = b"END\r\n";

#[test]
fn without_rules_all_passes() {
    for builder in [Memcached::builder(), Memcached::builder().ipv6()] {
        let it = Setup::behind(builder.udp().start().unwrap(), []);
        let other = connect(&it.proxy);
        for id in 0..10 {
            send(&other, id, b"version\r\n");
            it.send(id, GET);
            assert_eq!(it.receive(), ([id.into(), 0, 1], MISS.to_vec()));
            assert!(it.is_silent());
        }
        let stats = it.proxy.stats();
        assert_eq!((stats.clients, stats.faults), (2, 0));
        wait_until(|| it.proxy.stats().requests == 20 && it.proxy.stats().replies == 20);
    }
}

#[test]
fn dropped_datagrams_are_gone() {
    for rule in [DatagramRule::requests(), DatagramRule::replies()] {
        let it = Setup::new([rule.datagram(2).drop()]);
        for id in 1..=3 {
            it.send(id, GET);
        }
        assert_eq!([it.receive().0[0], it.receive().0[0]], [1, 3]);
        assert_eq!(it.proxy.stats().by_rule, [1]);
    }
}

#[test]
fn duplicated_datagrams_come_twice() {
    let rows = [(DatagramRule::requests(), 2), (DatagramRule::replies(), 1)];
    for (rule, replies) in rows {
        let it = Setup::new([rule.first(1).duplicate()]);
        it.send(1, GET);
        it.send(2, GET);
        let ids = [(); 3].map(|()| it.receive().0[0]);
        assert_eq!(ids, [1, 1, 2]);
        assert_eq!(it.proxy.stats().replies, replies + 1);
    }
}

#[test]
fn reordered_datagrams_are_overtaken() {
    // As long as the second is not there, the first waits 5 ms: on a busy machine that takes more than one try.
    wait_until(|| {
        let it = Setup::new([DatagramRule::replies().datagram(1).reorder()]);
        it.send(1, GET);
        it.send(2, GET);
        let ids = [it.receive().0[0], it.receive().0[0]];
        assert_eq!(it.proxy.stats().faults, 1);
        ids == [2, 1]
    });
}

#[test]
fn one_that_nobody_overtakes_comes_all_the_same() {
    let it = Setup::new([DatagramRule::requests().reorder()]);
    it.send(1, GET);
    assert_eq!(it.receive().0[0], 1);
}

#[test]
fn delayed_datagrams_come_late() {
    let delay = Duration::from_millis(300);
    let it = Setup::new([DatagramRule::replies().datagram(1).delay(delay)]);
    let start = Instant::now();
    it.send(1, GET);
    it.send(2, GET);
    assert_eq!(it.receive().0[0], 2);
    assert_eq!(it.receive().0[0], 1);
    assert!(start.elapsed() >= delay);
}

#[test]
fn headers_are_rewritten() {
    let replies = DatagramRule::replies;
    let rows = [
        (replies().request_id(0x1234), [0x1234, 0, 1]),
        (replies().sequence(9), [7, 9, 1]),
        (replies().total(0), [7, 0, 0]),
    ];
    for (rule, expected) in rows {
        let it = Setup::new([rule]);
        it.send(7, GET);
        assert_eq!(it.receive(), (expected, MISS.to_vec()));
    }
}

#[test]
fn bytes_are_cut_off_and_changed() {
    let it = Setup::new([DatagramRule::replies().truncate(9)]);
    it.send(7, GET);
    assert_eq!(it.receive(), ([7, 0, 1], b"E".to_vec()));

    let it = Setup::new([DatagramRule::replies().flip()]);
    let expected = [&[0, 7, 0, 0, 0, 1, 0, 0], MISS].concat();
    for _ in 0..20 {
        it.send(7, GET);
        let mut found = [0; 64];
        let len = it.socket.recv(&mut found).unwrap();
        let differ = found[..len]
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a ^ b).count_ones());
        assert_eq!((len, differ.sum()), (expected.len(), 1));
    }
}

#[test]
fn conditions_and_new_rules_hold_for_datagrams() {
    let it = Setup::new([DatagramRule::replies().connection(2).drop()]);
    it.send(1, GET);
    assert_eq!(it.receive().0[0], 1);
    let second = connect(&it.proxy);
    send(&second, 2, GET);
    wait_until(|| it.proxy.stats().faults == 1);
    it.proxy
        .set_rules([DatagramRule::requests().datagram(2).drop()])
        .unwrap();
    for id in 3..=5 {
        it.send(id, GET);
    }
    assert_eq!([it.receive().0[0], it.receive().0[0]], [3, 5]);
}

#[test]
fn a_seed_tells_what_is_lost() {
    let run = |seed| {
        let server = Memcached::builder().udp().start().unwrap();
        let rule = DatagramRule::replies().probability(0.5).drop();
        let proxy = DatagramProxy::builder(server.address())
            .seed(seed)
            .rule(rule);
        let proxy = proxy.start().unwrap();
        let socket = connect(&proxy);
        (0..100)
            .filter(|id| {
                let before = proxy.stats();
                send(&socket, *id, GET);
                wait_until(|| proxy.stats().replies > before.replies);
                proxy.stats().faults == before.faults
            })
            .collect::<Vec<_>>()
    };
    let one = run(1);
    assert_eq!(one, run(1));
    assert_ne!(one, run(2));
    assert!((20..80).contains(&one.len()), "{one:?}");
}

#[test]
fn more_clients_come_than_are_remembered() {
    let it = Setup::new([]);
    // All open at once, as a port that is free again may be given to the next.
    let sockets: Vec<_> = (0..300).map(|_| connect(&it.proxy)).collect();
    for socket in &sockets {
        send(socket, 7, GET);
        assert_eq!(socket.recv(&mut [0; 64]).unwrap(), 8 + MISS.len());
    }
    it.send(1, GET);
    assert_eq!(it.receive().0[0], 1);
    assert_eq!(it.proxy.stats().clients, 301);
}

#[test]
fn it_ends_with_the_value() {
    let it = Setup::new([]);
    it.send(1, GET);
    it.receive();
    let address = it.proxy.address().to_string();
    drop(it);
    // Another test's socket may get the port for a moment.
    wait_until(|| UdpSocket::bind(&address).is_ok());
}
