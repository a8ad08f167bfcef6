//! A proxy in front of a server that does to connections what networks and servers do.
//!
//! A connection is a [`link`] of two sockets and a [`pump`] for each direction. The pump reads;
//! [`framing`] finds messages; [`matching`] tells which rules act where; [`output`] writes what is
//! left, [`edits`] having changed it. [`shared`] is what the handle and the [`thread`] have in
//! common. [`datagrams`] is the twin for UDP.

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
/// It has a thread of its own, so blocking and async tests may use it alike. It ends with the
/// value: connections are reset, and no thread and no socket is left. Without rules all passes as
/// it is; TLS, too, as bytes are bytes.
///
/// A [`Rule`] has conditions, all of which must hold, and one reaction. Rules act in their order,
/// those further on in what the earlier ones left. A connection is one of clients to the proxy; the
/// proxy has one of its own to the server for each.
///
/// | Condition | Holds |
/// |---|---|
/// | none | for each connection, or at the start of each message |
/// | [`connection(n)`](When::connection) | in the `n`-th connection, from 1 |
/// | [`byte(k)`](When::byte) | in front of byte `k` of the connection's direction, from 0; of a range, at one place in it |
/// | [`message(n)`](When::message) | in the `n`-th message of the connection's direction, from 1 |
/// | [`message_byte(k)`](When::message_byte) | in front of byte `k` of a message, from 0; of a range, at one place in it |
/// | [`probability(p)`](When::probability) | with a chance of `p` each time |
/// | [`first(n)`](When::first) | the first `n` times, over all connections |
///
/// | Reaction | To what | Does |
/// |---|---|---|
/// | [`refuse`](When::refuse) | connections | accepts and closes at once |
/// | [`silence`](When::silence) | connections | accepts and says nothing |
/// | [`hold`](When::hold) | all | waits for [`release`](Self::release) |
/// | [`delay`](When::delay) | all | waits for a time |
/// | [`slice`](When::slice), [`trickle`](When::trickle) | bytes | writes the rest of the message in pieces, with pauses |
/// | [`flip`](When::flip) | bytes | changes a bit |
/// | [`drop_bytes`](When::drop_bytes), [`drop_message`](When::drop_message) | bytes | leaves some out |
/// | [`duplicate_bytes`](When::duplicate_bytes), [`duplicate_message`](When::duplicate_message) | bytes | sends some twice |
/// | [`inject`](When::inject) | bytes | sends what nobody sent |
/// | [`fin`](When::fin) | bytes | ends the connection in order |
/// | [`reset`](When::reset) | bytes | breaks the connection |
/// | [`half_close`](When::half_close) | bytes | ends one direction |
/// | [`stop_reading`](When::stop_reading) | bytes | lets the sender's window close |
///
/// # Messages
/// A message is a request or a reply of the text and meta protocols, with its value and all its rows
/// (`VALUE …` to `END`), a packet of the binary protocol, or a record of TLS: its first byte tells.
/// The answer of a dump or a log that no `END` ends is a message for each line.
///
/// # Chance
/// What is drawn is drawn from the seed, the number of the connection, its direction, the rule, and
/// the place in the stream. How bytes come in pieces has no say in it: with the same seed the same
/// bytes have the same fate. `first` and the numbers of connections follow the order in which things
/// happen, which is the same again only if one connection after the other is used.
///
/// # Unix sockets
/// They have no RST: where TCP would have one, the other end sees the end of the stream, or
/// `ECONNRESET` if it had sent what nobody read.
///
/// ```
/// use std::io::{ErrorKind, Read, Write};
/// use std::net::TcpStream;
/// use mc_testkit::{FaultProxy, Memcached, Rule};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Memcached::start()?;
/// let proxy = FaultProxy::builder(server.address())
///     .seed(7)
///     .rule(Rule::replies().message(2).message_byte(3).reset())
///     .start()?;
/// let mut stream = TcpStream::connect(proxy.address().to_string())?;
/// stream.write_all(b"get a\r\nget b\r\n")?;
/// let mut found = Vec::new();
/// let error = stream.read_to_end(&mut found).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::ConnectionReset);
/// assert_eq!(found, b"END\r\nEND");
/// assert_eq!(proxy.stats().by_rule, [1]);
///
/// // From now on it is a network without faults.
/// proxy.set_rules([])?;
/// # Ok(())
/// # }
/// ```
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
