//! A server in this process, for what no real one does.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

use anyhow::Result;

/// Each connection has a thread, which ends with it. With the value nothing more is accepted.
pub(crate) struct Listener {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listens on a free port and gives each connection to `serve`.
    pub(crate) fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let accepting = thread::spawn({
            let (is_over, serve) = (Arc::clone(&is_over), Arc::new(serve));
            move || {
                for client in listener.incoming().flatten() {
                    if is_over.load(SeqCst) {
                        return;
                    }
                    let serve = Arc::clone(&serve);
                    thread::spawn(move || serve(client));
                }
            }
        });
        Ok(Self {
            address,
            is_over,
            accepting: Some(accepting),
        })
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.is_over.store(true, SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}
