//! The thread of a proxy, with a runtime of its own: neither a test without one nor one that is busy matters.

use std::io;
use std::sync::mpsc as blocking;
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::Address;

/// The thread, which ends with this.
#[derive(Debug)]
pub(super) struct Thread {
    /// Dropped, it ends the thread.
    cut: Option<mpsc::UnboundedSender<Cut>>,
    thread: Option<JoinHandle<()>>,
}

/// Asks for the end of all connections; to be dropped when they have ended.
pub(super) type Cut = blocking::Sender<()>;

/// What is asked of the thread; when there is no more, it is to end.
pub(super) type Cuts = mpsc::UnboundedReceiver<Cut>;

impl Thread {
    /// Starts the thread, which has bound its sockets when this returns; tells their address.
    pub(super) fn start<Bound, Serve: Future<Output = ()>>(
        bind: impl FnOnce() -> io::Result<(Bound, Address)> + Send + 'static,
        serve: impl FnOnce(Bound, Cuts) -> Serve + Send + 'static,
    ) -> io::Result<(Self, Address)> {
        let (cut, cuts) = mpsc::unbounded_channel();
        let (tell, told) = blocking::channel();
        // Whoever started this waits for what is told.
        let run = move || match inside(bind) {
            Ok((runtime, bound, address)) => {
                let _ = tell.send(Ok(address));
                runtime.block_on(serve(bound, cuts));
            }
            Err(error) => drop(tell.send(Err(error))),
        };
        let thread = thread::Builder::new().name("fault proxy".to_owned());
        let thread = thread.spawn(run)?;
        let address = told.recv().map_err(io::Error::other)??;
        let started = Self {
            cut: Some(cut),
            thread: Some(thread),
        };
        Ok((started, address))
    }

    /// Ends all connections, and has on return.
    pub(super) fn cut(&self) {
        let (cut, done) = blocking::channel();
        if self.cut.as_ref().is_some_and(|to| to.send(cut).is_ok()) {
            // Nothing is ever sent: it fails when the other side is dropped.
            let _ = done.recv();
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.cut = None;
        // A thread that panicked has ended, too.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Binds within a runtime.
fn inside<Bound>(
    bind: impl FnOnce() -> io::Result<(Bound, Address)>,
) -> io::Result<(Runtime, Bound, Address)> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (bound, address) = {
        let _inside = runtime.enter();
        bind()?
    };
    Ok((runtime, bound, address))
}
