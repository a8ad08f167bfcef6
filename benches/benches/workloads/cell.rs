//! A cell: a workload, what its bytes go over, the protocol, the side that does it; and which of them there are.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::Workload;

/// One measurement of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) workload: Workload,
    pub(super) transport: Transport,
    pub(super) protocol: Protocol,
    pub(super) side: Side,
}

/// What its bytes go over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Transport {
    /// Loopback.
    Tcp,
    /// A unix socket.
    Unix,
    /// TLS over loopback.
    Tls,
    /// Loopback with a relay in it, which adds a round trip of 100 µs.
    Far,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Side {
    /// Raw blocking sockets.
    Floor,
    /// Raw sockets on a current-thread runtime.
    FloorTokio,
    /// Our blocking client.
    Blocking,
    /// The same, reading into a vector that it uses again.
    BlockingInto,
    /// Our async client on a current-thread runtime.
    Tokio,
    /// The same on a multi-thread runtime.
    TokioMulti,
    /// `memcache`'s blocking client over the meta protocol.
    Memcache,
    /// `memcache`'s async client.
    MemcacheAsync,
    /// `async-memcached`.
    AsyncMemcached,
    /// `memcached-rs`.
    MemcachedRs,
}

/// What it speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Protocol {
    Text,
    Meta,
    Binary,
}

impl Cell {
    /// All cells of a workload over a transport, each protocol's floor first.
    pub(super) fn of(workload: Workload, transport: Transport) -> impl Iterator<Item = Self> {
        let protocols = Protocol::value_variants().iter();
        let cells = protocols.flat_map(move |&protocol| {
            let sides = Side::value_variants().iter();
            sides.map(move |&side| Self {
                workload,
                transport,
                protocol,
                side,
            })
        });
        cells.filter(Self::exists)
    }

    /// What it is compared with: the floor of the same protocol.
    pub(super) fn floor(self) -> Self {
        Self {
            side: Side::Floor,
            ..self
        }
    }

    /// Whether the side has this operation in this protocol.
    fn exists(&self) -> bool {
        use Workload::{W1, W2, W3, W5, W6, W7, W8};
        let is_loopback = self.transport == Transport::Tcp;
        if !is_loopback && !matches!(self.workload, W1 | W3 | W6 | W8) {
            return false;
        }
        match (self.side, self.protocol) {
            (Side::Floor | Side::Tokio | Side::TokioMulti, _) => true,
            (Side::Blocking, _) => !self.workload.has_tasks(),
            (Side::BlockingInto, _) => self.workload == W7,
            _ if !is_loopback => false,
            (Side::FloorTokio, _) => true,
            (Side::MemcacheAsync, Protocol::Meta) => true,
            (Side::Memcache, Protocol::Meta) => !self.workload.has_tasks(),
            (Side::AsyncMemcached, Protocol::Text) => {
                matches!(self.workload, W1 | W2 | W3 | W5 | W6 | W7 | W8)
            }
            (Side::AsyncMemcached, Protocol::Meta) => self.workload == W5,
            (Side::MemcachedRs, Protocol::Binary) => {
                matches!(self.workload, W1 | W2 | W3 | W5 | W7 | W8)
            }
            _ => false,
        }
    }
}

impl Side {
    /// Whether it is one of our clients.
    pub(super) fn is_ours(self) -> bool {
        use Side::{Blocking, BlockingInto, Tokio, TokioMulti};
        matches!(self, Blocking | BlockingInto | Tokio | TokioMulti)
    }
}

/// What a value is called on the command line.
pub(super) fn name(value: &impl ValueEnum) -> String {
    let possible = value.to_possible_value().expect("no value is hidden");
    possible.get_name().to_owned()
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            workload,
            transport,
            protocol,
            side,
        } = self;
        let over = match transport {
            Transport::Tcp => String::new(),
            _ => format!("{transport} "),
        };
        f.pad(&format!("{workload} {over}{protocol} {side}"))
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&name(self))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&name(self))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&name(self))
    }
}
