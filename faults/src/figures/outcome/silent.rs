//! A server that reads everything and answers nothing.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

use anyhow::Result;

/// Each connection has a thread, which ends with it.
pub(super) struct Silent {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Silent {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let accepting = thread::spawn({
            let is_over = Arc::clone(&is_over);
            move || {
                for mut client in listener.incoming().flatten() {
                    if is_over.load(SeqCst) {
                        return;
                    }
                    thread::spawn(move || io::copy(&mut client, &mut io::sink()));
                }
            }
        });
        Ok(Self {
            address,
            is_over,
            accepting: Some(accepting),
        })
    }

    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.is_over.store(true, SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        let _ = self.accepting.take().map(JoinHandle::join);
    }
}
