//! The proxy's thread: it accepts connections until the proxy is dropped.

use std::io;
use std::sync::{Arc, mpsc as blocking};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::link;
use super::shared::Shared;
use super::socket::Listener;
use crate::Address;

/// The pause after a connection that could not be accepted.
const POLL: Duration = Duration::from_millis(2);

/// The thread, which ends with this.
#[derive(Debug)]
pub(super) struct Serving {
    /// Dropped, it ends the thread.
    cut: Option<mpsc::UnboundedSender<Cut>>,
    thread: Option<JoinHandle<()>>,
}

/// Asks for the end of all connections; dropped when they have ended.
type Cut = blocking::Sender<()>;

impl Serving {
    /// Starts the thread, which listens there before this returns, where port 0 is any; tells the true address.
    ///
    /// A runtime of its own, so that neither a test without one nor one that is busy matters.
    pub(super) fn start(shared: Arc<Shared>, at: Address) -> io::Result<(Self, Address)> {
        let (cut, cuts) = mpsc::unbounded_channel();
        let (tell, told) = blocking::channel();
        let run = move || match listen(at, shared.buffers) {
            Ok((runtime, listener, address)) => {
                // Whoever started this waits for it.
                let _ = tell.send(Ok(address));
                runtime.block_on(accept(&listener, &shared, cuts));
            }
            Err(error) => drop(tell.send(Err(error))),
        };
        let thread = thread::Builder::new()
            .name("fault proxy".to_owned())
            .spawn(run)?;
        let address = told.recv().map_err(io::Error::other)??;
        let serving = Self {
            cut: Some(cut),
            thread: Some(thread),
        };
        Ok((serving, address))
    }

    /// Resets all connections, and has on return.
    pub(super) fn cut(&self) {
        let (cut, done) = blocking::channel();
        if self.cut.as_ref().is_some_and(|to| to.send(cut).is_ok()) {
            // Nothing is ever sent: it fails when the other side is dropped.
            let _ = done.recv();
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.cut = None;
        // A thread that panicked has ended, too.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn listen(at: Address, buffers: Option<usize>) -> io::Result<(Runtime, Listener, Address)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (listener, address) = {
        let _inside = runtime.enter();
        Listener::bind(at, buffers)?
    };
    Ok((runtime, listener, address))
}

async fn accept(listener: &Listener, shared: &Arc<Shared>, mut cuts: mpsc::UnboundedReceiver<Cut>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            cut = cuts.recv() => {
                connections.shutdown().await;
                if cut.is_none() {
                    return;
                }
            }
            accepted = listener.accept(shared.buffers) => match accepted {
                Ok(client) => {
                    let number = shared.counters.accepted();
                    connections.spawn(link::serve(client, number, Arc::clone(shared)));
                }
                // Out of descriptors, say: connections that end give some back.
                Err(_) => sleep(POLL).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
