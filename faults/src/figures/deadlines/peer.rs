//! What may be at the other end.

use std::time::Duration;

use anyhow::Result;
use mc_client::{Behaviors, Protocol};
use mc_testkit::{Address, FaultProxy, Memcached, Rule};

use super::{LARGE, LENGTH};
use crate::load::shell::Kind;

/// How a server keeps callers waiting, and the rule of the proxy in front of it.
pub(super) type Way = (&'static str, fn() -> Rule);

pub(super) const PEERS: [Way; 5] = [
    ("held replies", || Rule::replies().hold()),
    ("one byte at a time", || {
        Rule::replies().trickle(1, Duration::from_millis(2))
    }),
    ("zero window", || Rule::requests().stop_reading()),
    ("silent accept", || Rule::connections().silence()),
    ("refused connections", || Rule::connections().refuse()),
];

/// A server that keeps callers waiting.
pub(super) struct Peer {
    name: &'static str,
    proxy: FaultProxy,
    _server: Memcached,
}

impl Peer {
    pub(super) fn start((name, rule): Way) -> Result<Self> {
        let server = Memcached::builder().max_item_size(2 << 20).start()?;
        let filling =
            Kind::Blocking.connect(server.address(), Protocol::Text, Behaviors::default())?;
        filling.set(LARGE, &vec![b'.'; LENGTH], Duration::from_secs(10))?;
        Ok(Self {
            name,
            proxy: FaultProxy::builder(server.address()).rule(rule()).start()?,
            _server: server,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn address(&self) -> &Address {
        self.proxy.address()
    }
}
