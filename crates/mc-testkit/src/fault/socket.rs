//! Sockets of either kind, read and written through shared references.

use std::io;
use std::net::Shutdown;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

use crate::Address;

/// How many connections may wait to be accepted, as with memcached.
const BACKLOG: u32 = 1024;

/// What a socket that is read no more may still receive: the least that the system allows.
const LEAST: usize = 1;

pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    /// Listens there, where port 0 is any; returns the true address, too.
    pub(super) fn bind(at: Address) -> io::Result<(Self, Address)> {
        match at {
            Address::Tcp(at) => {
                let socket = match at.is_ipv4() {
                    true => TcpSocket::new_v4()?,
                    false => TcpSocket::new_v6()?,
                };
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

    pub(super) async fn accept(&self) -> io::Result<Socket> {
        match self {
            Self::Tcp(listener) => Socket::tcp(listener.accept().await?.0),
            Self::Unix(listener) => Ok(Socket::Unix(listener.accept().await?.0)),
        }
    }
}

/// One end of a connection. Dropped, it is reset, unless it was told to [`linger`](Self::linger).
pub(super) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    pub(super) async fn connect(to: &Address) -> io::Result<Self> {
        match to {
            Address::Tcp(address) => Self::tcp(TcpStream::connect(address).await?),
            Address::Unix(path) => Ok(Self::Unix(UnixStream::connect(path).await?)),
        }
    }

    fn tcp(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_zero_linger()?;
        Ok(Self::Tcp(stream))
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
        self.options().shutdown(Shutdown::Write)
    }

    /// From now on what has been written arrives although the socket is dropped.
    pub(super) fn linger(&self) -> io::Result<()> {
        match self {
            Self::Tcp(_) => self.options().set_linger(None),
            Self::Unix(_) => Ok(()),
        }
    }

    /// Makes the other end's window close soon, if nothing is read.
    pub(super) fn shrink(&self) -> io::Result<()> {
        self.options().set_recv_buffer_size(LEAST)
    }

    fn options(&self) -> SockRef<'_> {
        match self {
            Self::Tcp(stream) => SockRef::from(stream),
            Self::Unix(stream) => SockRef::from(stream),
        }
    }
}

fn waits(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
