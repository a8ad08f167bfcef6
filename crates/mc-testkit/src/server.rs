//! A server of memcached's commands in this process, where no memcached can be had.
//!
//! mc-proto reads the requests and writes the replies, [`store`] keeps the items;
//! what is left here is sockets.

mod builder;
mod counters;
mod number;
mod session;
mod socket;
mod store;

use std::sync::{Arc, Mutex};

pub use builder::ServerBuilder;
use socket::Listener;
use store::Store;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::temp_dir::TempDir;
use crate::{Address, Error};

/// The items, shared by all connections.
type Shared = Arc<Mutex<Store>>;

/// A server in this process, on a free port or a unix socket, gone with the value.
///
/// It speaks the text, meta and binary protocols on one port, and knows `get`, `gets`, `gat`,
/// `gats`, `set`, `add`, `replace`, `append`, `prepend`, `cas`, `delete`, `incr`, `decr`, `touch`,
/// `stats`, `version`, `verbosity`, `flush_all` and `quit`. In text it answers them as memcached
/// does, byte for byte but for `stats` and `version`; in the other two, it knows what they have in
/// common with text. Time is the system's clock, in whole seconds as memcached counts it; where
/// memory ends, the items written longest ago go first.
///
/// It lives in the tokio runtime that it was started in. For memcached itself, with all that it
/// can do beside this, see [`Memcached`](crate::Memcached).
///
/// ```
/// use mc_testkit::Server;
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut server = Server::start().await?;
/// let mut stream = tokio::net::TcpStream::connect(server.address().to_string()).await?;
/// stream.write_all(b"set a 0 0 1\r\nx\r\nget a\r\nquit\r\n").await?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer).await?;
/// assert_eq!(answer, "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
///
/// server.stop().await;
/// assert!(tokio::net::TcpStream::connect(server.address().to_string()).await.is_err());
/// server.restart().await?; // empty, at the same address
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    options: ServerBuilder,
    address: Address,
    running: Option<Running>,
    /// Where the unix socket is.
    _dir: TempDir,
}

/// The task that accepts connections, and what ends it.
#[derive(Debug)]
struct Running {
    /// Dropped, it ends the task.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server with the defaults on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Options first: see [`ServerBuilder`].
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    async fn launch(options: ServerBuilder) -> Result<Self, Error> {
        let dir = TempDir::new().map_err(Error::io("make a directory for the server"))?;
        let anywhere = match options.listen().loopback(0) {
            Some(loopback) => Address::Tcp(loopback),
            None => Address::Unix(dir.path().join("socket")),
        };
        let (running, address) = run(&options, &anywhere).await?;
        Ok(Self {
            options,
            address,
            running: Some(running),
            _dir: dir,
        })
    }

    /// Where it listens; the same after a restart.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Stops listening and drops every connection; both have happened on return.
    ///
    /// The items are lost, as when memcached is killed. Stopping twice is no error.
    pub async fn stop(&mut self) {
        if let Some(Running { stop, task }) = self.running.take() {
            drop(stop);
            // A server that panicked is down, too.
            let _ = task.await;
        }
    }

    /// Starts it again, empty, at the same address and with the same options; stops it first if it runs.
    ///
    /// # Errors
    /// [`Error::Io`] if the system refuses, or if something else has had the port for ten seconds.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.stop().await;
        let (running, _) = run(&self.options, &self.address).await?;
        self.running = Some(running);
        Ok(())
    }
}

/// Listens at `address` with an empty store.
async fn run(options: &ServerBuilder, address: &Address) -> Result<(Running, Address), Error> {
    let bound = Listener::bind(address).await;
    let (listener, address) = bound.map_err(Error::io("listen"))?;
    let store = Arc::new(Mutex::new(options.store()));
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(socket::accept(listener, store, stopped));
    Ok((Running { stop, task }, address))
}

#[cfg(test)]
mod tests;
