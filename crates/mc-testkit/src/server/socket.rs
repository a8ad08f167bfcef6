//! The server's sockets: accepting, and moving bytes between a socket and its session.

use std::io;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use mc_proto::Outgoing;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::Shared;
use super::session::{Session, Step};
use crate::Address;

/// How much is read at once, and about how much is written at once.
const CHUNK: usize = 64 << 10;

/// How long a restart waits for its port, which the system may have lent to somebody.
const BIND_LIMIT: Duration = Duration::from_secs(10);

/// The pause between two attempts, and after a connection that could not be accepted.
const POLL: Duration = Duration::from_millis(2);

/// A listening socket of either kind.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Listens at `address`, where port 0 is any; returns the true address, too.
    pub(super) async fn bind(address: &Address) -> io::Result<(Self, Address)> {
        match address {
            Address::Tcp(address) => {
                let listener = bind_tcp(*address).await?;
                let address = Address::Tcp(listener.local_addr()?);
                Ok((Self::Tcp(listener), address))
            }
            Address::Unix(path) => {
                // What an earlier run of this server left in its own directory.
                let _ = std::fs::remove_file(path);
                Ok((Self::Unix(UnixListener::bind(path)?), address.clone()))
            }
        }
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

/// A connection of either kind.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

async fn bind_tcp(address: std::net::SocketAddr) -> io::Result<TcpListener> {
    let deadline = Instant::now() + BIND_LIMIT;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => {
                sleep(POLL).await;
            }
            done => return done,
        }
    }
}

/// Accepts connections until `stop` is dropped; then drops them all, and has dropped them on return.
pub(super) async fn accept(listener: Listener, store: Shared, mut stop: oneshot::Receiver<()>) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(stream) => {
                    tasks.spawn(serve(stream, Session::new(store.clone())));
                }
                // Out of descriptors, say: connections that end give some back.
                Err(_) => sleep(POLL).await,
            },
            // How a connection ended is its client's affair.
            Some(_) = tasks.join_next() => {}
        }
    }
    tasks.shutdown().await;
}

/// Serves one connection to its end.
async fn serve(mut stream: Box<dyn Stream>, mut session: Session) -> io::Result<()> {
    let mut input = BytesMut::new();
    loop {
        let mut out = Outgoing::default();
        let mut step = Step::Done;
        while matches!(step, Step::Done) && out.remaining() < CHUNK {
            step = session.step(&mut input, &mut out);
        }
        stream.write_all_buf(&mut out).await?;
        match step {
            Step::Done => {}
            Step::Close => return stream.shutdown().await,
            Step::Wait => {
                input.reserve(CHUNK);
                if stream.read_buf(&mut input).await? == 0 {
                    return Ok(());
                }
            }
        }
    }
}
