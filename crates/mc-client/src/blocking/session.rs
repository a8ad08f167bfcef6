//! One open connection: a socket, the state of the protocol, and the bytes between them.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Buf, BytesMut};
use forkguard::Guard;
use mc_proto::{Answer, Connection, Limits, Protocol, ProtocolError, Received, Sent};
use rustix::event::{PollFd, PollFlags};

use super::channel::Channel;
use crate::lost::Lost;
use crate::metrics::Meter;
use crate::reading;

/// The protocol's state.
pub(super) type Core = Connection<Tag>;

/// Whose a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// The call's that has the connection: its place in the call's list.
    Asked(usize),
    /// A call's of before, which did not wait for the answer.
    Buffered,
}

/// A buffer that has grown beyond this is not kept from one call to the next.
const MOST_KEPT: usize = 64 << 10;

/// An open connection, owned by one call at a time.
pub(super) struct Session {
    pub(super) core: Core,
    channel: Channel,
    /// How many bytes the socket has taken in all.
    written: u64,
    /// Since when it takes nothing of what it is given.
    pub(super) stalled: Option<Instant>,
    /// What was received and not yet read.
    input: BytesMut,
    /// Tells whether it is a child of the process that it belongs to that looks.
    process: Guard,
    /// Where small replies are received: safe code cannot receive into memory that nothing was written to.
    landing: Box<[u8]>,
    /// Whether any request was answered on it.
    pub(super) answered: bool,
    meter: Arc<Meter>,
}

impl Session {
    pub(super) fn new(
        channel: Channel,
        protocol: Protocol,
        limits: Limits,
        meter: Arc<Meter>,
        process: Guard,
    ) -> Self {
        meter.connected();
        Self {
            core: Connection::new(protocol, limits),
            channel,
            written: 0,
            stalled: None,
            input: BytesMut::new(),
            process,
            landing: vec![0; reading::ROOM].into(),
            answered: false,
            meter,
        }
    }

    /// Whether there are bytes that the socket has not taken yet.
    pub(super) fn has_unsent(&self) -> bool {
        self.core.queued() > 0 || self.channel.has_unsent()
    }

    /// Sends what the socket takes now.
    pub(super) fn send(&mut self) -> io::Result<()> {
        while self.has_unsent() {
            let outgoing = self.core.outgoing();
            let sent = match self.channel.send(outgoing) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stalled.get_or_insert_with(Instant::now);
                    return Ok(());
                }
                sent => sent?,
            };
            self.stalled = None;
            outgoing.advance(sent);
            self.written += sent as u64;
            self.meter.wrote(sent);
        }
        Ok(())
    }

    /// Receives what is there; whether anything was.
    pub(super) fn receive(&mut self) -> Result<bool, Lost> {
        let mut any = false;
        while self.receive_by(Channel::receive)? {
            any = true;
            if !self.channel.has_received() {
                break;
            }
        }
        Ok(any)
    }

    /// Receives what comes from `now` until the deadline; whether anything did.
    pub(super) fn await_more(&mut self, now: Instant, deadline: Instant) -> Result<bool, Lost> {
        self.receive_by(|channel, into| channel.await_more(into, now, deadline))
    }

    fn receive_by(
        &mut self,
        receive: impl FnOnce(&mut Channel, &mut [u8]) -> io::Result<usize>,
    ) -> Result<bool, Lost> {
        let (held, wanted) = (self.input.len(), self.core.wanted());
        let received = if wanted > self.landing.len() {
            self.input.resize(held + reading::room(wanted, held), 0);
            let received = receive(&mut self.channel, &mut self.input[held..]);
            self.input.truncate(held + *received.as_ref().unwrap_or(&0));
            received
        } else {
            let received = receive(&mut self.channel, &mut self.landing);
            let landed = &self.landing[..*received.as_ref().unwrap_or(&0)];
            self.input.extend_from_slice(landed);
            received
        };
        match received {
            Ok(0) => Err(Lost::Closed),
            Ok(bytes) => {
                self.meter.read(bytes);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(Lost::Io(error)),
        }
    }

    /// The next complete reply, and whose it is.
    ///
    /// # Errors
    /// The connection must not go on: for what has come, or for the last reply.
    pub(super) fn answer(&mut self) -> Result<Option<Answer<Tag>>, Lost> {
        loop {
            return match self.core.receive(&mut self.input) {
                Ok(None) => Ok(None),
                // No stream is asked for, so that there are no rows.
                Ok(Some(Received::Begun { .. } | Received::Row { .. })) => continue,
                Ok(Some(Received::Answer(answer))) => {
                    self.answered = true;
                    Ok(Some(answer))
                }
                Err(ProtocolError::GivenUp) => Err(Lost::Refused),
                Err(error) => Err(Lost::Protocol(error)),
            };
        }
    }

    /// Whether bytes were received that have not been read yet.
    pub(super) fn has_received(&self) -> bool {
        !self.input.is_empty()
    }

    /// The end: each request that has no answer, with what the server may have seen of it.
    pub(super) fn close(mut self: Box<Self>) -> Vec<(Tag, Sent)> {
        self.core.closed(self.written).collect()
    }

    /// Whether the next call may use it: everything was sent and answered, and no byte is left over.
    pub(super) fn is_clean(&self) -> bool {
        self.core.is_clean() && !self.has_received()
    }

    /// Whether this process has opened it: a child that was forked since must leave it to its parent, who goes on to
    /// speak over the same socket. Dropped, it is closed, which the parent's does not notice.
    pub(super) fn is_ours(&mut self) -> bool {
        !self.process.detected_fork()
    }

    /// Whether the server has said nothing since, not even that it has closed the connection.
    pub(super) fn is_quiet(&mut self) -> bool {
        matches!(self.receive(), Ok(false))
    }

    /// Gives back the memory that a large value has taken.
    pub(super) fn shrink(&mut self) {
        if self.input.capacity() > MOST_KEPT {
            self.input = BytesMut::new();
        }
    }

    /// An entry for [`wait`](super::stream::wait).
    pub(super) fn waited_for(&self) -> PollFd<'_> {
        let sending = if self.has_unsent() {
            PollFlags::OUT
        } else {
            PollFlags::empty()
        };
        self.channel.waited_for(PollFlags::IN | sending)
    }
}
