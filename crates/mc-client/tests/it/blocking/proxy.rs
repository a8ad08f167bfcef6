//! Behind twemproxy, by the blocking client.

use mc_client::Protocol;
use mc_client::blocking::{Builder, Client};

use super::at_once;
use crate::proxy::{Proxied, strict};

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

#[path = "../proxy/list.rs"]
#[expect(clippy::duplicate_mod, reason = "one list for both clients")]
mod list;

fn builder(proxied: &Proxied, protocol: Protocol) -> Builder {
    let builder = Client::builder().servers([proxied.name()]).unwrap();
    builder.protocol(protocol)
}

#[test]
fn what_it_knows_works() {
    for protocol in [Protocol::Text, Protocol::Auto] {
        let proxied = Proxied::start();
        let result = at_once(list::known(&builder(&proxied, protocol).build().unwrap()));
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}

#[test]
fn what_it_does_not_know_is_an_error() {
    for protocol in [Protocol::Text, Protocol::Auto] {
        let proxied = Proxied::start();
        let client = builder(&proxied, protocol).behaviors(strict());
        let result = at_once(list::unknown(&client.build().unwrap()));
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}
