//! The sockets that a session moves bytes over.

use std::io;
use std::mem::MaybeUninit;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

/// An open connection, whatever it goes over.
pub(super) type Socket = Box<dyn Stream>;

/// What a session needs of it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    /// Whether the system has nothing to tell of it, not even that it has ended. This asks the system itself, which
    /// may know before the runtime does.
    ///
    /// # Errors
    /// The connection is broken. The system says it once: to who reads after that, it has ended in order.
    fn is_quiet(&self) -> io::Result<bool>;

    /// Once it has ended: the error if it was reset behind its end, as not all of what we have sent was read.
    fn reset(&self) -> Option<io::Error>;
}

impl Stream for TcpStream {
    fn is_quiet(&self) -> io::Result<bool> {
        is_quiet(SockRef::from(self))
    }

    fn reset(&self) -> Option<io::Error> {
        self.take_error().ok().flatten()
    }
}

#[cfg(unix)]
impl Stream for UnixStream {
    fn is_quiet(&self) -> io::Result<bool> {
        is_quiet(SockRef::from(self))
    }

    fn reset(&self) -> Option<io::Error> {
        self.take_error().ok().flatten()
    }
}

#[cfg(feature = "tls")]
impl Stream for tokio_rustls::client::TlsStream<Socket> {
    fn is_quiet(&self) -> io::Result<bool> {
        self.get_ref().0.is_quiet()
    }

    fn reset(&self) -> Option<io::Error> {
        self.get_ref().0.reset()
    }
}

/// The socket does not block: without a byte, an end or an error, there is nothing to peek at.
fn is_quiet(socket: SockRef<'_>) -> io::Result<bool> {
    match socket.peek(&mut [MaybeUninit::uninit()]) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_end_may_be_followed_by_a_reset() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        for then_sends in [false, true] {
            let address = listener.local_addr().unwrap();
            let mut client = TcpStream::connect(address).await.unwrap();
            drop(listener.accept().await.unwrap());
            client.readable().await.unwrap();
            if then_sends {
                client.write_all(b"x").await.unwrap();
                client.ready(Interest::ERROR).await.unwrap();
            }
            assert_eq!(client.read(&mut [0; 9]).await.unwrap(), 0);
            assert_eq!(client.reset().is_some(), then_sends);
        }
    }

    /// Who reads after that would find an end in order.
    #[tokio::test]
    async fn a_reset_is_told_when_it_is_first_seen() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).await.unwrap();
        assert!(client.is_quiet().unwrap());
        let (server, _) = listener.accept().await.unwrap();
        server.set_zero_linger().unwrap();
        drop(server);
        client.ready(Interest::ERROR).await.unwrap();
        assert!(client.is_quiet().is_err());
        assert!(!client.is_quiet().unwrap());
    }
}
