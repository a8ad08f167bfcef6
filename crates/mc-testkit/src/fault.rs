//! A proxy in front of a server that does to connections what networks and servers do.

mod builder;
mod check;
mod datagrams;
mod drawn;
mod edits;
mod framing;
mod link;
mod matching;
mod output;
mod pump;
mod rule;
mod serve;
mod shared;
mod socket;
mod stats;
mod thread;

use std::sync::Arc;

pub use builder::FaultProxyBuilder;
pub use datagrams::{DatagramProxy, DatagramProxyBuilder, DatagramRule, DatagramStats, Datagrams};
pub use drawn::Drawn;
pub use rule::{Connections, Rule, Stream, When};
pub use stats::FaultStats;

use crate::temp_dir::TempDir;
use crate::{Address, Error};
use check::check;
use shared::Shared;
use thread::Thread;

/// A proxy between clients and one server, on TCP or a unix socket, that breaks what its rules say.
///
/// It has a thread of its own, so blocking and async tests may use it alike, and it is gone with
/// the value: its connections are reset.
#[derive(Debug)]
pub struct FaultProxy {
    address: Address,
    shared: Arc<Shared>,
    /// Before `_dir`, so that it ends before its socket's path does.
    thread: Thread,
    _dir: TempDir,
}

impl FaultProxy {
    /// A proxy in front of this server: on a port of the same loopback, or on a unix socket if the
    /// server has one.
    pub fn builder(server: &Address) -> FaultProxyBuilder {
        FaultProxyBuilder::new(server)
    }

    /// Where clients connect to.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What all draws come from.
    pub fn seed(&self) -> u64 {
        self.shared.seed()
    }

    /// Puts these rules in force in place of the others, in open connections and later ones.
    ///
    /// All counts start afresh, and what the old rules held goes on: in an open connection bytes
    /// and messages are counted from here, and a message that has begun is not one of them.
    ///
    /// # Errors
    /// [`Error::Refused`] for a rule that cannot be; then the old ones stay.
    pub fn set_rules(&self, rules: impl IntoIterator<Item = Rule>) -> Result<(), Error> {
        let rules: Vec<_> = rules.into_iter().collect();
        check(&rules)?;
        self.shared.set_rules(rules);
        Ok(())
    }

    /// What is held goes on; later matches hold again.
    pub fn release(&self) {
        self.shared.release();
    }

    /// Resets all open connections, and has on return. New ones are accepted.
    pub fn cut(&self) {
        self.thread.cut();
    }

    /// What it has seen and done so far.
    pub fn stats(&self) -> FaultStats {
        self.shared.stats()
    }
}
