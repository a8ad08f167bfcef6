//! From a server's name to an open socket.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mc_behaviors::{Address, Behaviors, Transport};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Where a server is and how its sockets are set up.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    address: Address,
    timeout: Duration,
    options: Options,
}

#[derive(Debug, Clone, Copy)]
struct Options {
    nodelay: bool,
    keepalive: bool,
    keepidle: Duration,
    send_buffer: u32,
    receive_buffer: u32,
}

/// An open connection.
pub(super) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Endpoint {
    pub(super) fn new(address: &Address, behaviors: &Behaviors) -> Self {
        let options = Options {
            nodelay: behaviors.tcp_nodelay,
            keepalive: behaviors.tcp_keepalive,
            keepidle: behaviors.tcp_keepidle,
            send_buffer: behaviors.socket_send_size,
            receive_buffer: behaviors.socket_recv_size,
        };
        Self {
            address: address.clone(),
            timeout: behaviors.connect_timeout,
            options,
        }
    }

    /// Opens a connection; a host name is resolved anew each time.
    pub(super) async fn connect(&self) -> io::Result<Socket> {
        let Address {
            transport,
            host,
            port,
        } = &self.address;
        match transport {
            Transport::Tcp => self.tcp(host, *port).await.map(Socket::Tcp),
            #[cfg(unix)]
            Transport::Unix => UnixStream::connect(host).await.map(Socket::Unix),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    async fn tcp(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let addresses = tokio::net::lookup_host((host, port)).await?;
        self.first(addresses.collect()).await
    }

    /// Tries every address of a host, in the resolver's order; the last error if none accepts.
    ///
    /// Each has its share of the time: one that swallows every packet must not use up that of the next.
    async fn first(&self, addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
        let share = self.timeout / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
        for address in addresses {
            match timeout(share, self.open(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failure = error,
                Err(_) => failure = too_slow(address, share),
            }
        }
        Err(failure)
    }

    async fn open(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        let Options {
            nodelay,
            keepalive,
            keepidle,
            send_buffer,
            receive_buffer,
        } = self.options;
        stream.set_nodelay(nodelay)?;
        let socket = SockRef::from(&stream);
        socket.set_keepalive(keepalive)?;
        if keepalive && !keepidle.is_zero() {
            socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(keepidle))?;
        }
        if send_buffer > 0 {
            socket.set_send_buffer_size(send_buffer as usize)?;
        }
        if receive_buffer > 0 {
            socket.set_recv_buffer_size(receive_buffer as usize)?;
        }
        Ok(stream)
    }
}

fn too_slow(address: SocketAddr, share: Duration) -> io::Error {
    let message = format!("{address} did not answer within {share:?}");
    io::Error::new(io::ErrorKind::TimedOut, message)
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn sockets_are_set_up_as_the_behaviors_say() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut behaviors = Behaviors::default();
        behaviors.tcp_nodelay = true;
        behaviors.tcp_keepalive = true;
        behaviors.tcp_keepidle = Duration::from_secs(77);
        let endpoint = Endpoint::new(&"host".parse().unwrap(), &behaviors);
        let stream = endpoint.open(listener.local_addr().unwrap()).await.unwrap();
        let socket = SockRef::from(&stream);
        assert!(stream.nodelay().unwrap() && socket.keepalive().unwrap());
        let idle = socket.tcp_keepalive_time().unwrap();
        assert_eq!(idle, behaviors.tcp_keepidle);
    }

    #[tokio::test]
    async fn an_address_that_swallows_packets_leaves_time_for_the_next() {
        let full = TcpSocket::new_v4().unwrap();
        full.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let full = full.listen(1).unwrap();
        let first = full.local_addr().unwrap();
        // Connects that nobody accepts, until the kernel drops the next.
        let mut waiting = Vec::new();
        while let Ok(stream) = timeout(Duration::from_millis(100), TcpStream::connect(first)).await
        {
            waiting.push(stream.unwrap());
        }
        let next = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let next = next.local_addr().unwrap();

        let mut behaviors = Behaviors::default();
        behaviors.connect_timeout = Duration::from_millis(200);
        let endpoint = Endpoint::new(&"host".parse().unwrap(), &behaviors);
        let opened = timeout(behaviors.connect_timeout, endpoint.first(vec![first, next]));
        assert_eq!(opened.await.unwrap().unwrap().peer_addr().unwrap(), next);
    }
}
