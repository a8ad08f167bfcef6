//! A relay from a unix socket to a port.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use mc_proto::Protocol;
use mc_testkit::{Memcached, Relay};

use crate::ask::{LIMIT, MISS, ask, get};

fn connect(relay: &Relay) -> UnixStream {
    let stream = UnixStream::connect(relay.address().host()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}

/// Whether the server answers.
fn serves(stream: &mut UnixStream) -> bool {
    ask(stream, Protocol::Text, &get()) == Some(MISS)
}

#[test]
fn connections_do_not_mix() {
    let server = Memcached::start().unwrap();
    let relay = Relay::start(server.address()).unwrap();
    let mut streams: Vec<_> = (0..8).map(|_| connect(&relay)).collect();
    for (number, stream) in streams.iter_mut().enumerate() {
        write!(
            stream,
            "set k{number} 0 0 1\r\n{number}\r\nget k{number}\r\nquit\r\n"
        )
        .unwrap();
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        let expected = format!("STORED\r\nVALUE k{number} 0 1\r\n{number}\r\nEND\r\n");
        assert_eq!(answers, expected);
    }
}

#[test]
fn large_values_pass_both_ways() {
    let server = Memcached::start().unwrap();
    let relay = Relay::start(server.address()).unwrap();
    let value = "x".repeat(900_000);
    let mut stream = connect(&relay);
    write!(
        stream,
        "set a 0 0 {}\r\n{value}\r\nget a\r\nquit\r\n",
        value.len()
    )
    .unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert!(answers.ends_with(&format!("{value}\r\nEND\r\n")));
}

#[test]
fn a_server_comes_and_goes_behind_it() {
    let mut server = Memcached::start().unwrap();
    let relay = Relay::start(server.address()).unwrap();
    let mut early = connect(&relay);
    assert!(serves(&mut early));
    server.kill().unwrap();
    assert!(!serves(&mut early));
    assert!(!serves(&mut connect(&relay)));
    server.restart().unwrap();
    assert!(serves(&mut connect(&relay)));
}

#[test]
fn it_ends_with_the_value() {
    let server = Memcached::start().unwrap();
    let relay = Relay::start(server.address()).unwrap();
    let mut stream = connect(&relay);
    assert!(serves(&mut stream));
    let path = relay.address().host();
    drop(relay);
    assert!(!serves(&mut stream));
    assert!(UnixStream::connect(path).is_err());
}

#[test]
fn only_ports_are_relayed_to() {
    let server = Memcached::builder().unix().start().unwrap();
    let error = Relay::start(server.address()).unwrap_err().to_string();
    assert!(error.ends_with("/socket: it is no TCP port"), "{error}");
}
