//! Sockets of either kind, read and written through shared references.

use std::io;
use std::net::{Shutdown, SocketAddr};

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

use crate::Address;

/// How many connections may wait to be accepted, as with memcached.
const BACKLOG: u32 = 1024;

pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Listens there, where port 0 is any; returns the true address, too.
    pub(super) fn bind(at: Address, buffers: Option<usize>) -> io::Result<(Self, Address)> {
        match at {
            Address::Tcp(at) => {
                let socket = tcp_socket(at, buffers)?;
                socket.bind(at)?;
                let listener = socket.listen(BACKLOG)?;
                let address = Address::Tcp(listener.local_addr()?);
                Ok((Self::Tcp(listener), address))
            }
            Address::Unix(path) => {
                let listener = UnixListener::bind(&path)?;
                Ok((Self::Unix(listener), Address::Unix(path)))
            }
        }
    }

    pub(super) async fn accept(&self, buffers: Option<usize>) -> io::Result<Socket> {
        match self {
            // It has the listener's buffers.
            Self::Tcp(listener) => Socket::tcp(listener.accept().await?.0),
            Self::Unix(listener) => Socket::unix(listener.accept().await?.0, buffers),
        }
    }
}

/// One end of a connection. Dropped, it is reset, unless it was told to [`linger`](Self::linger).
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    pub(super) async fn connect(to: &Address, buffers: Option<usize>) -> io::Result<Self> {
        match to {
            Address::Tcp(address) => {
                let socket = tcp_socket(*address, buffers)?;
                Self::tcp(socket.connect(*address).await?)
            }
            Address::Unix(path) => Self::unix(UnixStream::connect(path).await?, buffers),
        }
    }

    fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_zero_linger()?;
        Ok(Self::Tcp(stream))
    }

    fn unix(stream: UnixStream, buffers: Option<usize>) -> io::Result<Self> {
        set_buffers(&SockRef::from(&stream), buffers)?;
        Ok(Self::Unix(stream))
    }

    /// Reads what is there, or waits for it; 0 is the end of the stream.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let done = match self {
                Self::Tcp(stream) => stream.try_read(buffer),
                Self::Unix(stream) => stream.try_read(buffer),
            };
            match (done, self) {
                (Err(error), Self::Tcp(stream)) if waits(&error) => stream.readable().await?,
                (Err(error), Self::Unix(stream)) if waits(&error) => stream.readable().await?,
                (done, _) => return done,
            }
        }
    }

    pub(super) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let done = match self {
                Self::Tcp(stream) => stream.try_write(bytes),
                Self::Unix(stream) => stream.try_write(bytes),
            };
            match (done, self) {
                (Ok(len), _) => bytes = &bytes[len..],
                (Err(error), Self::Tcp(stream)) if waits(&error) => stream.writable().await?,
                (Err(error), Self::Unix(stream)) if waits(&error) => stream.writable().await?,
                (Err(error), _) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads to the end of the stream and throws it away.
    pub(super) async fn discard(&self) -> io::Result<()> {
        let mut buffer = [0; 4096];
        while self.read(&mut buffer).await? > 0 {}
        Ok(())
    }

    /// Ends what is written to it: FIN.
    pub(super) fn finish(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => SockRef::from(stream).shutdown(Shutdown::Write),
            Self::Unix(stream) => SockRef::from(stream).shutdown(Shutdown::Write),
        }
    }

    /// From now on what has been written arrives although the socket is dropped.
    pub(super) fn linger(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => SockRef::from(stream).set_linger(None),
            Self::Unix(_) => Ok(()),
        }
    }
}

/// A socket for this address; buffers are set before a window is told.
fn tcp_socket(address: SocketAddr, buffers: Option<usize>) -> io::Result<TcpSocket> {
    let socket = match address.is_ipv4() {
        true => TcpSocket::new_v4()?,
        false => TcpSocket::new_v6()?,
    };
    set_buffers(&SockRef::from(&socket), buffers)?;
    Ok(socket)
}

fn set_buffers(socket: &SockRef<'_>, buffers: Option<usize>) -> io::Result<()> {
    let Some(bytes) = buffers else {
        return Ok(());
    };
    socket.set_recv_buffer_size(bytes)?;
    socket.set_send_buffer_size(bytes)
}

fn waits(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
