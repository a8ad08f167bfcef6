//! The proxy's twin for UDP: datagrams are lost, come twice, late, in another order, or changed.

mod client;
mod lane;
mod rule;
mod serve;

use std::sync::Arc;

pub use rule::{DatagramRule, Datagrams};

use super::check::check;
use super::shared::Shared;
use super::thread::Thread;
use crate::address::Listen;
use crate::{Address, Error};
use serve::{bind, serve};

/// A proxy between clients and the UDP port of one server, that does to datagrams what its rules say.
///
/// It has a thread of its own, which ends with the value. Clients are told apart by their
/// addresses; it serves the 256 that came last.
///
/// ```
/// use std::net::UdpSocket;
/// use mc_testkit::{DatagramProxy, DatagramRule, Memcached};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Memcached::builder().udp().start()?;
/// let proxy = DatagramProxy::builder(server.address())
///     .rule(DatagramRule::replies().duplicate())
///     .start()?;
/// let socket = UdpSocket::bind("127.0.0.1:0")?;
/// socket.connect(proxy.address().to_string())?;
/// socket.send(b"\0\x07\0\0\0\x01\0\0get nothing\r\n")?;
/// for _ in 0..2 {
///     let mut answer = [0; 64];
///     let len = socket.recv(&mut answer)?;
///     assert_eq!(&answer[..len], b"\0\x07\0\0\0\x01\0\0END\r\n");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DatagramProxy {
    address: Address,
    shared: Arc<Shared>,
    _thread: Thread,
}

/// The options of a [`DatagramProxy`], in the words of [`FaultProxyBuilder`](crate::FaultProxyBuilder).
#[derive(Debug, Clone)]
#[must_use = "it starts with `start`"]
pub struct DatagramProxyBuilder {
    server: Address,
    seed: Option<u64>,
    rules: Vec<DatagramRule>,
}

/// What a [`DatagramProxy`] has seen and done so far.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DatagramStats {
    /// Addresses that datagrams came from; one that was forgotten and came again counts twice.
    pub clients: usize,
    /// Datagrams that clients sent.
    pub requests: u64,
    /// Datagrams that the server sent.
    pub replies: u64,
    /// How often a rule has acted, whichever.
    pub faults: u64,
    /// How often each of the rules now in force has acted, in their order.
    pub by_rule: Vec<u64>,
}

impl DatagramProxy {
    /// A proxy in front of this server's UDP port, on a port of the same loopback.
    pub fn builder(server: &Address) -> DatagramProxyBuilder {
        DatagramProxyBuilder {
            server: server.clone(),
            seed: None,
            rules: Vec::new(),
        }
    }

    /// Where clients send to. Nothing listens on TCP there.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What all draws come from.
    pub fn seed(&self) -> u64 {
        self.shared.seed()
    }

    /// Puts these rules in force in place of the others; all counts start afresh.
    ///
    /// # Errors
    /// [`Error::Refused`] for a rule that cannot be; then the old ones stay.
    pub fn set_rules(&self, rules: impl IntoIterator<Item = DatagramRule>) -> Result<(), Error> {
        let rules: Vec<_> = rules.into_iter().map(|rule| rule.0).collect();
        check(&rules)?;
        self.shared.set_rules(rules);
        Ok(())
    }

    /// What it has seen and done so far.
    pub fn stats(&self) -> DatagramStats {
        let stats = self.shared.stats();
        DatagramStats {
            clients: stats.accepted,
            requests: stats.request_bytes,
            replies: stats.reply_bytes,
            faults: stats.faults,
            by_rule: stats.by_rule,
        }
    }
}

impl DatagramProxyBuilder {
    /// All that is drawn is drawn from this: the same seed and the same datagrams give the same faults.
    ///
    /// Default: another one each time; see [`DatagramProxy::seed`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// One more rule, behind those that are there. Without any, all is passed on as it is.
    pub fn rule(mut self, rule: DatagramRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Starts it. The server need not run yet.
    ///
    /// # Errors
    /// [`Error::Refused`] for a rule that cannot be, or for a unix socket; [`Error::Io`] if the system refuses.
    pub fn start(self) -> Result<DatagramProxy, Error> {
        let (server, anywhere) = match (&self.server, Listen::as_at(&self.server).loopback(0)) {
            (Address::Tcp(server), Some(anywhere)) => (*server, anywhere),
            (server, _) => {
                let why = format!("no datagrams go to {server}: it is no port");
                return Err(Error::Refused(why));
            }
        };
        let rules: Vec<_> = self.rules.into_iter().map(|rule| rule.0).collect();
        check(&rules)?;
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let shared = Arc::new(Shared::new(self.server, None, seed, rules));
        let started = Thread::start(move || bind(anywhere), {
            let shared = Arc::clone(&shared);
            move |socket, end| serve(socket, server, shared, end)
        });
        let (thread, address) = started.map_err(Error::io("listen"))?;
        Ok(DatagramProxy {
            address,
            shared,
            _thread: thread,
        })
    }
}
