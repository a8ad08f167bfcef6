//! A server that reads everything and answers nothing.

use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use anyhow::Result;

use crate::load::listener::Listener;

pub(super) struct Silent {
    listener: Listener,
    heard: Arc<AtomicUsize>,
}

impl Silent {
    pub(super) fn start() -> Result<Self> {
        let heard = Arc::new(AtomicUsize::new(0));
        let listener = Listener::start({
            let heard = Arc::clone(&heard);
            move |client| listen(client, &heard)
        })?;
        Ok(Self { listener, heard })
    }

    pub(super) fn address(&self) -> String {
        self.listener.address()
    }

    /// How many gets of the key `k` it has read, on lines of their own or not.
    pub(super) fn heard(&self) -> usize {
        self.heard.load(SeqCst)
    }
}

/// Reads until the connection ends, in whichever way.
fn listen(mut client: TcpStream, heard: &AtomicUsize) {
    let mut chunk = [0; 64 << 10];
    while let Ok(len @ 1..) = client.read(&mut chunk) {
        let keys = chunk[..len].iter().filter(|byte| **byte == b'k');
        heard.fetch_add(keys.count(), SeqCst);
    }
}
