//! A server that reads everything and answers nothing.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread::{self, JoinHandle};

use anyhow::Result;

/// Each connection has a thread, which ends with it.
pub(super) struct Silent {
    address: SocketAddr,
    heard: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Silent {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let heard = Arc::new(AtomicUsize::new(0));
        let accepting = thread::spawn({
            let (is_over, heard) = (Arc::clone(&is_over), Arc::clone(&heard));
            move || {
                for client in listener.incoming().flatten() {
                    if is_over.load(SeqCst) {
                        return;
                    }
                    let heard = Arc::clone(&heard);
                    thread::spawn(move || listen(client, &heard));
                }
            }
        });
        Ok(Self {
            address,
            heard,
            is_over,
            accepting: Some(accepting),
        })
    }

    /// How many bytes it has read.
    pub(super) fn heard(&self) -> usize {
        self.heard.load(SeqCst)
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

/// Reads until the connection ends, in whichever way.
fn listen(mut client: TcpStream, heard: &AtomicUsize) {
    let mut chunk = [0; 64 << 10];
    while let Ok(len @ 1..) = client.read(&mut chunk) {
        heard.fetch_add(len, SeqCst);
    }
}
