//! Requests go in.

use super::expected::Written;
use super::queue::Asked;
use super::{Connection, Id};
use crate::kind::Kind;
use crate::{Key, Protocol, Request, SendError, text};

impl<T> Connection<T> {
    /// Lets gets of one key share a line of the text protocol, if they are
    /// queued one behind the other and none of them has been taken: up to 32,
    /// or to half of all that is pending, but 100; those with cas numbers by
    /// themselves. Other protocols have no such line.
    ///
    /// ```text
    /// get a, get b, gets c   get a b\r\ngets c\r\n
    /// ```
    /// memcached up to 1.6.34 writes to its socket for each such line, so that
    /// this is several times as fast where many callers get through one
    /// connection; and of two lines it can serve one while the answer to the
    /// other is read. Each has its own answer all the same, in the order of
    /// pushing; a hit is told as soon as it is there, a miss when the whole
    /// line is answered. What a server refuses is refused to all that have no
    /// answer.
    ///
    /// ```
    /// use bytes::{Buf, BytesMut};
    /// use mc_proto::{Connection, Key, Limits, Protocol, Received, Reply, Request};
    ///
    /// let mut connection = Connection::new(Protocol::Text, Limits::default()).join_gets();
    /// for (tag, name) in ["a", "b"].into_iter().enumerate() {
    ///     let key = Key::new(name.as_bytes())?;
    ///     connection.push(&Request::Get { key, cas: false }, tag).unwrap();
    /// }
    /// assert_eq!(connection.take_outgoing().chunk(), b"get a b\r\n");
    ///
    /// let mut input = BytesMut::from("VALUE b 0 1\r\nx\r\nEND\r\n");
    /// let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
    /// assert_eq!((answer.tag, answer.reply), (0, Reply::Value(None)));
    /// let answer = connection.receive(&mut input)?.and_then(Received::answer).unwrap();
    /// assert_eq!(answer.tag, 1);
    /// assert!(connection.is_clean());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn join_gets(mut self) -> Self {
        self.joins_gets = self.protocol == Protocol::Text;
        self
    }

    /// Queues a request, and awaits its reply.
    ///
    /// A quit, a shutdown or a watch is the last request that is taken. A quit
    /// has no reply: its tag comes back from [`closed`](Self::closed). A stream
    /// is taken only if nothing is pending, and nothing else is until it ends.
    ///
    /// # Errors
    /// [`SendError`] and the tag. Then nothing was queued, and the connection
    /// is as it was.
    pub fn push(&mut self, request: &Request<'_>, tag: T) -> Result<Id, (SendError, T)> {
        if let Some((key, joined)) = self.may_join(request) {
            return Ok(self.join(request, key, joined, tag));
        }
        let asked = self.asked(request);
        if let Err(error) = self.check(asked) {
            return Err((error, tag));
        }
        let (end, opaque) = (self.outgoing.end(), self.next_opaque);
        let encoded = self
            .codec
            .encode(request, &self.limits, opaque, &mut self.outgoing);
        if let Err(error) = encoded {
            return Err((error, tag));
        }
        let written = self.wrote(request, end);
        let id = self.pushed();
        self.pending.push(id, tag, asked, written);
        Ok(id)
    }

    /// Queues a [`Store`](Request::Store) but for its value, which is not
    /// copied: whoever writes puts it behind all that is queued, and then what
    /// this gives, the end of a value. Nothing may be pushed in between, and
    /// all that is queued counts as handed to the socket.
    ///
    /// ```
    /// use bytes::Buf;
    /// use mc_proto::{Connection, Exptime, Key, Limits, Protocol, Request, Verb};
    ///
    /// let mut connection = Connection::new(Protocol::Text, Limits::default());
    /// let (key, value) = (Key::new(b"a")?, &b"hello"[..]);
    /// let (verb, flags, exptime) = (Verb::Set, 0, Exptime::NEVER);
    /// let set = Request::Store { verb, key, flags, exptime, value: value.into() };
    /// let end = connection.push_apart(&set, ()).unwrap();
    /// let written = connection.outgoing().chain(value).chain(end).copy_to_bytes(20);
    /// assert_eq!(&written[..], b"set a 0 0 5\r\nhello\r\n");
    /// # Ok::<(), mc_proto::InvalidKey>(())
    /// ```
    ///
    /// # Errors
    /// As [`push`](Self::push), which it is for every other request.
    pub fn push_apart(
        &mut self,
        request: &Request<'_>,
        tag: T,
    ) -> Result<&'static [u8], (SendError, T)> {
        self.sweep();
        self.outgoing.leave_out(true);
        let pushed = self.push(request, tag);
        self.outgoing.leave_out(false);
        pushed?;
        self.unsent = 0;
        let end = match request {
            Request::Store { .. } => self.codec.value_end(),
            _ => b"",
        };
        let head = self.outgoing.end().saturating_sub(end.len());
        self.outgoing.cut(head);
        Ok(end)
    }

    /// Queues a request that asks for no reply. Nothing comes back of it:
    /// nobody will know whether it was done, or sent.
    ///
    /// ```text
    /// text, meta   set a 0 0 1 noreply\r\nx\r\n
    /// binary       SETQ, and whatever it is answered is dropped
    /// ```
    /// It can be a storage command, a delete, touch, incr, decr, flush_all or,
    /// but in binary, a verbosity.
    ///
    /// A server in text or meta that refuses it all the same does not say what
    /// it refuses. So a refusal that comes behind such requests ends the
    /// connection ([`Noreply`](crate::ProtocolError::Noreply)): the request whose turn it is
    /// may be another. memcached 1.6 says nothing of what is too large, not a
    /// number, or not there.
    ///
    /// ```
    /// use bytes::{Buf, BytesMut};
    /// use mc_proto::{Connection, Key, Limits, Protocol, ProtocolError, Request};
    ///
    /// let mut connection = Connection::new(Protocol::Text, Limits::default());
    /// connection.push_noreply(&Request::Delete { key: Key::new(b"a")? })?;
    /// connection.push(&Request::Version, ()).unwrap();
    /// assert_eq!(connection.take_outgoing().chunk(), b"delete a noreply\r\nversion\r\n");
    /// assert_eq!(connection.pending(), 1);
    ///
    /// let mut input = BytesMut::from("ERROR\r\nVERSION 1.6.18\r\n");
    /// let error = connection.receive(&mut input).unwrap_err();
    /// assert_eq!(error.to_string(), "'ERROR' may answer a request that was sent with noreply");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`SendError`]. Then nothing was queued, and the connection is as it was.
    pub fn push_noreply(&mut self, request: &Request<'_>) -> Result<(), SendError> {
        self.check(self.asked(request))?;
        let (end, opaque) = (self.outgoing.end(), self.next_opaque);
        self.codec
            .encode_noreply(request, &self.limits, opaque, &mut self.outgoing)?;
        let written = self.wrote(request, end);
        self.pending.push_noreply(written);
        Ok(())
    }

    fn asked<'r>(&self, request: &'r Request<'r>) -> Asked<'r> {
        Asked {
            request,
            kind: Kind::of(request),
            protocol: self.protocol,
        }
    }

    /// The key of a get that may go with those before it, and how many there
    /// are in their line.
    #[inline]
    fn may_join<'r>(&self, request: &'r Request<'r>) -> Option<(&'r Key<'r>, usize)> {
        let Request::Get { key, cas } = request else {
            return None;
        };
        let may_join = self.joins_gets && self.unsent > 0 && self.failed.is_none();
        if !may_join || key.is_raw() {
            return None;
        }
        Some((key, self.pending.may_join(*cas)?))
    }

    /// Queues a get that may go with those before it.
    #[inline]
    fn join(&mut self, request: &Request<'_>, key: &Key<'_>, joined: usize, tag: T) -> Id {
        text::join_get(key, &mut self.outgoing);
        let (id, opaque) = (self.pushed(), self.next_opaque);
        self.next_opaque = opaque.wrapping_add(1);
        let asked = self.asked(request);
        self.pending.join(id, tag, asked, joined, opaque);
        id
    }

    /// Names a request that is queued.
    fn pushed(&mut self) -> Id {
        let id = Id(self.next_id);
        self.next_id = self.next_id.saturating_add(1);
        self.unsent = self.unsent.saturating_add(1);
        id
    }

    /// What was written behind `end`.
    fn wrote(&mut self, request: &Request<'_>, end: usize) -> Written {
        let opaque = self.next_opaque;
        self.next_opaque = opaque.wrapping_add(opaques(request));
        let queued = self.outgoing.end().saturating_sub(end);
        Written {
            len: queued.saturating_add(self.outgoing.left_out()),
            opaque,
        }
    }

    /// Whether a request may follow those that are pending.
    fn check(&self, asked: Asked<'_>) -> Result<(), SendError> {
        let last = self.pending.last().filter(|last| last.tag.is_some());
        if self.failed.is_some() || last.is_some_and(|last| last.kind.is_last()) {
            return Err(SendError::Closed);
        }
        match last {
            Some(last) if last.kind.streams() => Err(SendError::NotAlone {
                command: last.command,
            }),
            _ if asked.kind.streams() && self.pending() > 0 => Err(SendError::NotAlone {
                command: asked.request.name(),
            }),
            _ => Ok(()),
        }
    }
}

/// How many numbers name a request, its parts, and the fence behind them.
fn opaques(request: &Request<'_>) -> u32 {
    let parts = match request {
        Request::GetMany { keys, .. } | Request::GatMany { keys, .. } => keys.len(),
        Request::Batch(requests) => requests.len(),
        _ => 0,
    };
    // A list that long would not fit a machine's memory.
    u32::try_from(parts).unwrap_or(u32::MAX).saturating_add(1)
}
