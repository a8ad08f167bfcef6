//! The list of scenarios through the blocking client.

use mc_client::blocking::Client;
use mc_client::{Error, Protocol};
use mc_testkit::Memcached;

use super::at_once;
use crate::{dumped, transports};

macro_rules! go {
    ($call:expr) => {
        $call.call()
    };
}

macro_rules! next {
    ($rows:expr) => {
        $rows.next()
    };
}

#[path = "../scenarios/list.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod list;

/// Runs every scenario.
fn all(client: &Client) -> Result<(), Error> {
    at_once(list::all(client))
}

/// Runs every scenario against a server, in each protocol.
fn in_every_protocol(server: &Memcached) {
    for protocol in [
        Protocol::Text,
        Protocol::Meta,
        Protocol::Binary,
        Protocol::Auto,
    ] {
        let client = super::builder([server]).protocol(protocol).build();
        let result = all(&client.unwrap());
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}

#[test]
fn over_tcp() {
    in_every_protocol(&dumped().start().unwrap());
}

#[test]
fn over_tcp_on_ipv6() {
    in_every_protocol(&dumped().ipv6().start().unwrap());
}

#[test]
fn over_a_unix_socket() {
    in_every_protocol(&dumped().unix().start().unwrap());
}

#[test]
fn at_every_site() {
    for site in transports::sites() {
        for &protocol in site.protocols {
            let client = site.admit(Client::builder()).protocol(protocol);
            let result = all(&client.build().unwrap());
            assert!(result.is_ok(), "{}, {protocol}: {result:?}", site.name);
        }
    }
}

#[test]
fn with_a_namespace() {
    let (server, client) = super::one_server();
    client.behaviors().set("namespace", "app1:").unwrap();
    all(&client).unwrap();
    client.set("k", "named").call().unwrap();
    let plain = super::builder([&server]).build().unwrap();
    let found: Option<String> = plain.get("app1:k").call().unwrap();
    assert_eq!(found.as_deref(), Some("named"));
}
