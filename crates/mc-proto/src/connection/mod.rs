//! The state of a client's connection: bytes out, what is awaited, bytes in.

mod codec;
mod expected;
mod keys;
mod parts;
mod push;
mod queue;
mod received;
mod sweep;
mod unawaited;

use bytes::{Buf, BytesMut};

use codec::Codec;
pub(crate) use codec::Decoded;
pub(crate) use expected::Expected;
pub use expected::Id;
pub(crate) use keys::{AskedKeys, Place};
pub(crate) use parts::Parts;
use queue::Queue;
pub use received::{Answer, Received, Sent};
pub(crate) use unawaited::{Numbers, Skipped};

use crate::{Disposition, Excerpt, Limits, Outgoing, Protocol, ProtocolError, Reply};

/// What a server says when it has no room for another client, before it has
/// read anything (`maxconns_fast`).
const NO_ROOM: &[u8] = b"ERROR Too many open connections\r\n";

/// Withdrawn requests keep their bytes until those are this part of all that
/// are queued: so few are moved for each.
const WORTH_SWEEPING: usize = 8;

/// One client connection without its socket.
///
/// Requests go in with [`push`](Self::push), each with a tag of the caller's,
/// and their bytes come out with [`take_outgoing`](Self::take_outgoing), all
/// that have gathered at once. What the socket yields goes in with
/// [`receive`](Self::receive), and the replies come out in the order of the
/// requests, each with its tag. When the socket is gone,
/// [`closed`](Self::closed) tells what may have reached the server.
///
/// Any number of requests may be under way. Every tag that is pushed comes
/// back exactly once: with its answer, from [`withdraw`](Self::withdraw), or
/// from [`closed`](Self::closed). A reply that nobody wants any more must
/// still be read, so an abandoned request keeps its place.
///
/// A server that answers anything but what was asked has lost the connection:
/// [`receive`](Self::receive) then returns the same error for ever, and no
/// reply that follows is believed.
///
/// ```
/// use bytes::{Buf, BytesMut};
/// use mc_proto::{Connection, Key, Limits, Protocol, Received, Reply, Request};
///
/// let mut connection = Connection::new(Protocol::Text, Limits::default());
/// let get = Request::Get { key: Key::new(b"a")?, cas: false };
/// connection.push(&get, "the first").unwrap();
/// connection.push(&Request::Version, "the second").unwrap();
/// assert_eq!(connection.take_outgoing().chunk(), b"get a\r\nversion\r\n");
///
/// let mut input = BytesMut::from("END\r\nVERS");
/// let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
/// assert_eq!((answer.tag, answer.reply), ("the first", Reply::Value(None)));
/// assert_eq!(connection.receive(&mut input)?, None);
///
/// input.extend_from_slice(b"ION 1.6.18\r\n");
/// let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
/// assert_eq!(answer.tag, "the second");
/// assert!(connection.is_clean());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Connection<T> {
    limits: Limits,
    /// What is encoded and not taken.
    outgoing: Outgoing,
    pending: Queue<T>,
    /// How many at the end of `pending` lie in `outgoing`.
    unsent: usize,
    codec: Codec,
    protocol: Protocol,
    /// Whether gets that wait together share a line.
    joins_gets: bool,
    next_opaque: u32,
    next_id: u64,
    /// Whether a reply has been read, or a part of one.
    greeted: bool,
    failed: Option<ProtocolError>,
}

impl<T> Connection<T> {
    /// A connection on which nothing has been said.
    #[must_use]
    pub fn new(protocol: Protocol, limits: Limits) -> Self {
        Self {
            limits,
            outgoing: Outgoing::default(),
            pending: Queue::new(),
            unsent: 0,
            codec: Codec::new(protocol),
            protocol,
            joins_gets: false,
            next_opaque: 0,
            next_id: 0,
            greeted: false,
            failed: None,
        }
    }

    /// Which protocol it speaks.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// How many bytes are queued and not taken.
    #[must_use]
    pub fn queued(&self) -> usize {
        let withdrawn = self.pending.withdrawn().bytes;
        self.outgoing.remaining().saturating_sub(withdrawn)
    }

    /// How many requests have no reply yet, those not taken included. One that
    /// [wants none](Self::push_noreply) does not count.
    #[must_use]
    pub fn pending(&self) -> usize {
        let withdrawn = self.pending.withdrawn().requests;
        self.pending.len().saturating_sub(withdrawn)
    }

    /// Whether both ends are at rest: nothing is queued, awaited or half
    /// read, and nothing has gone wrong. Bytes that are left of the input
    /// then come from a server that says more than it was asked.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.pending() == 0 && self.queued() == 0 && self.failed.is_none()
    }

    /// Takes everything that is queued, to be written.
    ///
    /// From here on the bytes count as handed to the socket: what they ask
    /// can no longer be withdrawn.
    #[must_use]
    pub fn take_outgoing(&mut self) -> Outgoing {
        let mut taken = Outgoing::default();
        self.exchange_outgoing(&mut taken);
        taken
    }

    /// [Takes](Self::take_outgoing) everything that is queued in exchange for
    /// what was taken before and is written, so that its buffers are used
    /// again. Bytes that are left in that are forgotten.
    ///
    /// ```
    /// use bytes::Buf;
    /// use mc_proto::{Connection, Limits, Outgoing, Protocol, Request};
    ///
    /// let mut connection = Connection::new(Protocol::Text, Limits::default());
    /// let mut out = Outgoing::default();
    /// for _ in 0..2 {
    ///     connection.push(&Request::Version, ()).unwrap();
    ///     connection.exchange_outgoing(&mut out);
    ///     assert_eq!(out.chunk(), b"version\r\n");
    ///     out.advance(9);
    /// }
    /// ```
    pub fn exchange_outgoing(&mut self, written: &mut Outgoing) {
        self.sweep();
        self.unsent = 0;
        written.reset();
        std::mem::swap(&mut self.outgoing, written);
        self.outgoing.take_room(written);
    }

    /// Everything that is queued, to be written where it lies: by who writes
    /// and pushes in turns. What is written is to be
    /// [advanced](Buf::advance) over; what is pushed goes behind the rest.
    ///
    /// As with [`take_outgoing`](Self::take_outgoing), the bytes count as
    /// handed to the socket.
    ///
    /// ```
    /// use bytes::Buf;
    /// use mc_proto::{Connection, Limits, Protocol, Request};
    ///
    /// let mut connection = Connection::new(Protocol::Text, Limits::default());
    /// connection.push(&Request::Version, ()).unwrap();
    /// connection.outgoing().advance(4);
    /// assert_eq!(connection.outgoing().chunk(), b"ion\r\n");
    /// assert_eq!(connection.queued(), 5);
    /// ```
    #[must_use]
    pub fn outgoing(&mut self) -> &mut Outgoing {
        self.sweep();
        self.unsent = 0;
        &mut self.outgoing
    }

    /// Takes the buffers of the connection before, which is gone, for what is
    /// queued from now on: what is queued there, and what was taken of it and
    /// is not written, is forgotten.
    ///
    /// A queue that is given up full and fills again would else take twice its
    /// room: what one thread gives back to the allocator, another does not get.
    pub fn succeed(&mut self, last: &mut Self, unwritten: Outgoing) {
        self.outgoing.reuse(std::mem::take(&mut last.outgoing));
        self.outgoing.reuse(unwritten);
    }

    /// Takes the buffers that are empty of what was taken and is written in part,
    /// for what is queued from now on.
    pub fn take_room(&mut self, written: &mut Outgoing) {
        self.outgoing.take_room(written);
    }

    /// Lets go of a buffer that nothing is in: all that was taken is written, so
    /// that fewer may do.
    pub fn shed(&mut self) {
        self.outgoing.shed();
    }

    /// Takes back a request of which no byte was taken, as if it had never
    /// been pushed. `None` if it is too late, and the reply has to be awaited.
    pub fn withdraw(&mut self, id: Id) -> Option<T> {
        let tag = self.pending.withdraw(id, self.unsent)?;
        let withdrawn = self.pending.withdrawn().bytes;
        if withdrawn >= self.outgoing.remaining() / WORTH_SWEEPING {
            self.sweep();
        }
        Some(tag)
    }

    /// Takes out what is left of withdrawn requests.
    fn sweep(&mut self) {
        if self.pending.withdrawn().requests > 0 {
            self.unsent = self.pending.sweep(self.unsent, &mut self.outgoing);
        }
    }

    /// Reads the next answer, or row of a stream, taking its bytes off the
    /// input.
    ///
    /// `None` means that more bytes are needed: append them to what is left
    /// of the input, and call again. Bytes are looked at once, in whatever
    /// pieces they come. Call until `None`, for one read may bring many
    /// answers. The end of the stream is nothing to tell this method: what is
    /// not complete then is never answered, see [`closed`](Self::closed).
    ///
    /// # Errors
    /// [`ProtocolError`] if the bytes cannot be an answer to what was asked.
    /// The connection is lost, and every later call gives the same error.
    #[inline]
    pub fn receive(&mut self, input: &mut BytesMut) -> Result<Option<Received<T>>, ProtocolError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.codec.answered() {
            Some(reply) => self.answer(reply),
            None if input.is_empty() => Ok(None),
            None => self.read(input).map_err(|error| self.fail(error)),
        }
    }

    /// The connection is lost.
    #[cold]
    fn fail(&mut self, error: ProtocolError) -> ProtocolError {
        self.failed = Some(error.clone());
        error
    }

    /// How many more bytes are known to come: the rest of the current value,
    /// with its end and what ends a reply in text; 0 if none is being read. A
    /// hint for how much room to make, a few bytes above
    /// [`Limits::max_value_len`] at most: make it as the bytes arrive.
    #[must_use]
    pub fn wanted(&self) -> usize {
        self.codec.missing()
    }

    /// The connection is gone, after the first `written` of all the bytes
    /// that were ever taken reached the socket.
    ///
    /// Gives back every tag that has no answer, in order, with what the
    /// server may have seen. Tags that are not taken off the iterator are
    /// dropped. From here on, the connection takes and answers nothing.
    ///
    /// A server that had no room
    /// ([`TooManyConnections`](ProtocolError::TooManyConnections)) has read
    /// nothing of what was written.
    pub fn closed(&mut self, written: u64) -> impl Iterator<Item = (T, Sent)> {
        let refused = self.failed == Some(ProtocolError::TooManyConnections);
        self.failed.get_or_insert(ProtocolError::GivenUp);
        self.unsent = 0;
        self.outgoing.reset();
        self.codec = Codec::new(self.protocol);
        self.pending.drain().map(move |(tag, start)| {
            let unseen = refused || start >= written;
            (tag, if unseen { Sent::Nothing } else { Sent::Maybe })
        })
    }

    fn read(&mut self, input: &mut BytesMut) -> Result<Option<Received<T>>, ProtocolError> {
        if !self.greeted && input.starts_with(NO_ROOM) {
            return Err(ProtocolError::TooManyConnections);
        }
        let len = input.len();
        if !self.skip_noreply(input)? || input.is_empty() {
            self.greeted |= input.len() < len;
            return Ok(None);
        }
        if self.pending.len() <= self.unsent {
            return self.read_unsolicited(input);
        }
        let Some((id, expected)) = self.pending.first() else {
            return Ok(None);
        };
        let decoded = self.codec.decode(input, &expected, &self.limits)?;
        // A part of a reply is read as well once it is off the input.
        self.greeted |= input.len() < len;
        match decoded {
            Some(Decoded::Reply(reply)) => self.answer(reply),
            Some(Decoded::Row(row)) => Ok(Some(Received::Row { id, row })),
            Some(Decoded::Begun) => {
                self.pending.settle();
                Ok(Some(Received::Begun { id }))
            }
            None => Ok(None),
        }
    }

    /// Drops the answers to requests that wanted none. Whether it is known
    /// that what comes next is none of them.
    fn skip_noreply(&mut self, input: &mut BytesMut) -> Result<bool, ProtocolError> {
        while let Some(numbers) = self.pending.noreply(self.next_opaque) {
            match self.codec.skip_noreply(input, &numbers, &self.limits)? {
                Skipped::One(opaque) => self.pending.noreply_answered(opaque),
                Skipped::Partial => return Ok(false),
                Skipped::Nothing => break,
            }
        }
        Ok(true)
    }

    /// Nothing was asked: the only thing that a server says by itself is that
    /// it has no room, and that may still be on its way.
    fn read_unsolicited(&self, input: &[u8]) -> Result<Option<Received<T>>, ProtocolError> {
        if !self.greeted && NO_ROOM.starts_with(input) {
            return Ok(None);
        }
        let found = Excerpt::new(input);
        Err(match self.pending.noreply(self.next_opaque) {
            Some(_) => ProtocolError::Noreply { found },
            None => ProtocolError::Unsolicited { found },
        })
    }

    /// Pairs a reply with the request whose turn it is.
    #[inline(always)]
    fn answer(&mut self, reply: Reply) -> Result<Option<Received<T>>, ProtocolError> {
        if self.pending.noreply(self.next_opaque).is_some()
            && let Some(refusal) = self.codec.unplaced(&reply)
        {
            let found = Excerpt::new(refusal.to_string().as_bytes());
            return Err(self.fail(ProtocolError::Noreply { found }));
        }
        let Some((tag, disposition)) = self.pending.pop(self.protocol, &reply) else {
            return Ok(None);
        };
        if disposition == Disposition::Drop {
            self.failed = Some(ProtocolError::GivenUp);
        }
        Ok(Some(Received::Answer(Answer {
            tag,
            reply,
            disposition,
        })))
    }
}
