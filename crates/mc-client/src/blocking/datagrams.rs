//! Requests over UDP: each with a socket of its own.

use std::io;
use std::net::UdpSocket;
use std::time::Instant;

use mc_proto::{Limits, Reply, Request};

use super::connect::resolve;
use crate::connect::{Datagram, Endpoint, MOST_DATAGRAM, no_address};
use crate::error::Error;

/// Sends a request and waits for its reply, if that is `awaited`.
pub(super) fn ask(
    endpoint: &Endpoint,
    limits: Limits,
    request: &Request<'_>,
    awaited: bool,
    deadline: Instant,
) -> Result<Option<Reply>, Error> {
    let mut datagram = endpoint.datagram(request, limits, awaited)?;
    let told = exchange(endpoint, &mut datagram, awaited, deadline);
    told.unwrap_or_else(|cause| match cause.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Err(datagram.expired()),
        _ => Err(datagram.unreachable(cause)),
    })
}

fn exchange(
    endpoint: &Endpoint,
    datagram: &mut Datagram,
    awaited: bool,
    deadline: Instant,
) -> io::Result<Result<Option<Reply>, Error>> {
    let socket = socket(endpoint)?;
    limit(&socket, deadline)?;
    socket.send(datagram.sending())?;
    if !awaited {
        return Ok(Ok(None));
    }
    let mut room = vec![0; MOST_DATAGRAM];
    loop {
        limit(&socket, deadline)?;
        let received = match socket.recv(&mut room) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            received => received?,
        };
        if let Some(answer) = datagram.received(&room[..received]) {
            return Ok(answer.map(Some));
        }
    }
}

/// A socket that only the server can send to.
fn socket(endpoint: &Endpoint) -> io::Result<UdpSocket> {
    let addresses = resolve(endpoint)?;
    let address = addresses.first().ok_or_else(no_address)?;
    endpoint.options.datagrams(*address)
}

/// Lets the next call wait until the deadline.
fn limit(socket: &UdpSocket, deadline: Instant) -> io::Result<()> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    socket.set_read_timeout(Some(left))
}
