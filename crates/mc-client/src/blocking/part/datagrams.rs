//! A part whose requests are datagrams: each with a socket of its own, and many under way at once.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use mc_proto::{Protocol, Reply, Request};
use rustix::event::{PollFd, PollFlags};
use rustix::io::retry_on_intr;
use rustix::net::{RecvFlags, recv};

use super::Part;
use crate::blocking::link::Link;
use crate::blocking::requests::Requests;
use crate::blocking::stream;
use crate::cluster::Report;
use crate::connect::{Datagram, MOST_DATAGRAM, MOST_SOCKETS, report};
use crate::error::{Error, Outcome, Stage};

/// A request that was sent.
struct Asked {
    /// Its place in the call's list.
    at: usize,
    datagram: Datagram,
    /// Only the server can send to it.
    socket: UdpSocket,
    since: Instant,
}

impl<R: Requests> Part<'_, R> {
    /// Sends each request as a datagram, and takes the answers in whatever order they come: a lost one holds up no other.
    pub(in crate::blocking) fn ask_each(&mut self, deadline: Instant) {
        let server = match self.node.link.address() {
            Ok(server) => server,
            Err(error) => {
                self.report(Report::Failed);
                return self.refuse(&error);
            }
        };
        let (mut asked, mut room) = (Vec::new(), vec![0; MOST_DATAGRAM]);
        while Instant::now() < deadline {
            self.send_datagrams(server, &mut asked);
            if asked.is_empty() {
                return;
            }
            self.receive_datagrams(&mut asked, &mut room, deadline);
        }
        for mut late in asked {
            let error = late.datagram.expired();
            self.told(late.at, late.since, Err(error));
        }
        let stage = match self.begun {
            0 => Stage::Connect,
            _ => Stage::Queue,
        };
        self.refuse(&Error::timeout(stage, Outcome::NotSent).at(&self.node.name));
    }

    /// Sends as many as may be under way.
    fn send_datagrams(&mut self, server: SocketAddr, asked: &mut Vec<Asked>) {
        let (awaited, link) = (self.requests.unawaited().is_none(), &self.node.link);
        while asked.len() < MOST_SOCKETS && self.begun < self.requests.len() {
            let (at, since, mut sent) = (self.begun, Instant::now(), None);
            self.begun += 1;
            let queued = self.requests.queue(at, Protocol::Text, |request| {
                link.seat.meter.asked();
                let (datagram, socket) = send(link, server, request, awaited)?;
                sent = awaited.then_some(Asked {
                    at,
                    datagram,
                    socket,
                    since,
                });
                Ok(())
            });
            match (queued, sent) {
                (Ok(()), Some(sent)) => asked.push(sent),
                (Ok(()), None) => {
                    self.report(Report::NotSent);
                    self.requests.answered(at, Ok(None));
                }
                (Err(error), _) => self.told(at, since, Err(error)),
            }
        }
    }

    /// Waits until an answer comes, or the deadline, and takes what is there.
    fn receive_datagrams(&mut self, asked: &mut Vec<Asked>, room: &mut [u8], deadline: Instant) {
        let mut sockets = Vec::from_iter(asked.iter().map(Asked::waited_for));
        let waited = stream::wait(&mut sockets, deadline);
        let came = Vec::from_iter(sockets.iter().map(|socket| !socket.revents().is_empty()));
        let mut came = came.into_iter();
        asked.retain_mut(|asked| {
            let answer = match &waited {
                Ok(_) if came.next() == Some(true) => asked.receive(room),
                Ok(_) => None,
                Err(broken) => Some(Err(asked.datagram.unreachable(broken.kind().into()))),
            };
            let Some(answer) = answer else {
                return true;
            };
            self.told(asked.at, asked.since, answer);
            false
        });
    }

    /// Takes what came of a request, and counts it.
    fn told(&mut self, at: usize, since: Instant, answer: Result<Reply, Error>) {
        match &answer {
            Ok(reply) => self.meter().answered(reply, since, Instant::now()),
            Err(error) => self.meter().unanswered(1, error),
        }
        self.report(report(&answer));
        self.requests.answered(at, answer.map(Some));
    }
}

impl Asked {
    /// An entry for [`wait`](stream::wait).
    fn waited_for(&self) -> PollFd<'_> {
        PollFd::new(&self.socket, PollFlags::IN)
    }

    /// Takes the datagrams that are there; the answer, when it is whole.
    fn receive(&mut self, room: &mut [u8]) -> Option<Result<Reply, Error>> {
        loop {
            let received = retry_on_intr(|| recv(&self.socket, &mut *room, RecvFlags::DONTWAIT));
            let answer = match received {
                Ok((received, _)) => self.datagram.received(&room[..received]),
                Err(rustix::io::Errno::AGAIN) => return None,
                Err(cause) => Some(Err(self.datagram.unreachable(cause.into()))),
            };
            if answer.is_some() {
                return answer;
            }
        }
    }
}

/// Sends a request by a socket of its own.
fn send(
    link: &Link,
    server: SocketAddr,
    request: &Request<'_>,
    awaited: bool,
) -> Result<(Datagram, UdpSocket), Error> {
    let mut datagram = link.datagram(request, awaited)?;
    let sent = link
        .endpoint()
        .options
        .datagrams(server)
        .and_then(|socket| {
            socket.send(datagram.sending())?;
            Ok(socket)
        });
    let socket = sent.map_err(|cause| datagram.unreachable(cause))?;
    Ok((datagram, socket))
}
