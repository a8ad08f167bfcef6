//! From an endpoint to a connection on which callers may speak.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};
use mc_behaviors::Transport;
use mc_proto::{Outgoing, Protocol};
use rustix::event::PollFlags;
use rustix::net::RecvFlags;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};

use super::channel::Channel;
#[cfg(feature = "tls")]
use super::secured::Secured;
use super::stream::{self, Stream};
use crate::connect::{self, Endpoint, Fallback, Handshake, SocketOptions, Unready};
use crate::error::Error;
#[cfg(feature = "tls")]
use crate::tls;

/// The room for an answer to what is said first.
const ROOM: usize = 4 << 10;

/// A connection on which everything is said that comes before the callers' requests, and what they are to speak.
/// All of it is done until `deadline`, but for the resolving of a host name: how long that takes is up to the
/// system's resolver.
pub(super) fn establish(
    endpoint: &Endpoint,
    deadline: Instant,
    wary: bool,
) -> Result<(Channel, Protocol), Error> {
    endpoint.may_connect(Instant::now())?;
    let established = attempts(endpoint, deadline, wary);
    established.inspect_err(|error| endpoint.failed(error, Instant::now()))
}

/// One connection, or two if the server turns out to be one that has to be spoken to in text.
fn attempts(
    endpoint: &Endpoint,
    deadline: Instant,
    wary: bool,
) -> Result<(Channel, Protocol), Error> {
    let mut fallback = None;
    loop {
        let mut channel = secure(endpoint, open(endpoint, deadline)?, deadline)?;
        let mut handshake = endpoint.handshake(fallback, wary)?;
        match greet(&mut channel, &mut handshake, deadline)? {
            None => {
                endpoint.ready(fallback);
                return Ok((channel, handshake.protocol()));
            }
            other => fallback = other,
        }
    }
}

/// Opens the socket; a host name is resolved anew each time, as far as the resolver answers.
fn open(endpoint: &Endpoint, deadline: Instant) -> Result<Stream, Error> {
    let opened = dial(endpoint, deadline).map_err(|cause| {
        let is_late = cause.kind() == io::ErrorKind::TimedOut && Instant::now() >= deadline;
        endpoint.unreachable(if is_late { endpoint.too_slow() } else { cause })
    });
    opened.map(Stream::new)
}

fn dial(endpoint: &Endpoint, deadline: Instant) -> io::Result<Socket> {
    let address = &endpoint.address;
    match address.transport {
        Transport::Tcp => first(&resolve(endpoint)?, endpoint.options, deadline),
        Transport::Unix => unix(&address.host, deadline),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// The addresses of the endpoint's host.
pub(super) fn resolve(endpoint: &Endpoint) -> io::Result<Vec<SocketAddr>> {
    let address = &endpoint.address;
    let answer = (&*address.host, address.port).to_socket_addrs();
    endpoint.addresses.resolved(answer)
}

/// Tries every address of a host, in the resolver's order; the last error if none accepts.
///
/// Each has its share of the time: one that swallows every packet must not use up that of the next.
fn first(
    addresses: &[SocketAddr],
    options: SocketOptions,
    deadline: Instant,
) -> io::Result<Socket> {
    let mut failure = connect::no_address();
    for (tried, address) in addresses.iter().enumerate() {
        let share = share(deadline, addresses.len() - tried)?;
        match tcp(*address, options, share) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                failure = connect::too_slow(*address, share);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// The time for the next of so many addresses.
fn share(deadline: Instant, addresses: usize) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    let share = left / u32::try_from(addresses).unwrap_or(u32::MAX);
    if share.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(share)
}

fn tcp(address: SocketAddr, options: SocketOptions, within: Duration) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    options.apply(SockRef::from(&socket))?;
    socket.connect_timeout(&address.into(), within)?;
    Ok(socket)
}

/// A server whose queue of connections is full lets us wait as long as sending may take.
fn unix(path: &str, deadline: Instant) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_write_timeout(Some(share(deadline, 1)?))?;
    match socket.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            Err(io::ErrorKind::TimedOut.into())
        }
        connected => connected.map(|()| socket),
    }
}

/// Secures the connection, if it is to be.
#[cfg(feature = "tls")]
fn secure(endpoint: &Endpoint, stream: Stream, deadline: Instant) -> Result<Channel, Error> {
    let Some(settings) = endpoint.tls()? else {
        return Ok(Channel::Plain(stream));
    };
    let begun = Instant::now();
    match Secured::new(stream, settings, deadline) {
        Ok(secured) => Ok(Channel::Secured(Box::new(secured))),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            let waited = deadline.saturating_duration_since(begun);
            Err(tls::silent(&endpoint.name, waited))
        }
        Err(error) => Err(tls::failed(&endpoint.name, error)),
    }
}

#[cfg(not(feature = "tls"))]
fn secure(_: &Endpoint, stream: Stream, _: Instant) -> Result<Channel, Error> {
    Ok(Channel::Plain(stream))
}

/// Says what comes first; `Some` if that must be tried otherwise on another connection.
fn greet(
    channel: &mut Channel,
    handshake: &mut Handshake,
    deadline: Instant,
) -> Result<Option<Fallback>, Error> {
    let now = Instant::now();
    let patience = handshake.patience(deadline.saturating_duration_since(now));
    match say(channel, handshake, now + patience) {
        Ok(()) => Ok(None),
        Err(Unready::Broke(error)) if error.kind() == io::ErrorKind::WouldBlock => {
            handshake.lost(Unready::Silent(patience)).map(Some)
        }
        Err(lost) => handshake.lost(lost).map(Some),
    }
}

fn say(channel: &mut Channel, handshake: &mut Handshake, until: Instant) -> Result<(), Unready> {
    let (mut input, mut landing) = (BytesMut::new(), [0; ROOM]);
    while let Some(outgoing) = handshake.next()? {
        send(channel, outgoing, until)?;
        while !handshake.received(&mut input)? {
            match channel.await_more(&mut landing[..], RecvFlags::empty(), Instant::now(), until)? {
                0 => return Err(Unready::HungUp),
                received => input.extend_from_slice(&landing[..received]),
            }
        }
    }
    Ok(())
}

/// Sends everything; what comes meanwhile waits.
///
/// # Errors
/// [`WouldBlock`](io::ErrorKind::WouldBlock) if the socket does not take it until then.
pub(super) fn send(
    channel: &mut Channel,
    mut outgoing: Outgoing,
    until: Instant,
) -> io::Result<()> {
    while outgoing.has_remaining() || channel.has_unsent() {
        match channel.send(&outgoing) {
            Ok(sent) => outgoing.advance(sent),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if !stream::wait(&mut [channel.waited_for(PollFlags::OUT)], until)? {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
