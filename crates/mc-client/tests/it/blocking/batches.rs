//! Batches that no socket takes at once: a server that does not read until it has written locks nobody up.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::thread;

use mc_client::Behaviors;
use mc_client::blocking::Client;
use mc_testkit::Memcached;
use socket2::{Domain, Socket, Type};

use super::{LIMIT, builder, one_server};

/// The smallest buffers that a system gives.
fn small_buffers() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.socket_send_size = 4096;
    behaviors.socket_recv_size = 4096;
    behaviors
}

/// A server of one connection that answers each line with a value before it reads the next, through small buffers.
fn in_step(value_len: usize) -> String {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.set_recv_buffer_size(4096).unwrap();
    listener.set_send_buffer_size(4096).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(1).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let value = "v".repeat(value_len);
        for line in BufReader::new(stream.try_clone().unwrap()).lines() {
            let line = line.unwrap();
            let key = line.strip_prefix("get ").unwrap();
            let reply = format!("VALUE {key} 16 {value_len}\r\n{value}\r\nEND\r\n");
            stream.write_all(reply.as_bytes()).unwrap();
        }
    });
    address.to_string()
}

#[test]
fn requests_behind_replies_that_fill_every_buffer() {
    let mut behaviors = small_buffers();
    // One key to a request.
    behaviors.io_key_prefetch = 1;
    let client = Client::builder().servers([in_step(20_000)]).unwrap();
    let client = client.behaviors(behaviors).deadline(LIMIT).build().unwrap();
    let keys: Vec<_> = (0..1000).map(|number| format!("{number:0>240}")).collect();
    let found = client.get_many::<_, String>(&keys).call();
    assert!(found.is_ok(), "{:?}", found.failed().next());
    assert_eq!(found.hits().count(), keys.len());
    assert!(found.hits().all(|(_, value)| value.len() == 20_000));
}

#[test]
fn large_values_through_small_buffers_of_many_servers() {
    let servers: Vec<_> = (0..3).map(|_| Memcached::start().unwrap()).collect();
    let client = builder(&servers).behaviors(small_buffers());
    let client = client.deadline(LIMIT).build().unwrap();
    let value = vec![7u8; 300_000];
    let keys: Vec<_> = (0..60).map(|number| format!("k{number}")).collect();
    let stored = client.set_many(keys.iter().map(|key| (key, &value))).call();
    assert!(stored.is_ok(), "{:?}", stored.failed().next());
    let found = client.get_many::<_, Vec<u8>>(&keys).call();
    assert_eq!(found.hits().count(), keys.len());
    assert!(found.hits().all(|(_, found)| *found == value));
}

#[test]
fn more_keys_than_may_be_in_flight() {
    let (_server, client) = one_server();
    let keys: Vec<_> = (0..70_000).map(|number| format!("k{number}")).collect();
    let stored = client.set_many(keys.iter().map(|key| (key, "x")));
    let stored = stored.deadline(LIMIT).call();
    assert!(stored.is_ok(), "{:?}", stored.failed().next());
    let found = client.get_many::<_, String>(&keys).deadline(LIMIT).call();
    assert_eq!(found.hits().count(), keys.len());
}

/// What could not be sent at once keeps its order behind values that are sent without a copy.
#[test]
fn shared_values_and_small_ones_take_turns() {
    let (_server, client) = one_server();
    let values: Vec<bytes::Bytes> = (0..200)
        .map(|number| vec![number as u8; if number % 2 == 0 { 50_000 } else { 5 }].into())
        .collect();
    let items = || (0..).map(|number| format!("k{number}")).zip(&values);
    let stored = client.set_many(items()).deadline(LIMIT).call();
    assert!(stored.is_ok(), "{:?}", stored.failed().next());
    for (key, value) in items() {
        let found: Option<bytes::Bytes> = client.get(&key).call().unwrap();
        assert_eq!(found.as_ref(), Some(value), "{key}");
    }
}
