//! The requests of one client that are under way.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut, BytesMut};

use super::assembly::{Assembly, cost};
use super::dropped::Reason;
use super::{Dropped, HEADER_LEN, Header, Limits, ReceiveError, SendError, carried};
use crate::{Connection, Excerpt, Outgoing, Protocol, Received, Reply, Request, text};

/// How many ids there are.
const IDS: usize = 1 << 16;

/// A client of one server over UDP, without its socket.
///
/// A [`Request`] goes in with [`push`](Self::push) and comes out as the datagram
/// to send. What arrives goes in with [`receive`](Self::receive), which gives
/// an answer when the last part of a reply is there. When a request has waited
/// long enough, [`expire`](Self::expire) gives its tag back: parts may be on
/// their way or lost, and nobody can know which.
///
/// Every tag that is pushed comes back once, from one of the two. An answer is
/// never made from a part of a reply. A datagram that fits nothing is dropped,
/// counted and without any effect; nothing is ever sent in return.
///
/// Ids count up from the first one, which should be random, and start again
/// after 65535; one that is awaited is left out. So a datagram that is late by
/// a whole round would be taken for a new one, unless it has another key.
///
/// ```
/// use mc_proto::{Key, Reply, Request, udp};
///
/// let mut client = udp::Client::new(0xfffe, udp::Limits::default());
/// let mut datagram = Vec::new();
/// let get = Request::Get { key: Key::new(b"a")?, cas: false };
/// client.push(&get, "the tag", &mut datagram).map_err(|(error, _)| error)?;
/// assert_eq!(datagram, b"\xff\xfe\0\0\0\x01\0\0get a\r\n");
///
/// let (first, second) = (b"\xff\xfe\0\0\0\x02\0\0VALUE a 0 5\r\nhe", b"\xff\xfe\0\x01\0\x02\0\0llo\r\nEND\r\n");
/// assert_eq!(client.receive(second), None);
/// assert_eq!(client.receive(second), None);
/// let answer = client.receive(first).unwrap();
/// let Reply::Value(Some(item)) = answer.result? else { panic!() };
/// assert_eq!((answer.tag, &item.value[..]), ("the tag", &b"hello"[..]));
/// assert_eq!(client.dropped().duplicate, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Client<T> {
    limits: Limits,
    outstanding: BTreeMap<u16, Outstanding<T>>,
    /// What the next request is called, if that id is free.
    next: Id,
    /// What all replies that are not complete cost.
    held: usize,
    dropped: Dropped,
}

/// The name of a request within its client. No other ever has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

/// The end of a request: its tag, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What was pushed with the request.
    pub tag: T,
    /// The reply, or why there is none.
    pub result: Result<Reply, ReceiveError>,
}

/// A request that has no answer yet.
#[derive(Debug)]
struct Outstanding<T> {
    id: Id,
    tag: T,
    /// One exchange, which knows what the reply has to fit.
    exchange: Connection<()>,
    assembly: Assembly,
}

impl Id {
    /// What it is in a header: its last 16 bits.
    fn wire(self) -> u16 {
        let [.., high, low] = self.0.to_be_bytes();
        u16::from_be_bytes([high, low])
    }

    fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

impl<T> Client<T> {
    /// A client that has asked nothing. Its first request has this id.
    #[must_use]
    pub fn new(first_id: u16, limits: Limits) -> Self {
        Self {
            limits,
            outstanding: BTreeMap::new(),
            next: Id(u64::from(first_id)),
            held: 0,
            dropped: Dropped::default(),
        }
    }

    /// Puts a request into `datagram`, in place of what was there, and awaits
    /// its reply. Send it as it is: a second command in the same datagram
    /// would have a reply under the same id.
    ///
    /// # Errors
    /// [`SendError`] and the tag. Then `datagram` is empty, and the client is
    /// as it was.
    pub fn push(
        &mut self,
        request: &Request<'_>,
        tag: T,
        datagram: &mut Vec<u8>,
    ) -> Result<Id, (SendError, T)> {
        datagram.clear();
        let mut exchange = Connection::new(Protocol::Text, self.limits.reply);
        let sent = carried::check(request)
            .map_err(SendError::from)
            .and_then(|()| Ok(exchange.push(request, ()).map_err(|(error, ())| error)?))
            .and_then(|_| self.fill(datagram, exchange.take_outgoing()));
        match sent {
            Ok(id) => {
                let assembly = Assembly::default();
                let outstanding = Outstanding {
                    id,
                    tag,
                    exchange,
                    assembly,
                };
                self.outstanding.insert(id.wire(), outstanding);
                Ok(id)
            }
            Err(error) => Err((error, tag)),
        }
    }

    /// Puts a request that asks for no reply into `datagram`, in place of what
    /// was there. Nothing comes back of it, and nobody will know whether it
    /// was done. Which requests can go so, and how, is told at
    /// [`Connection::push_noreply`].
    ///
    /// A refusal all the same is dropped as of an [unknown](Dropped::unknown)
    /// id.
    ///
    /// # Errors
    /// [`SendError`]. Then `datagram` is empty, and the client is as it was.
    pub fn push_noreply(
        &mut self,
        request: &Request<'_>,
        datagram: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        datagram.clear();
        let mut out = Outgoing::default();
        text::encode_noreply(request, &self.limits.reply, &mut out)?;
        self.fill(datagram, out).map(drop)
    }

    /// Takes what has arrived, one datagram as a whole, header and all.
    ///
    /// An answer whose result is an error ends its request as well: the reply
    /// is there and cannot be believed. Others are not concerned.
    pub fn receive(&mut self, datagram: &[u8]) -> Option<Answer<T>> {
        match self.take(datagram) {
            Ok(answer) => answer,
            Err(reason) => {
                self.dropped.count(reason);
                None
            }
        }
    }

    /// The request's deadline has passed. Its answer is
    /// [`ReceiveError::Incomplete`]; parts that come later are dropped.
    ///
    /// `None` if it was answered before.
    pub fn expire(&mut self, id: Id) -> Option<Answer<T>> {
        let waiting = self.outstanding.get(&id.wire())?;
        if waiting.id != id {
            return None;
        }
        let incomplete = ReceiveError::Incomplete {
            received: waiting.assembly.received(),
            total: waiting.assembly.total(),
        };
        let expired = self.remove(id.wire())?;
        Some(Answer {
            tag: expired.tag,
            result: Err(incomplete),
        })
    }

    /// How many requests have no answer yet.
    #[must_use]
    pub fn outstanding(&self) -> usize {
        self.outstanding.len()
    }

    /// What was dropped so far.
    #[must_use]
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Puts a header and these bytes into a datagram, under a free id.
    fn fill(&mut self, datagram: &mut Vec<u8>, out: Outgoing) -> Result<Id, SendError> {
        let (len, max) = (
            HEADER_LEN.saturating_add(out.remaining()),
            self.limits.max_request_len,
        );
        if len > max {
            return Err(SendError::TooLong { len, max });
        }
        let max = self.limits.max_outstanding.min(IDS);
        if self.outstanding.len() >= max {
            return Err(SendError::TooManyOutstanding { max });
        }
        let mut id = self.next;
        while self.outstanding.contains_key(&id.wire()) {
            id = id.next();
        }
        self.next = id.next();
        let header = Header {
            id: id.wire(),
            sequence: 0,
            total: 1,
        };
        datagram.extend_from_slice(&header.encode());
        datagram.put(out);
        Ok(id)
    }

    fn take(&mut self, datagram: &[u8]) -> Result<Option<Answer<T>>, Reason> {
        let (header, payload) = Header::decode(datagram)
            .filter(|(_, payload)| !payload.is_empty())
            .ok_or(Reason::Malformed)?;
        let waiting = self
            .outstanding
            .get_mut(&header.id)
            .ok_or(Reason::Unknown)?;
        waiting.assembly.needs(&header)?;
        let held = self.held.saturating_add(cost(payload));
        if header.total > self.limits.max_datagrams || held > self.limits.max_held {
            return Err(Reason::OverLimit);
        }
        self.held = held;
        let whole = waiting.assembly.put(&header, payload);
        Ok(whole.and_then(|whole| {
            let Outstanding { tag, exchange, .. } = self.remove(header.id)?;
            let result = read_reply(exchange, whole);
            Some(Answer { tag, result })
        }))
    }

    fn remove(&mut self, wire: u16) -> Option<Outstanding<T>> {
        let removed = self.outstanding.remove(&wire)?;
        self.held = self.held.saturating_sub(removed.assembly.held());
        Some(removed)
    }
}

/// Reads the reply to the one request of an exchange. There must be no more
/// and no less of it.
fn read_reply(mut exchange: Connection<()>, mut whole: BytesMut) -> Result<Reply, ReceiveError> {
    let answer = exchange
        .receive(&mut whole)?
        .and_then(Received::answer)
        .ok_or(ReceiveError::Short)?;
    if !whole.is_empty() {
        let found = Excerpt::new(&whole);
        return Err(ReceiveError::Trailing { found });
    }
    Ok(answer.reply)
}
