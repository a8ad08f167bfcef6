//! Sits before a server and keeps what a client sends to it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use mc_testkit::Memcached;

/// A forwarder to a real server that remembers the client's bytes, of all connections together.
pub(crate) struct Recorder {
    address: String,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    pub(crate) fn start(server: &Memcached) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (target, log) = (server.address().to_string(), Arc::clone(&sent));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A server that is gone is a connection that ends at once.
                let Ok(server) = TcpStream::connect(&target) else {
                    continue;
                };
                let (back, forth) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let log = Arc::clone(&log);
                thread::spawn(move || forward(back, forth, |_| {}));
                thread::spawn(move || {
                    forward(client, server, |bytes| log.lock().unwrap().extend(bytes));
                });
            }
        });
        Self { address, sent }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// What was sent so far.
    pub(crate) fn sent(&self) -> Vec<u8> {
        self.sent.lock().unwrap().clone()
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, mut keep: impl FnMut(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(len @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..len]);
        if to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    let _already_closed = to.shutdown(Shutdown::Write);
}
