//! Dumps and logs: from every server, over connections that end with them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use mc_client::ErrorKind;
use mc_client::blocking::Client;
use mc_client::command::LogTopic;

use super::faults::full_listener;
use super::{alone, counter};
use crate::dumped;

#[test]
fn a_dump_tells_every_item_of_every_server_that_is_there() {
    let mut servers = [(); 3].map(|()| dumped().start().unwrap());
    let client = super::builder(&servers).build().unwrap();
    let keys: Vec<_> = (0..500).map(|number| number.to_string()).collect();
    let stored = client.set_many(keys.iter().map(|key| (key, "x"))).call();
    assert!(stored.is_ok());
    let mut dumped = 0;
    for item in client.metadump().call() {
        let item = item.unwrap();
        let key = String::from_utf8(item.key).unwrap();
        assert_eq!(item.server, client.owner(&key).unwrap());
        dumped += 1;
    }
    assert_eq!(dumped, keys.len());

    servers[1].kill().unwrap();
    let (items, errors): (Vec<_>, Vec<_>) = client.metadump().call().partition(Result::is_ok);
    let dead = servers[1].address().to_string();
    let owned = keys
        .iter()
        .filter(|key| *client.owner(key).unwrap() == *dead);
    assert_eq!(items.len(), keys.len() - owned.count());
    assert_eq!(errors.len(), 1);
    let error = errors[0].as_ref().unwrap_err();
    assert_eq!(
        (error.kind(), error.server()),
        (ErrorKind::Connect, Some(&*dead))
    );
}

#[test]
fn what_is_done_while_it_is_watched_is_told() {
    let servers = [(); 2].map(|()| dumped().start().unwrap());
    let client = super::builder(&servers).build().unwrap();
    let mut log = client.watch([LogTopic::Mutations]).call();
    for key in ["a", "b", "c", "d", "two%words"] {
        client.set(key, "x").call().unwrap();
        let entry = log.next().unwrap().unwrap();
        assert_eq!(entry.key().as_deref(), Some(key.as_bytes()));
        assert_eq!(entry.kind(), Some("item_store"));
        assert_eq!(entry.server(), &*client.owner(key).unwrap());
    }
    drop(servers);
    let ends: Vec<_> = log.map(|entry| entry.unwrap_err().kind()).collect();
    assert_eq!(ends, [ErrorKind::Closed, ErrorKind::Closed]);
}

#[test]
fn rows_that_are_dropped_close_their_connections() {
    let (_server, client) = super::one_server();
    alone(&client);
    let log = client.watch([]).call();
    assert!(counter(&client, "curr_connections") >= 2);
    drop(log);
    alone(&client);
}

#[test]
fn a_dump_that_falls_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap().to_string();
    let client = Client::builder().servers([server]).unwrap();
    let client = client.deadline(Duration::from_millis(100)).build().unwrap();
    let server = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        stream.read_line(&mut String::new()).unwrap();
        stream.get_mut().write_all(b"key=a\nkey=b\nkey").unwrap();
        // The other end hangs up.
        stream.read_line(&mut String::new()).unwrap();
    });
    let mut dump = client.metadump().call();
    assert_eq!(dump.next().unwrap().unwrap().key, b"a");
    assert_eq!(dump.next().unwrap().unwrap().key, b"b");
    assert!(dump.next().unwrap().unwrap_err().is_timeout());
    assert!(dump.next().is_none());
    server.join().unwrap();
}

#[test]
fn servers_that_do_not_accept_cost_the_others_nothing() {
    let (first, second) = (full_listener(), full_listener());
    let server = dumped().start().unwrap();
    let addresses = [
        first.address.clone(),
        second.address.clone(),
        server.address().to_string(),
    ];
    let client = Client::builder().servers(addresses).unwrap();
    let client = client.deadline(Duration::from_secs(3)).build().unwrap();
    let errors: Vec<_> = client.metadump().call().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
}
