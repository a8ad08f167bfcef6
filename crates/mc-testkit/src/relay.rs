//! A unix socket in front of a TCP port: what comes from one side goes to the other as it is.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use crate::temp_dir::TempDir;
use crate::{Address, Error};

/// A unix socket in a fresh directory, whose connections are led to a server's TCP port.
///
/// For TLS on a unix socket, which memcached has not by itself and real sites have by such a relay:
/// the bytes are not looked at. If the server does not take a connection, it is closed.
/// All connections end with the value.
///
/// ```
/// use std::io::{Read, Write};
/// use std::os::unix::net::UnixStream;
/// use mc_testkit::{Memcached, Relay};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Memcached::start()?;
/// let relay = Relay::start(server.address())?;
/// let mut stream = UnixStream::connect(relay.address().host())?;
/// stream.write_all(b"get nothing\r\nquit\r\n")?;
/// let mut answer = String::new();
/// stream.read_to_string(&mut answer)?;
/// assert_eq!(answer, "END\r\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Relay {
    address: Address,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
    _dir: TempDir,
}

#[derive(Debug, Default)]
struct Shared {
    is_over: AtomicBool,
    /// Those that have ended by themselves are gone.
    pairs: Mutex<Vec<Weak<Pair>>>,
}

/// The two ends of one connection. Each direction has a thread.
#[derive(Debug)]
struct Pair {
    client: UnixStream,
    server: TcpStream,
}

impl Relay {
    /// Listens, for a server that may come and go.
    ///
    /// # Errors
    /// [`Error::Refused`] for the address of a unix socket, [`Error::Io`] if the system refuses.
    pub fn start(server: &Address) -> Result<Self, Error> {
        let Address::Tcp(server) = *server else {
            return Err(Error::Refused(format!(
                "cannot relay to {server}: it is no TCP port"
            )));
        };
        let dir = TempDir::new().map_err(Error::io("make a directory for a relay"))?;
        let path = dir.path().join("relay");
        let listener = UnixListener::bind(&path).map_err(Error::io("listen on a unix socket"))?;
        let shared = Arc::new(Shared::default());
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&listener, server)
        });
        Ok(Self {
            address: Address::Unix(path),
            shared,
            accepting: Some(accepting),
            _dir: dir,
        })
    }

    /// The unix socket.
    pub fn address(&self) -> &Address {
        &self.address
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Release);
        // Wakes the thread that accepts. Whatever fails here, there is nobody left to tell.
        let _ = UnixStream::connect(self.address.host());
        let _ = self.accepting.take().map(JoinHandle::join);
        self.shared.pairs().drain(..).for_each(|pair| end(&pair));
    }
}

impl Shared {
    fn accept(&self, listener: &UnixListener, server: SocketAddr) {
        for client in listener.incoming() {
            if self.is_over.load(Ordering::Acquire) {
                return;
            }
            // Without the other end this one is dropped.
            if let Ok(pair) = client.and_then(|client| Pair::new(client, server)) {
                let mut pairs = self.pairs();
                pairs.retain(|pair| pair.strong_count() > 0);
                pairs.push(pair);
            }
        }
    }

    fn pairs(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Pair>>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pair {
    /// Connects to the server and starts both directions.
    fn new(client: UnixStream, server: SocketAddr) -> io::Result<Weak<Self>> {
        let server = TcpStream::connect(server)?;
        server.set_nodelay(true)?;
        let pair = Arc::new(Self { client, server });
        let weak = Arc::downgrade(&pair);
        let other = Arc::clone(&pair);
        // An end that fails has no more to say, as one that closes.
        thread::spawn(move || {
            let _ = io::copy(&mut &pair.client, &mut &pair.server);
            let _ = pair.server.shutdown(Shutdown::Write);
        });
        thread::spawn(move || {
            let _ = io::copy(&mut &other.server, &mut &other.client);
            let _ = other.client.shutdown(Shutdown::Both);
        });
        Ok(weak)
    }
}

fn end(pair: &Weak<Pair>) {
    if let Some(pair) = pair.upgrade() {
        let _ = pair.client.shutdown(Shutdown::Both);
        let _ = pair.server.shutdown(Shutdown::Both);
    }
}
