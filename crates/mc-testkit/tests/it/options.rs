//! Options do what they say.

use std::io::{Read, Write};
use std::net::UdpSocket;
use std::time::Duration;

use mc_proto::Protocol;
use mc_testkit::{Memcached, MemcachedBuilder};

use crate::ask::{LIMIT, MISS, ask, connect, get};

fn start(builder: MemcachedBuilder) -> Memcached {
    builder.start().unwrap()
}

#[test]
fn udp_has_the_port_of_tcp() {
    for builder in [Memcached::builder(), Memcached::builder().ipv6()] {
        let mut server = start(builder.udp());
        let address = server.address().to_string();
        for run in 0..2 {
            let (own, other) = (address.as_str(), server.address().host());
            let socket = UdpSocket::bind((other, 0)).unwrap();
            socket.set_read_timeout(Some(LIMIT)).unwrap();
            socket
                .send_to(b"\0\x07\0\0\0\x01\0\0get a\r\n", own)
                .unwrap();
            let mut answer = [0; 64];
            let (len, from) = socket.recv_from(&mut answer).unwrap();
            assert_eq!(&answer[..len], b"\0\x07\0\0\0\x01\0\0END\r\n", "run {run}");
            assert_eq!(from.to_string(), address);
            let mut stream = connect(server.address());
            assert_eq!(ask(&mut stream, Protocol::Text, &get()), Some(MISS));
            server.restart().unwrap();
        }
    }
}

#[test]
fn two_with_udp_do_not_share_a_port() {
    let servers = [(); 4].map(|()| start(Memcached::builder().udp()));
    let mut ports = servers.each_ref().map(|server| server.address().port());
    ports.sort_unstable();
    assert!(ports.windows(2).all(|pair| pair[0] != pair[1]), "{ports:?}");
}

#[test]
fn udp_is_refused_where_memcached_has_none() {
    let error = |builder: MemcachedBuilder| builder.udp().start().unwrap_err().to_string();
    assert_eq!(
        error(Memcached::builder().unix()),
        "memcached has no UDP on a unix socket"
    );
    let sasl = error(Memcached::builder().sasl("app", "sesame"));
    assert!(
        sasl.contains("Cannot enable UDP while using binary SASL"),
        "{sasl}"
    );
    let auth_file = error(Memcached::builder().auth_file("app", "sesame"));
    assert!(
        auth_file.contains("Cannot use UDP with ascii authentication"),
        "{auth_file}"
    );
}

#[test]
fn one_connection_too_many_is_told_so() {
    let server = start(Memcached::builder().max_connections(100));
    let mut open = Vec::new();
    loop {
        assert!(open.len() < 100, "all are let in");
        let mut stream = connect(server.address());
        if ask(&mut stream, Protocol::Text, &get()) != Some(MISS) {
            break;
        }
        open.push(stream);
    }
    assert!(!open.is_empty());
    let mut told = String::new();
    connect(server.address()).read_to_string(&mut told).unwrap();
    assert_eq!(told, "ERROR Too many open connections\r\n");
}

#[test]
fn silence_ends_a_connection() {
    // Rounded up to the shortest there is; 0 would be never.
    let idle = Duration::from_millis(1);
    let server = start(Memcached::builder().idle_timeout(idle));
    assert_eq!(connect(server.address()).read(&mut [0]).unwrap(), 0);
}

#[test]
fn full_memory_is_an_error_without_evictions() {
    let full = |builder: MemcachedBuilder| {
        let server = start(builder.memory(2).threads(1));
        let mut stream = connect(server.address());
        let value = "x".repeat(100_000);
        for number in 0..100 {
            let set = format!("set {number} 0 0 {}\r\n{value}\r\n", value.len());
            stream.write_all(set.as_bytes()).unwrap();
        }
        stream.write_all(b"quit\r\n").unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        answers.contains("SERVER_ERROR out of memory storing object\r\n")
    };
    assert!(full(Memcached::builder().no_evictions()));
    assert!(!full(Memcached::builder()));
}
