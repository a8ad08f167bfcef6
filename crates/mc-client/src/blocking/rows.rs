//! A call whose answer is rows: a connection to each server for itself, read as the rows are asked for.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};

use super::channel::Channel;
use super::client::Client;
use super::connect;
use super::link::Link;
use super::stream;
use crate::call::{Next, Tail};
use crate::command::{Call, Streamed, asked};
use crate::error::Error;
use crate::lost::Lost;
use crate::reading;

/// The blocking shell, for a command whose answer is rows.
#[derive(Debug, Clone, Copy)]
pub struct ToRows<'c>(pub(super) &'c Client);

/// The rows of all servers that were asked, as they come: an iterator.
///
/// Each server has a connection for it alone, from which no more is read than is asked for; dropping the rows closes
/// them all. A server that fails is one error among the rows, and its last; the others go on.
pub struct Rows<T> {
    reading: VecDeque<Reading<T>>,
    /// The errors of servers that have ended, not told yet.
    failed: VecDeque<Error>,
    /// How long all servers may say nothing, unless they may for ever.
    patience: Option<Duration>,
}

impl<C: Streamed<Row: Send> + Sync> Call<ToRows<'_>, C> {
    /// Connects to all servers at once, each in a thread of its own if there are many, and sends them the request.
    pub fn call(self) -> Rows<C::Row> {
        let Self {
            shell: ToRows(client),
            mut command,
            deadline: within,
        } = self;
        let snapshot = client.cluster().snapshot();
        let now = Instant::now();
        let deadline = snapshot.deadline(now, within);
        let mut rows = Rows {
            reading: VecDeque::new(),
            failed: VecDeque::new(),
            patience: (!C::WATCHES).then_some(deadline - now),
        };
        let only = command.only().take();
        let names = snapshot.nodes.iter().map(|node| &*node.name);
        match asked(only.as_deref(), names) {
            Ok(asked) => {
                let links = asked.iter().map(|at| &snapshot.nodes[*at].link);
                let begin = |link: &Link| Reading::begin(&command, link, deadline);
                for begun in at_once(links.collect(), begin) {
                    match begun {
                        Ok(reading) => rows.reading.push_back(reading),
                        Err(error) => rows.failed.push_back(error),
                    }
                }
            }
            Err(error) => rows.failed.push_back(error),
        }
        rows
    }
}

/// What `begin` makes of each link. Resolving and connecting block, and one server that is silent must not use up
/// the time of the others.
fn at_once<T: Send>(links: Vec<&Link>, begin: impl Fn(&Link) -> T + Sync) -> Vec<T> {
    if let [only] = links[..] {
        return vec![begin(only)];
    }
    thread::scope(|scope| {
        let begin = &begin;
        let spawn = |link| {
            let spawned = thread::Builder::new().spawn_scoped(scope, move || begin(link));
            // What the system has no thread for is begun below.
            spawned.map_err(|_| link)
        };
        let threads: Vec<_> = links.into_iter().map(spawn).collect();
        let begun = threads.into_iter().map(|thread| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(link) => begin(link),
        });
        begun.collect()
    })
}

impl<T> Iterator for Rows<T> {
    type Item = Result<T, Error>;

    /// The next row, or the error that ends a server's; `None` when every server has ended.
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.next_received() {
                return Some(Ok(row));
            }
            if let Some(error) = self.failed.pop_front() {
                return Some(Err(error));
            }
            if self.reading.is_empty() {
                return None;
            }
            self.receive();
        }
    }
}

impl<T> Rows<T> {
    /// A row that has been received; the servers take turns.
    fn next_received(&mut self) -> Option<T> {
        for _ in 0..self.reading.len() {
            let mut reading = self.reading.pop_front()?;
            match reading.next() {
                Ok(Next::Row(row)) => {
                    self.reading.push_back(reading);
                    return Some(row);
                }
                Ok(Next::Begun | Next::More) => self.reading.push_back(reading),
                Ok(Next::Over) => {}
                Err(error) => self.failed.push_back(error),
            }
        }
        None
    }

    /// Waits until some server has sent something, and receives that. Those that fail are no longer read.
    fn receive(&mut self) {
        let streams = self.reading.iter();
        let mut streams: Vec<_> = streams
            .map(|reading| reading.channel.waited_for(PollFlags::IN))
            .collect();
        let waited = match self.patience {
            Some(patience) => stream::wait(&mut streams, Instant::now() + patience),
            None => stream::wait_for_ever(&mut streams).map(|()| true),
        };
        let came: Vec<_> = streams.iter().map(PollFd::revents).collect();
        let reading = std::mem::take(&mut self.reading);
        for (mut reading, came) in reading.into_iter().zip(came) {
            let received = match &waited {
                Ok(true) if came.is_empty() => Ok(()),
                Ok(true) => reading.receive(),
                Ok(false) => Err(reading.tail.silent()),
                Err(broken) => Err(reading.tail.lost(Lost::Io(broken.kind().into()))),
            };
            match received {
                Ok(()) => self.reading.push_back(reading),
                Err(error) => self.failed.push_back(error),
            }
        }
    }
}

impl<T> fmt::Debug for Rows<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

/// One server's rows, while they are read.
struct Reading<R> {
    channel: Channel,
    tail: Tail<R>,
}

impl<R> Reading<R> {
    fn begin<C>(command: &C, link: &Link, deadline: Instant) -> Result<Self, Error>
    where
        C: Streamed<Row = R>,
    {
        let endpoint = link.endpoint();
        endpoint.check_connections(command.request().name())?;
        let until = deadline.min(Instant::now() + endpoint.timeout);
        let (channel, protocol) = connect::establish(endpoint, until, false)?;
        let (tail, outgoing) = Tail::begin(command, &endpoint.name, protocol, link.limits())?;
        let mut reading = Self { channel, tail };
        let sent = connect::send(&mut reading.channel, outgoing, deadline);
        sent.map_err(|error| reading.lost(error))?;
        while C::WATCHES && !matches!(reading.next()?, Next::Begun) {
            let waited_for = reading.channel.waited_for(PollFlags::IN);
            match stream::wait(&mut [waited_for], deadline) {
                Ok(true) => reading.receive()?,
                Ok(false) => return Err(reading.tail.silent()),
                Err(error) => return Err(reading.lost(error)),
            }
        }
        Ok(reading)
    }

    fn next(&mut self) -> Result<Next<R>, Error> {
        self.tail.next()
    }

    /// Receives what is there.
    fn receive(&mut self) -> Result<(), Error> {
        loop {
            let held = self.tail.input.len();
            self.tail.input.resize(held + reading::ROOM, 0);
            let received = self.channel.receive(&mut self.tail.input[held..]);
            let count = *received.as_ref().unwrap_or(&0);
            self.tail.input.truncate(held + count);
            match received {
                Ok(0) => return Err(self.tail.lost(Lost::Closed)),
                Ok(_) if self.channel.has_received() => {}
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(self.lost(error)),
            }
        }
    }

    /// Why a server is given up that has said nothing, or not taken the request, for too long.
    fn lost(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::WouldBlock => self.tail.silent(),
            _ => self.tail.lost(Lost::Io(error)),
        }
    }
}
