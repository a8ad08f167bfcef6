//! The socket that clients send to, and which of them a datagram is from.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::client::{self, Client, Ends};
use crate::Address;
use crate::fault::shared::Shared;
use crate::fault::thread::Cuts;

/// So many clients are remembered. Each has a socket.
const CLIENTS: usize = 256;

/// The largest datagram, and a byte more than that.
pub(super) const LARGEST: usize = 1 << 16;

/// The pause after a datagram that could not be received.
const POLL: Duration = Duration::from_millis(2);

/// Binds there, where port 0 is any; returns the true address, too.
pub(super) fn bind(at: SocketAddr) -> io::Result<(UdpSocket, Address)> {
    let socket = std::net::UdpSocket::bind(at)?;
    socket.set_nonblocking(true)?;
    let address = Address::Tcp(socket.local_addr()?);
    Ok((UdpSocket::from_std(socket)?, address))
}

/// Serves clients until `end` comes.
pub(super) async fn serve(
    socket: UdpSocket,
    server: SocketAddr,
    shared: Arc<Shared>,
    mut end: Cuts,
) {
    let socket = Arc::new(socket);
    let mut clients: VecDeque<Client> = VecDeque::new();
    let mut tasks = JoinSet::new();
    let mut buffer = vec![0; LARGEST];
    loop {
        tokio::select! {
            _ = end.recv() => return,
            Some(_) = tasks.join_next() => {}
            received = socket.recv_from(&mut buffer) => {
                let Ok((len, from)) = received else {
                    sleep(POLL).await;
                    continue;
                };
                let known = clients.iter().position(|client| client.address == from);
                let index = known.unwrap_or_else(|| {
                    let ends = Ends { socket: Arc::clone(&socket), client: from, server };
                    let (client, task) = client::meet(ends, Arc::clone(&shared));
                    tasks.spawn(task);
                    clients.truncate(CLIENTS - 1);
                    clients.push_front(client);
                    0
                });
                clients[index].send(&buffer[..len]);
            }
        }
    }
}
