//! The fault proxy does what its rules say, over TCP and over unix sockets.

mod conditions;
mod connections;
mod datagrams;
mod lifetime;
mod refused;
mod seeds;
mod streams;
mod wire;

use mc_testkit::{FaultProxy, FaultProxyBuilder, Memcached};

use crate::ask::wait_until;
use wire::Wire;

/// What `get a` is answered while `a` holds `hello`.
const HIT: &[u8] = b"VALUE a 0 5\r\nhello\r\nEND\r\n";

/// A memcached whose `a` holds `hello`, and a proxy of these options in front of it.
struct Pair {
    _server: Memcached,
    proxy: FaultProxy,
}

impl Pair {
    fn start(
        server: Memcached,
        options: impl FnOnce(FaultProxyBuilder) -> FaultProxyBuilder,
    ) -> Self {
        let mut direct = Wire::connect(server.address());
        assert_eq!(direct.ask(b"set a 0 0 5\r\nhello\r\n", 8), b"STORED\r\n");
        let proxy = options(FaultProxy::builder(server.address()).seed(7))
            .start()
            .unwrap();
        Self {
            _server: server,
            proxy,
        }
    }

    fn connect(&self) -> Wire {
        Wire::connect(self.proxy.address())
    }

    fn wait_held(&self, held: usize) {
        wait_until(|| self.proxy.stats().held == held);
    }

    fn wait_live(&self, live: usize) {
        wait_until(|| self.proxy.stats().live == live);
    }
}

/// Over TCP, and over unix sockets.
fn each(options: impl Fn(FaultProxyBuilder) -> FaultProxyBuilder, check: impl Fn(&Pair)) {
    for server in [Memcached::builder(), Memcached::builder().unix()] {
        check(&Pair::start(server.start().unwrap(), &options));
    }
}
