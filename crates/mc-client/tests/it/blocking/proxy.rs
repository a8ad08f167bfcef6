//! Behind twemproxy, by the blocking client.

use mc_client::Protocol;
use mc_client::blocking::Client;

use super::at_once;
use crate::proxy::Proxied;

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

fn client(proxied: &Proxied, protocol: Protocol) -> Client {
    let builder = Client::builder().servers([proxied.name()]).unwrap();
    builder.protocol(protocol).build().unwrap()
}

#[test]
fn what_it_knows_works() {
    for protocol in [Protocol::Text, Protocol::Auto] {
        let proxied = Proxied::start();
        let result = at_once(list::known(&client(&proxied, protocol)));
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}

#[test]
fn what_it_does_not_know_is_an_error() {
    for protocol in [Protocol::Text, Protocol::Auto] {
        let proxied = Proxied::start();
        let result = at_once(list::unknown(&client(&proxied, protocol)));
        assert!(result.is_ok(), "{protocol}: {result:?}");
    }
}
