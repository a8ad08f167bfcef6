//! One open connection: a socket, the state of the protocol, and the bytes between them.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Buf, Bytes, BytesMut};
use forkguard::Guard;
use mc_proto::{
    Answer, Connection, Limits, Protocol, ProtocolError, Received, Request, SendError, Sent,
};
use rustix::event::{PollFd, PollFlags};
use rustix::net::RecvFlags;

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

/// A value that is not copied into what is queued.
#[derive(Default)]
struct Apart {
    /// How many of its last bytes are not sent.
    value: usize,
    /// What comes behind it.
    end: &'static [u8],
}

impl Apart {
    fn is_some(&self) -> bool {
        self.value > 0 || !self.end.is_empty()
    }
}

/// An open connection, owned by one call at a time.
pub(super) struct Session {
    pub(super) core: Core,
    channel: Channel,
    /// What is to be sent behind what is queued.
    apart: Apart,
    /// How many bytes the socket has taken in all.
    written: u64,
    /// Since when it takes nothing of what it is given.
    pub(super) stalled: Option<Instant>,
    /// What was received and not yet read.
    input: BytesMut,
    /// Tells whether it is a child of the process that it belongs to that looks.
    process: Guard,
    /// Where small replies are received: the room of a large value would be one for each.
    landing: Vec<u8>,
    /// Where a large value is received, if a call lends it; empty.
    pub(super) room: Vec<u8>,
    /// The most that `input` has held at once: what the server has sent before, it may be believed to send again.
    most: usize,
    /// Whether `input` has grown for a large value.
    is_large: bool,
    /// Whether it had for the call before.
    was_large: bool,
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
            apart: Apart::default(),
            written: 0,
            stalled: None,
            input: BytesMut::with_capacity(reading::FRONT),
            process,
            landing: Vec::with_capacity(reading::ROOM),
            room: Vec::new(),
            most: 0,
            is_large: false,
            was_large: false,
            answered: false,
            meter,
        }
    }

    /// Whether there are bytes that the socket has not taken yet.
    pub(super) fn has_unsent(&self) -> bool {
        self.core.queued() > 0 || self.apart.is_some() || self.channel.has_unsent()
    }

    /// Queues a request.
    #[inline]
    pub(super) fn push(&mut self, request: &Request<'_>, tag: Tag) -> Result<(), SendError> {
        let pushed = self.core.push(request, tag);
        pushed.map(drop).map_err(|(error, _)| error)
    }

    /// Queues a request whose value stays with the caller, to be [lent](Self::send) until it is sent.
    pub(super) fn push_apart(
        &mut self,
        request: &Request<'_>,
        value: usize,
        tag: Tag,
    ) -> Result<(), SendError> {
        let end = self.core.push_apart(request, tag);
        let end = end.map_err(|(error, _)| error)?;
        self.apart = Apart { value, end };
        Ok(())
    }

    /// Whether a value is to be lent.
    pub(super) fn borrows(&self) -> bool {
        self.apart.value > 0
    }

    /// Sends what the socket takes now of what it has not taken yet; whether that is all. `lent` is the value that was
    /// left with the caller.
    pub(super) fn send(&mut self, lent: &[u8]) -> io::Result<bool> {
        loop {
            let sent = match self.apart.is_some() {
                true => self.send_with(lent),
                false => send(&mut self.channel, self.core.outgoing()),
            };
            let sent = match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stalled.get_or_insert_with(Instant::now);
                    return Ok(false);
                }
                sent => sent?,
            };
            self.stalled = None;
            self.written += sent as u64;
            self.meter.wrote(sent);
            if !self.has_unsent() {
                return Ok(true);
            }
        }
    }

    /// Sends what is queued, and what is left of the lent value with its end.
    fn send_with(&mut self, lent: &[u8]) -> io::Result<usize> {
        let Apart { value, end } = &mut self.apart;
        let mut rest = &lent[lent.len() - *value..];
        let bytes = self.core.outgoing().chain(&mut rest).chain(end);
        let sent = send(&mut self.channel, bytes)?;
        *value = rest.len();
        Ok(sent)
    }

    /// Receives what is there; whether anything was.
    pub(super) fn receive(&mut self) -> Result<bool, Lost> {
        let mut any = false;
        while self.receive_by(|channel, into, _| channel.receive(into))? {
            any = true;
            if !self.channel.has_received() {
                break;
            }
        }
        Ok(any)
    }

    /// Receives what comes from `now` until the deadline; whether anything did.
    #[inline]
    pub(super) fn await_more(&mut self, now: Instant, deadline: Instant) -> Result<bool, Lost> {
        self.receive_by(|channel, into, wait| channel.await_more(into, wait, now, deadline))
    }

    fn receive_by(
        &mut self,
        receive: impl FnOnce(&mut Channel, &mut Vec<u8>, RecvFlags) -> io::Result<usize>,
    ) -> Result<bool, Lost> {
        let (held, wanted) = (self.input.len(), self.core.wanted());
        let received = if wanted > 0 && held + wanted > reading::ROOM {
            let mut value = self.take_input();
            value.reserve_exact(reading::room(wanted, held.max(self.most)).min(wanted));
            // No more is known to come.
            let wait = match value.capacity() - held > wanted {
                true => RecvFlags::empty(),
                false => RecvFlags::WAITALL,
            };
            let received = receive(&mut self.channel, &mut value, wait);
            self.most = self.most.max(value.len());
            self.is_large = true;
            self.input = BytesMut::from(Bytes::from(value));
            received
        } else {
            let mut front = self.front();
            let landing = front.as_mut().unwrap_or(&mut self.landing);
            landing.clear();
            let received = receive(&mut self.channel, landing, RecvFlags::empty());
            self.input.extend_from_slice(landing);
            received
        };
        match received {
            Ok(0) => Err(Lost::ended(self.answered, || self.channel.reset())),
            Ok(bytes) => {
                self.meter.read(bytes);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(Lost::Io(error)),
        }
    }

    /// Where a reply is received that may be as large as the last: all but its beginning gets room of its own.
    fn front(&mut self) -> Option<Vec<u8>> {
        let is_next = self.was_large && self.input.is_empty();
        is_next.then(|| Vec::with_capacity(reading::FRONT))
    }

    /// The input as a vector, which has room that nothing was written to, where an input has none that safe code
    /// receives into; in the room that is lent, if there is one.
    fn take_input(&mut self) -> Vec<u8> {
        let (input, mut room) = (
            std::mem::take(&mut self.input),
            std::mem::take(&mut self.room),
        );
        if room.capacity() == 0 {
            return input.into();
        }
        room.extend_from_slice(&input);
        room
    }

    /// The next complete reply, and whose it is.
    ///
    /// # Errors
    /// The connection must not go on: for what has come, or for the last reply.
    #[inline]
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
        self.core.is_clean() && !self.apart.is_some() && !self.has_received()
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
    #[inline]
    pub(super) fn shrink(&mut self) {
        self.was_large = std::mem::take(&mut self.is_large);
        if self.was_large {
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

/// Sends of `bytes` what is taken now, and takes it off them.
fn send(channel: &mut Channel, mut bytes: impl Buf) -> io::Result<usize> {
    let sent = channel.send(&bytes)?;
    bytes.advance(sent);
    Ok(sent)
}
