//! How the settings want a TCP socket to be.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use mc_behaviors::Behaviors;
use socket2::{SockRef, TcpKeepalive};

/// Room asked for at least for the datagrams of one reply, which come all at once; the system may give less.
const BURST: usize = 4 << 20;

/// The options of a TCP socket. (A unix socket has none: libmemcached sets it none either.)
#[derive(Debug, Clone, Copy)]
pub(crate) struct SocketOptions {
    nodelay: bool,
    keepalive: bool,
    keepidle: Duration,
    send_buffer: u32,
    receive_buffer: u32,
    /// Whether closing drops what the network has not taken yet.
    abrupt: bool,
}

impl From<&Behaviors> for SocketOptions {
    fn from(behaviors: &Behaviors) -> Self {
        Self {
            nodelay: behaviors.tcp_nodelay,
            keepalive: behaviors.tcp_keepalive,
            keepidle: behaviors.tcp_keepidle,
            send_buffer: behaviors.socket_send_size,
            receive_buffer: behaviors.socket_recv_size,
            abrupt: behaviors.no_block,
        }
    }
}

impl SocketOptions {
    /// A socket for datagrams to and from this address alone, with room for a reply of many.
    pub(crate) fn datagrams(self, server: SocketAddr) -> io::Result<UdpSocket> {
        let any: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((any, 0))?;
        socket.connect(server)?;
        let room = (self.receive_buffer as usize).max(BURST);
        SockRef::from(&socket).set_recv_buffer_size(room)?;
        Ok(socket)
    }

    /// Sets them on an open socket.
    pub(crate) fn apply(self, socket: SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(self.nodelay)?;
        socket.set_keepalive(self.keepalive)?;
        if self.keepalive && !self.keepidle.is_zero() {
            socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(self.keepidle))?;
        }
        if self.send_buffer > 0 {
            socket.set_send_buffer_size(self.send_buffer as usize)?;
        }
        if self.receive_buffer > 0 {
            socket.set_recv_buffer_size(self.receive_buffer as usize)?;
        }
        if self.abrupt {
            socket.set_linger(Some(Duration::ZERO))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    fn check(behaviors: &Behaviors, seen: impl FnOnce(SockRef<'_>)) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let options = SocketOptions::from(behaviors);
        options.apply(SockRef::from(&stream)).unwrap();
        seen(SockRef::from(&stream));
    }

    #[test]
    fn sockets_are_set_up_as_the_behaviors_say() {
        let mut behaviors = Behaviors::default();
        behaviors.tcp_nodelay = true;
        behaviors.tcp_keepalive = true;
        behaviors.tcp_keepidle = Duration::from_secs(77);
        behaviors.socket_send_size = 40_000;
        behaviors.socket_recv_size = 50_000;
        behaviors.no_block = true;
        check(&behaviors, |socket| {
            assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
            let idle = socket.tcp_keepalive_time().unwrap();
            assert_eq!(idle, behaviors.tcp_keepidle);
            // Linux doubles what it is told, for its own needs.
            assert!([40_000, 80_000].contains(&socket.send_buffer_size().unwrap()));
            assert!([50_000, 100_000].contains(&socket.recv_buffer_size().unwrap()));
            assert_eq!(socket.linger().unwrap(), Some(Duration::ZERO));
        });
    }

    #[test]
    fn by_default_they_are_as_the_system_makes_them() {
        check(&Behaviors::default(), |socket| {
            assert!(!socket.tcp_nodelay().unwrap() && !socket.keepalive().unwrap());
            assert_eq!(socket.linger().unwrap(), None);
        });
    }
}
