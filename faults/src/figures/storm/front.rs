//! What stands in front of a server and sees who connects, and when.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::io::{copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// A port that leads to a server, or to nothing; each client has an address of its own by which it gets there.
///
/// Unlike a proxy it can be as gone as a server that was killed: then the system refuses connections.
#[derive(Debug)]
pub(super) struct Front {
    server: SocketAddr,
    port: u16,
    seen: Arc<Mutex<Seen>>,
    manners: watch::Sender<Manners>,
    accepting: Option<JoinHandle<()>>,
}

/// What becomes of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manners {
    /// They are led to the server.
    Serve,
    /// They are accepted and reset, as by a proxy whose server is gone.
    Reset,
    /// They are accepted, and nothing is said.
    Silence,
}

/// What has been seen since it was last asked.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// When each connection was accepted.
    pub(super) accepted: Vec<Instant>,
    /// How many connections each client has open, and the most that one had.
    live: Vec<usize>,
    pub(super) most_live: usize,
}

/// How long the end of a connection may take to be noticed here. Only those are open at once that are so for longer.
const LAG: Duration = Duration::from_millis(50);

/// A connection that is open.
struct Live {
    client: usize,
    seen: Arc<Mutex<Seen>>,
}

impl Front {
    /// Open, for so many clients.
    pub(super) fn new(server: SocketAddr, clients: usize) -> Result<Self> {
        let seen = Seen {
            live: vec![0; clients],
            ..Seen::default()
        };
        let mut front = Self {
            server,
            port: 0,
            seen: Arc::new(Mutex::new(seen)),
            manners: watch::Sender::new(Manners::Serve),
            accepting: None,
        };
        front.open()?;
        Ok(front)
    }

    /// Where this client finds it.
    pub(super) fn address(&self, client: usize) -> String {
        let [high, low] = u16::try_from(client).unwrap_or(u16::MAX).to_be_bytes();
        SocketAddr::from(([127, 1, high, low], self.port)).to_string()
    }

    /// Accepts connections from now on.
    pub(super) fn open(&mut self) -> Result<()> {
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::UNSPECIFIED, self.port).into())?;
        let listener = socket.listen(1024)?;
        self.port = listener.local_addr()?.port();
        let (seen, manners) = (Arc::clone(&self.seen), self.manners.subscribe());
        self.accepting = Some(tokio::spawn(accept(listener, self.server, manners, seen)));
        Ok(())
    }

    /// Is gone: connections are closed, and new ones refused, on return.
    pub(super) async fn close(&mut self) {
        if let Some(accepting) = self.accepting.take() {
            accepting.abort();
            // It ends as it was told to.
            let _ = accepting.await;
        }
    }

    /// Ends all connections that are not silent, and treats new ones like this.
    pub(super) fn turn(&self, manners: Manners) {
        self.manners.send_replace(manners);
    }

    /// What was seen since the last time.
    pub(super) fn take(&self) -> Seen {
        let mut seen = lock(&self.seen);
        let live = seen.live.iter().copied().max().unwrap_or_default();
        Seen {
            accepted: std::mem::take(&mut seen.accepted),
            most_live: std::mem::replace(&mut seen.most_live, live),
            live: Vec::new(),
        }
    }
}

async fn accept(
    listener: TcpListener,
    server: SocketAddr,
    manners: watch::Receiver<Manners>,
    seen: Arc<Mutex<Seen>>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if let Ok(live) = Live::new(&client, Arc::clone(&seen)) {
            connections.spawn(serve(client, server, manners.clone(), live));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(
    mut client: TcpStream,
    server: SocketAddr,
    mut manners: watch::Receiver<Manners>,
    live: Live,
) {
    let manner = *manners.borrow_and_update();
    let served = async {
        match manner {
            Manners::Serve => {
                let mut server = TcpStream::connect(server).await?;
                copy_bidirectional(&mut client, &mut server).await.map(drop)
            }
            Manners::Reset => client.set_zero_linger(),
            Manners::Silence => copy(&mut client, &mut sink()).await.map(drop),
        }
    };
    let counted = async {
        live.count().await;
        pending::<()>().await;
    };
    // However it ends, it has ended.
    tokio::select! {
        _ = served => {}
        // Who is not answered does not hear of it either.
        _ = manners.changed(), if manner != Manners::Silence => {}
        () = counted => {}
    }
}

impl Live {
    fn new(stream: &TcpStream, seen: Arc<Mutex<Seen>>) -> Result<Self> {
        let SocketAddr::V4(address) = stream.local_addr()? else {
            anyhow::bail!("a port of IPv4 took a connection of another kind");
        };
        let [_, _, high, low] = address.ip().octets();
        let client = usize::from(u16::from_be_bytes([high, low]));
        let mut state = lock(&seen);
        state.accepted.push(Instant::now());
        state.live[client] += 1;
        drop(state);
        Ok(Self { client, seen })
    }
}

impl Live {
    /// Counts the client's connections, once those that have ended are known to have.
    async fn count(&self) {
        sleep(LAG).await;
        let mut seen = lock(&self.seen);
        seen.most_live = seen.most_live.max(seen.live[self.client]);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        lock(&self.seen).live[self.client] -= 1;
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
