//! The connection under any order of calls.

use bytes::{Buf, BytesMut};
use mc_proto::{Connection, Disposition, Id, Outgoing, Protocol, ProtocolError, Received};

use super::LIMITS;
use super::asked::{REQUESTS, request};

/// A list of calls: the first byte is the protocol and how many there are, each call is a byte, and what is received
/// is the rest.
pub fn connection(data: &[u8]) {
    let [first, rest @ ..] = data else { return };
    let protocol = match first >> 6 {
        1 => Protocol::Meta,
        2 => Protocol::Binary,
        _ => Protocol::Text,
    };
    let (calls, wire) = rest.split_at(rest.len().min(usize::from(first & 63)));
    let mut model = Model {
        wire,
        ..Model::new(protocol)
    };
    if first >> 6 == 3 {
        model.connection = model.connection.join_gets();
    }
    for call in calls {
        model.call(*call);
    }
    model.close();
}

/// A connection beside what must be true of it.
struct Model<'a> {
    connection: Connection<usize>,
    /// What was pushed and has not come back, in order.
    awaited: Vec<(usize, Id)>,
    next: usize,
    /// What was taken last.
    out: Outgoing,
    /// How many bytes were taken.
    taken: u64,
    /// What the peer says, as far as it was not handed in.
    wire: &'a [u8],
    input: BytesMut,
    failed: Option<ProtocolError>,
}

impl Model<'_> {
    fn new(protocol: Protocol) -> Self {
        Self {
            connection: Connection::new(protocol, LIMITS),
            awaited: Vec::new(),
            next: 0,
            out: Outgoing::default(),
            taken: 0,
            wire: &[],
            input: BytesMut::new(),
            failed: None,
        }
    }

    /// The low bits of `call` say what, the others with which argument.
    fn call(&mut self, call: u8) {
        let argument = usize::from(call >> 2);
        match call & 3 {
            0 if argument >= REQUESTS => self.push_noreply(argument - REQUESTS),
            0 => self.push(argument),
            1 => self.take(),
            2 => self.receive(argument),
            _ => self.withdraw(argument),
        }
        assert_eq!(self.connection.pending(), self.awaited.len());
        assert_eq!(
            self.connection.is_clean(),
            self.awaited.is_empty() && self.connection.queued() == 0 && self.failed.is_none()
        );
    }

    fn push(&mut self, which: usize) {
        let queued = self.connection.queued();
        match self.connection.push(&request(which as u8), self.next) {
            Ok(id) => {
                assert!(self.failed.is_none(), "a lost connection takes requests");
                self.awaited.push((self.next, id));
            }
            Err((_, tag)) => assert_eq!((tag, self.connection.queued()), (self.next, queued)),
        }
        self.next += 1;
    }

    /// One of the first requests, half of which can go so.
    fn push_noreply(&mut self, which: usize) {
        let queued = self.connection.queued();
        match self.connection.push_noreply(&request(which as u8)) {
            Ok(()) => assert!(self.failed.is_none(), "a lost connection takes requests"),
            Err(_) => assert_eq!(self.connection.queued(), queued),
        }
    }

    fn take(&mut self) {
        self.connection.exchange_outgoing(&mut self.out);
        self.taken += self.out.remaining() as u64;
        assert_eq!(self.connection.queued(), 0);
    }

    fn receive(&mut self, len: usize) {
        let (piece, rest) = self.wire.split_at(len.min(self.wire.len()));
        self.wire = rest;
        self.input.extend_from_slice(piece);
        loop {
            match self.connection.receive(&mut self.input) {
                Ok(Some(received)) => {
                    let Received::Answer(answer) = received else {
                        continue;
                    };
                    assert!(self.failed.is_none(), "a lost connection answers");
                    let (tag, _) = self.awaited.remove(0);
                    assert_eq!(answer.tag, tag, "out of order");
                    if answer.disposition == Disposition::Drop {
                        self.failed = Some(ProtocolError::GivenUp);
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    assert_eq!(self.failed.get_or_insert_with(|| error.clone()), &error);
                    return;
                }
            }
        }
    }

    fn withdraw(&mut self, which: usize) {
        if self.awaited.is_empty() {
            return;
        }
        let at = which % self.awaited.len();
        let (tag, id) = self.awaited[at];
        if let Some(withdrawn) = self.connection.withdraw(id) {
            assert_eq!(withdrawn, tag);
            self.awaited.remove(at);
        }
        assert_eq!(self.connection.withdraw(id), None, "withdrawn twice");
    }

    /// Every tag that has not come back does so now.
    fn close(mut self) {
        let written = self.taken / 2;
        let tags: Vec<_> = self
            .connection
            .closed(written)
            .map(|(tag, _)| tag)
            .collect();
        assert!(
            tags.iter().eq(self.awaited.iter().map(|(tag, _)| tag)),
            "a tag is lost"
        );
        assert_eq!(self.connection.pending(), 0);
    }
}
