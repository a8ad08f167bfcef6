//! From an endpoint to a connection on which callers may speak.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use mc_proto::Protocol;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

#[cfg(all(test, shuttle))]
use super::link::model::dial;
use super::runtime::timeout;
use super::stream::Socket;
use crate::connect::{self, Endpoint, Fallback, Handshake, SocketOptions, Unready};
use crate::error::Error;
#[cfg(feature = "tls")]
use crate::tls;

/// A connection on which everything is said that comes before the callers' requests, and what they are to speak.
/// All of it is done within the connect timeout.
pub(super) async fn establish(
    endpoint: &Endpoint,
    wary: bool,
) -> Result<(Socket, Protocol), Error> {
    endpoint.may_connect(Instant::now())?;
    let established = attempts(endpoint, wary).await;
    established.inspect_err(|error| endpoint.failed(error, Instant::now()))
}

/// One connection, or two if the server turns out to be one that has to be spoken to in text.
async fn attempts(endpoint: &Endpoint, wary: bool) -> Result<(Socket, Protocol), Error> {
    let deadline = Instant::now() + endpoint.timeout;
    let mut fallback = None;
    loop {
        let socket = open(endpoint, deadline).await?;
        let mut socket = secure(endpoint, socket, left(deadline)).await?;
        let mut handshake = endpoint.handshake(fallback, wary)?;
        match greet(&mut socket, &mut handshake, left(deadline)).await? {
            None => {
                endpoint.ready(fallback);
                return Ok((socket, handshake.protocol()));
            }
            other => fallback = other,
        }
    }
}

/// Opens the socket; a host name is resolved anew each time, as far as the resolver answers.
async fn open(endpoint: &Endpoint, deadline: Instant) -> Result<Socket, Error> {
    let opened = timeout(left(deadline), dial(endpoint, deadline)).await;
    let opened = opened.unwrap_or_else(|_| Err(endpoint.too_slow()));
    opened.map_err(|cause| endpoint.unreachable(cause))
}

#[cfg(not(all(test, shuttle)))]
async fn dial(endpoint: &Endpoint, deadline: Instant) -> io::Result<Socket> {
    use mc_behaviors::Transport;
    let address = &endpoint.address;
    match address.transport {
        Transport::Tcp => {
            let addresses = resolve(endpoint, left(deadline)).await?;
            let stream = first(addresses, left(deadline), endpoint.options).await?;
            Ok(Box::new(stream))
        }
        #[cfg(unix)]
        Transport::Unix => Ok(Box::new(
            tokio::net::UnixStream::connect(&address.host).await?,
        )),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// The addresses of the endpoint's host.
pub(super) async fn resolve(endpoint: &Endpoint, left: Duration) -> io::Result<Vec<SocketAddr>> {
    let (address, patience) = (&endpoint.address, endpoint.addresses.patience(left));
    let answer = tokio::net::lookup_host((&*address.host, address.port));
    let answer = timeout(patience, answer).await;
    let answer = answer.unwrap_or_else(|_| Err(connect::no_answer(patience)));
    endpoint.addresses.resolved(answer)
}

/// Tries every address of a host, in the resolver's order; the last error if none accepts.
///
/// Each has its share of the time: one that swallows every packet must not use up that of the next.
async fn first(
    addresses: Vec<SocketAddr>,
    left: Duration,
    options: SocketOptions,
) -> io::Result<TcpStream> {
    let mut failure = connect::no_address();
    let share = left / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    for address in addresses {
        match timeout(share, tcp(address, options)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => failure = error,
            Err(_) => failure = connect::too_slow(address, share),
        }
    }
    Err(failure)
}

/// The options come first: what a peer may send at once follows from the size of the buffers when the connection is
/// made. After that a small one is overrun, and the peer sends the rest anew, a few kilobytes five times a second.
async fn tcp(address: SocketAddr, options: SocketOptions) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    options.apply(SockRef::from(&socket))?;
    socket.connect(address).await
}

/// Secures the connection, if it is to be.
#[cfg(feature = "tls")]
async fn secure(endpoint: &Endpoint, socket: Socket, left: Duration) -> Result<Socket, Error> {
    let Some((config, name)) = endpoint.tls()? else {
        return Ok(socket);
    };
    let secured = tokio_rustls::TlsConnector::from(config).connect(name, socket);
    match timeout(left, secured).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(error)) => Err(tls::failed(&endpoint.name, error)),
        Err(_) => Err(tls::silent(&endpoint.name, left)),
    }
}

#[cfg(not(feature = "tls"))]
async fn secure(_: &Endpoint, socket: Socket, _: Duration) -> Result<Socket, Error> {
    Ok(socket)
}

/// Says what comes first; `Some` if that must be tried otherwise on another connection.
async fn greet(
    socket: &mut Socket,
    handshake: &mut Handshake,
    left: Duration,
) -> Result<Option<Fallback>, Error> {
    let patience = handshake.patience(left);
    let said = timeout(patience, say(socket, handshake)).await;
    match said.unwrap_or(Err(Unready::Silent(patience))) {
        Ok(()) => Ok(None),
        Err(lost) => handshake.lost(lost).map(Some),
    }
}

async fn say(stream: &mut Socket, handshake: &mut Handshake) -> Result<(), Unready> {
    let mut input = BytesMut::new();
    while let Some(mut outgoing) = handshake.next()? {
        stream.write_all_buf(&mut outgoing).await?;
        stream.flush().await?;
        while !handshake.received(&mut input)? {
            if stream.read_buf(&mut input).await? == 0 {
                return Err(Unready::HungUp);
            }
        }
    }
    Ok(())
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

#[cfg(test)]
mod tests {
    use mc_behaviors::Behaviors;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_address_that_swallows_packets_leaves_time_for_the_next() {
        let full = TcpSocket::new_v4().unwrap();
        full.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let full = full.listen(1).unwrap();
        let swallowing = full.local_addr().unwrap();
        // Connects that nobody accepts, until the kernel drops the next.
        let mut waiting = Vec::new();
        let soon = Duration::from_millis(100);
        while let Ok(stream) = timeout(soon, TcpStream::connect(swallowing)).await {
            waiting.push(stream.unwrap());
        }
        let next = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let next = next.local_addr().unwrap();

        let (whole, options) = (
            Duration::from_millis(200),
            SocketOptions::from(&Behaviors::default()),
        );
        let opened = timeout(whole, first(vec![swallowing, next], whole, options));
        assert_eq!(opened.await.unwrap().unwrap().peer_addr().unwrap(), next);
    }
}
