//! One client: its datagrams go to the server from a socket of its own, so that the replies are known to be its.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::lane::Lane;
use super::serve::LARGEST;
use crate::address::Listen;
use crate::fault::rule::Direction;
use crate::fault::shared::Shared;

/// How many of a client's datagrams may wait for its task. More are lost, as in a full socket.
const WAITING: usize = 1024;

/// A client as the one knows it who receives for all. Its task ends when this is dropped.
pub(super) struct Client {
    pub(super) address: SocketAddr,
    requests: mpsc::Sender<Vec<u8>>,
}

/// Where a client's datagrams go.
pub(super) struct Ends {
    /// What clients send to, and are answered from.
    pub(super) socket: Arc<UdpSocket>,
    pub(super) client: SocketAddr,
    pub(super) server: SocketAddr,
}

/// Counts a client, and makes the task that serves it.
pub(super) fn meet(
    ends: Ends,
    shared: Arc<Shared>,
) -> (Client, impl Future<Output = io::Result<()>>) {
    let (requests, received) = mpsc::channel(WAITING);
    let address = ends.client;
    let number = shared.counters.accepted();
    let client = Client { address, requests };
    (client, serve(ends, number, received, shared))
}

impl Client {
    pub(super) fn send(&self, datagram: &[u8]) {
        let _ = self.requests.try_send(datagram.to_vec());
    }
}

/// Passes datagrams on, both ways, until the client is forgotten.
async fn serve(
    ends: Ends,
    number: u64,
    mut received: mpsc::Receiver<Vec<u8>>,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let upstream = connect(ends.server).await?;
    let mut requests = Lane::new(&shared, number, Direction::Requests);
    let mut replies = Lane::new(&shared, number, Direction::Replies);
    let mut buffer = vec![0; LARGEST];
    loop {
        let due = requests.due().into_iter().chain(replies.due()).min();
        tokio::select! {
            request = received.recv() => match request {
                Some(request) => requests.take(&request, Instant::now()),
                None => return Ok(()),
            },
            // A server that is down says so by an error; a client that waits sees nothing.
            reply = upstream.recv(&mut buffer) => if let Ok(len) = reply {
                replies.take(&buffer[..len], Instant::now());
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
        // What cannot be sent is lost, as datagrams are.
        while let Some(request) = requests.next(Instant::now()) {
            let _ = upstream.send(&request).await;
        }
        while let Some(reply) = replies.next(Instant::now()) {
            let _ = ends.socket.send_to(&reply, ends.client).await;
        }
    }
}

async fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let any = Listen::as_at(&crate::Address::Tcp(server)).loopback(0);
    let socket = UdpSocket::bind(any.ok_or(io::ErrorKind::AddrNotAvailable)?).await?;
    socket.connect(server).await?;
    Ok(socket)
}
