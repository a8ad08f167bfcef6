//! With which options the in-process server is started.

use super::Server;
use super::store::Store;
use crate::Error;
use crate::address::Listen;

/// The options of a [`Server`], in the words of [`MemcachedBuilder`](crate::MemcachedBuilder).
///
/// ```
/// use mc_testkit::Server;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mc_testkit::Error> {
/// let small = Server::builder().memory(8).max_item_size(4096).unix().start().await?;
/// assert_eq!(small.address().port(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it starts with `start`"]
pub struct ServerBuilder {
    listen: Listen,
    memory: u32,
    max_item_size: u32,
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            listen: Listen::default(),
            memory: 64,
            max_item_size: 1 << 20,
        }
    }
}

impl ServerBuilder {
    /// Listens on a free port of `::1`, not of 127.0.0.1.
    pub fn ipv6(mut self) -> Self {
        self.listen = Listen::V6;
        self
    }

    /// Listens on a unix socket in a fresh directory, not on a port.
    pub fn unix(mut self) -> Self {
        self.listen = Listen::Unix;
        self
    }

    /// Memory for items in MiB; beyond it, the items written longest ago go. Default: 64.
    pub fn memory(mut self, mib: u32) -> Self {
        self.memory = mib;
        self
    }

    /// The largest item in bytes, key and header included as memcached counts them. Default: 1 MiB.
    pub fn max_item_size(mut self, bytes: u32) -> Self {
        self.max_item_size = bytes;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start(self) -> Result<Server, Error> {
        Server::launch(self).await
    }

    pub(super) fn listen(&self) -> Listen {
        self.listen
    }

    /// An empty store within these bounds.
    pub(super) fn store(&self) -> Store {
        let memory = (self.memory as usize) << 20;
        Store::new(self.max_item_size as usize, memory)
    }
}
