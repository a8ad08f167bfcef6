//! From a server's name to an open socket.

use std::io;
use std::net::SocketAddr;

use mc_behaviors::{Behaviors, ServerSpec, Transport};
use socket2::SockRef;
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use crate::error::Error;

/// Where a server is and how its sockets are set up.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    server: ServerSpec,
    options: Options,
}

#[derive(Debug, Clone, Copy)]
struct Options {
    nodelay: bool,
    keepalive: bool,
    send_buffer: u32,
    receive_buffer: u32,
}

/// An open connection.
pub(super) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Whether this client can connect to a server of this kind.
pub(super) fn check(server: &ServerSpec) -> Result<(), Error> {
    match server.transport {
        Transport::Tcp => Ok(()),
        #[cfg(unix)]
        Transport::Unix => Ok(()),
        _ => Err(Error::config(format!("{server}: {UNSUPPORTED}"))),
    }
}

const UNSUPPORTED: &str = "this client connects over TCP and unix sockets only";

impl Endpoint {
    pub(super) fn new(server: &ServerSpec, behaviors: &Behaviors) -> Self {
        let options = Options {
            nodelay: behaviors.tcp_nodelay,
            keepalive: behaviors.tcp_keepalive,
            send_buffer: behaviors.socket_send_size,
            receive_buffer: behaviors.socket_recv_size,
        };
        Self {
            server: server.clone(),
            options,
        }
    }

    /// Opens a connection; a host name is resolved anew each time.
    pub(super) async fn connect(&self) -> io::Result<Socket> {
        let ServerSpec {
            transport,
            address,
            port,
            ..
        } = &self.server;
        match transport {
            Transport::Tcp => self.tcp(address, *port).await.map(Socket::Tcp),
            #[cfg(unix)]
            Transport::Unix => UnixStream::connect(address).await.map(Socket::Unix),
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, UNSUPPORTED)),
        }
    }

    /// Tries every address of the host, in the resolver's order; the last error if none accepts.
    async fn tcp(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
        for address in tokio::net::lookup_host((host, port)).await? {
            match self.open(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn open(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        let Options {
            nodelay,
            keepalive,
            send_buffer,
            receive_buffer,
        } = self.options;
        stream.set_nodelay(nodelay)?;
        let socket = SockRef::from(&stream);
        socket.set_keepalive(keepalive)?;
        if send_buffer > 0 {
            socket.set_send_buffer_size(send_buffer as usize)?;
        }
        if receive_buffer > 0 {
            socket.set_recv_buffer_size(receive_buffer as usize)?;
        }
        Ok(stream)
    }
}
