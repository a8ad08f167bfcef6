//! The sockets that a session moves bytes over.

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
    fn is_quiet(&self) -> bool;
}

impl Stream for TcpStream {
    fn is_quiet(&self) -> bool {
        is_quiet(SockRef::from(self))
    }
}

#[cfg(unix)]
impl Stream for UnixStream {
    fn is_quiet(&self) -> bool {
        is_quiet(SockRef::from(self))
    }
}

#[cfg(feature = "tls")]
impl Stream for tokio_rustls::client::TlsStream<Socket> {
    fn is_quiet(&self) -> bool {
        self.get_ref().0.is_quiet()
    }
}

/// The socket does not block: without a byte, an end or an error, there is nothing to peek at.
fn is_quiet(socket: SockRef<'_>) -> bool {
    let peeked = socket.peek(&mut [MaybeUninit::uninit()]);
    peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}
