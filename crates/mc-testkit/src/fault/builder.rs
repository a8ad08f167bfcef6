//! With which options a proxy is started.

use std::sync::Arc;

use super::check::check;
use super::serve::serve;
use super::shared::Shared;
use super::socket::Listener;
use super::thread::Thread;
use super::{FaultProxy, Rule};
use crate::address::Listen;
use crate::temp_dir::TempDir;
use crate::{Address, Error};

/// The options of a [`FaultProxy`].
#[derive(Debug, Clone)]
#[must_use = "it starts with `start`"]
pub struct FaultProxyBuilder {
    server: Address,
    listen: Listen,
    socket_buffers: Option<usize>,
    seed: Option<u64>,
    rules: Vec<Rule>,
}

impl FaultProxyBuilder {
    pub(super) fn new(server: &Address) -> Self {
        Self {
            server: server.clone(),
            listen: Listen::as_at(server),
            socket_buffers: None,
            seed: None,
            rules: Vec::new(),
        }
    }

    /// Listens on a unix socket in a fresh directory, whatever the server listens on.
    pub fn unix(mut self) -> Self {
        self.listen = Listen::Unix;
        self
    }

    /// The sizes of all its sockets' buffers in bytes, as the kernel is asked for them.
    ///
    /// Linux doubles them and has a least size of about 2 KiB for receiving and 4 KiB for sending.
    /// Default: the kernel's, which grow to some megabytes.
    pub fn socket_buffers(mut self, bytes: usize) -> Self {
        self.socket_buffers = Some(bytes);
        self
    }

    /// All that is drawn is drawn from this: the same seed and the same bytes give the same faults.
    ///
    /// Default: another one each time; see [`FaultProxy::seed`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// One more rule, behind those that are there. Without any, all is passed on as it is.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Starts it. The server need not run yet.
    ///
    /// # Errors
    /// [`Error::Refused`] for a rule that cannot be, [`Error::Io`] if the system refuses.
    pub fn start(self) -> Result<FaultProxy, Error> {
        check(&self.rules)?;
        let dir = TempDir::new().map_err(Error::io("make a directory for a proxy"))?;
        let anywhere = match self.listen.loopback(0) {
            Some(loopback) => Address::Tcp(loopback),
            None => Address::Unix(dir.path().join("proxy")),
        };
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let shared = Shared::new(self.server, self.socket_buffers, seed, self.rules);
        let shared = Arc::new(shared);
        let buffers = self.socket_buffers;
        let started = Thread::start(move || Listener::bind(anywhere, buffers), {
            let shared = Arc::clone(&shared);
            |listener, cuts| serve(listener, shared, cuts)
        });
        let (thread, address) = started.map_err(Error::io("listen"))?;
        Ok(FaultProxy {
            address,
            shared,
            thread,
            _dir: dir,
        })
    }
}
