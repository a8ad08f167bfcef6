//! Requests over UDP: each a task of its own, with a socket of its own.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use mc_proto::Reply;
use tokio::net::UdpSocket;

use super::bounds::WhenFull;
use super::connect::resolve;
use super::link::{Shared, runtime};
use super::runtime::{timeout, timeout_at};
use super::ticket::Ticket;
use super::waiters::Answer;
use crate::cluster::Report;
use crate::connect::{Datagram, MOST_DATAGRAM, no_address, report};
use crate::error::{Error, ErrorKind, Outcome, Stage};

/// What becomes of a request, told to the cluster when it is over, however that comes.
struct Reporting {
    shared: Arc<Shared>,
    report: Report,
}

impl Reporting {
    fn end(mut self, report: Report) {
        self.report = report;
    }
}

impl Drop for Reporting {
    fn drop(&mut self) {
        self.shared.report(self.report);
    }
}

/// Sends a request by a task of its own; the future of its reply. Dropped early, it ends the task.
pub(super) fn ask(
    shared: &Arc<Shared>,
    mut datagram: Datagram,
    deadline: Instant,
) -> Result<Ticket, Error> {
    runtime()?;
    if shared.when_full == WhenFull::Fail && shared.datagrams.available_permits() == 0 {
        return Err(too_many(shared));
    }
    shared.meter().asked();
    let since = Instant::now();
    let reporting = Reporting {
        shared: Arc::clone(shared),
        report: Report::NotSent,
    };
    let answering = async move {
        let shared = Arc::clone(&reporting.shared);
        let answer = converse(&shared, &mut datagram, deadline).await;
        count(&shared, &answer, since);
        reporting.end(report(&answer));
        answer
    };
    Ok(Ticket::by_datagram(
        Arc::clone(shared),
        tokio::spawn(answering),
    ))
}

/// Sends a request that has no reply, by a task of its own.
///
/// # Errors
/// Too many are under way.
pub(super) fn post(shared: &Arc<Shared>, mut datagram: Datagram) -> Result<(), Error> {
    let turn = Arc::clone(&shared.datagrams).try_acquire_owned();
    let turn = turn.map_err(|_| too_many(shared))?;
    shared.meter().asked();
    let shared = Arc::clone(shared);
    runtime()?.spawn(async move {
        let _turn = turn;
        let sent = async { socket(&shared).await?.send(datagram.sending()).await };
        // Nobody asked how it went.
        let _ = timeout(shared.endpoint.timeout, sent).await;
    });
    Ok(())
}

fn too_many(shared: &Shared) -> Error {
    let message = "the queue is full: no more requests may be under way over UDP; ask less at once, \
                   or raise max_in_flight if it is below 256";
    Error::caller(ErrorKind::Overloaded, message).at(shared.name())
}

async fn converse(shared: &Shared, datagram: &mut Datagram, deadline: Instant) -> Answer {
    let turn = timeout_at(deadline.into(), shared.datagrams.acquire()).await;
    // At the deadline, those who were under way give their turns back.
    let Some(_turn) = turn.ok().filter(|_| Instant::now() < deadline) else {
        return Err(Error::timeout(Stage::Queue, Outcome::NotSent).at(shared.name()));
    };
    match timeout_at(deadline.into(), exchange(shared, datagram)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(cause)) => Err(datagram.unreachable(cause)),
        Err(_) => Err(datagram.expired()),
    }
}

async fn exchange(shared: &Shared, datagram: &mut Datagram) -> io::Result<Result<Reply, Error>> {
    let socket = socket(shared).await?;
    socket.send(datagram.sending()).await?;
    let mut room = vec![0; MOST_DATAGRAM];
    loop {
        let received = socket.recv(&mut room).await?;
        if let Some(answer) = datagram.received(&room[..received]) {
            return Ok(answer);
        }
    }
}

/// A socket that only the server can send to.
async fn socket(shared: &Shared) -> io::Result<UdpSocket> {
    let endpoint = &shared.endpoint;
    let addresses = resolve(endpoint, endpoint.timeout).await?;
    let address = addresses.first().ok_or_else(no_address)?;
    let socket = endpoint.options.datagrams(*address)?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}

fn count(shared: &Shared, answer: &Answer, since: Instant) {
    match answer {
        Ok(reply) => shared.meter().answered(reply, since, Instant::now()),
        Err(error) => shared.meter().unanswered(1, error),
    }
}
