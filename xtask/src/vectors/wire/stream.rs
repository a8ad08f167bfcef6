//! One captured connection, read from both ends as it goes.

use std::collections::VecDeque;

use anyhow::Result;
use bytes::{Buf, BytesMut};
use mc_proto::binary::{Opcode, Response};
use mc_proto::{Connection, Item, Outgoing, Protocol, Received, RefusalKind, Reply, Request, udp};

use super::capture::Entry;
use super::differences::{self, Written};
use super::unit::{self, LIMITS, Next, Unit};
use super::{Verdict, deviations, unhex};
use crate::peer::Peers;

/// By what a reply says which packet it answers.
type Name = (u32, Opcode);

/// What was asked and is not answered yet, and what our own memcached has said to it.
#[derive(Default)]
pub(super) struct Stream {
    /// Bytes of the client that are no whole request yet.
    sent: Vec<u8>,
    /// A client of ours that has asked for the same.
    connection: Option<Connection<()>>,
    received: BytesMut,
    expected: VecDeque<Option<Reply>>,
    /// The numbers and opcodes of the client's packets, and what our client has sent instead. Some numbers are given
    /// twice.
    sent_as: VecDeque<(Name, Name)>,
    /// Nobody can say which reply answers which request from here on.
    lost: bool,
}

impl Stream {
    /// The client has written.
    pub(super) fn wrote(&mut self, bytes: &[u8], peers: &mut Peers) -> Result<Verdict> {
        self.sent.extend_from_slice(bytes);
        let sent = std::mem::take(&mut self.sent);
        let mut rest = &sent[..];
        let mut differs = None;
        while !rest.is_empty() {
            match unit::next(rest) {
                Next::Unit(unit) => {
                    rest = &rest[unit.bytes.len()..];
                    match self.asked(&unit, peers)? {
                        Verdict::Holds => {}
                        Verdict::Deviates(deviation) => differs = Some(deviation),
                        failed @ Verdict::Fails(_) => return Ok(failed),
                    }
                }
                Next::Partial => break,
                Next::Bad(reason) => {
                    self.lost = true;
                    return Ok(match differences::bad(rest) {
                        Some(deviation) => Verdict::Deviates(deviation),
                        None => Verdict::Fails(format!(
                            "{reason}: '{:.100}'",
                            rest.escape_ascii().to_string()
                        )),
                    });
                }
            }
        }
        self.sent = rest.to_vec();
        Ok(differs.map_or(Verdict::Holds, Verdict::Deviates))
    }

    /// One request: ours is compared, and asked for at our own server.
    fn asked(&mut self, unit: &Unit<'_>, peers: &mut Peers) -> Result<Verdict> {
        let protocol = unit::protocol(unit.bytes);
        let connection = self
            .connection
            .get_or_insert_with(|| Connection::new(protocol, LIMITS));
        if unit.request == Request::Quit {
            return Ok(Verdict::Holds);
        }
        let pushed = match unit.quiet {
            true => connection.push_noreply(&unit.request),
            false => connection
                .push(&unit.request, ())
                .map(drop)
                .map_err(|(error, ())| error),
        };
        if let Err(error) = pushed {
            return Ok(Verdict::Fails(format!("we do not send it: {error}")));
        }
        let mut out = connection.take_outgoing();
        let ours = out.copy_to_bytes(out.remaining());
        if protocol == Protocol::Binary {
            let pairs = unit::packets(unit.bytes).zip(unit::packets(&ours));
            let sent_as = |(theirs, ours)| {
                let name = |packet| Some((unit::opaque(packet), unit::opcode(packet)?));
                Some((name(theirs)?, name(ours)?))
            };
            self.sent_as.extend(pairs.filter_map(sent_as));
        }
        let reply = match unit.request {
            // Our server knows no users.
            Request::Sasl(_) => None,
            _ => Some(peers.ask(protocol, &unit.request)?),
        };
        if !unit.quiet {
            self.expected.push_back(reply);
        }
        Ok(differences::written(&Written { unit, ours: &ours }))
    }

    /// The client has read. What differs from our own server's replies, if anything does.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Option<String> {
        if std::mem::take(&mut self.lost) {
            self.forget();
            return None;
        }
        let bytes = self.answering_ours(bytes);
        self.received.extend_from_slice(&bytes);
        while !self.received.is_empty() {
            let Some(connection) = &mut self.connection else {
                return Some("a reply to nothing".to_owned());
            };
            match connection.receive(&mut self.received) {
                Ok(Some(Received::Answer(answer))) => {
                    let expected = self.expected.pop_front()?;
                    if expected
                        .as_ref()
                        .is_some_and(|expected| !same(expected, &answer.reply))
                    {
                        return Some(format!(
                            "{:?}, but our own memcached says {expected:?}",
                            answer.reply
                        ));
                    }
                    if answer.disposition == mc_proto::Disposition::Drop {
                        self.forget();
                    }
                }
                Ok(Some(_)) => {}
                // The failures of what was quiet are dropped.
                Ok(None) if self.received.is_empty() => {}
                Ok(None) => return Some("half a reply".to_owned()),
                Err(error) => return Some(error.to_string()),
            }
        }
        None
    }

    /// The replies as they answer our packets: with our numbers and opcodes, and no key that we did not ask for.
    fn answering_ours(&mut self, bytes: &[u8]) -> Vec<u8> {
        if unit::protocol(bytes) != Protocol::Binary {
            return bytes.to_vec();
        }
        let (mut input, mut out) = (BytesMut::from(bytes), Outgoing::default());
        while let Ok(Some(mut response)) = Response::decode(&mut input, &LIMITS) {
            let named = |(theirs, _): &(Name, _)| *theirs == (response.opaque, response.opcode);
            if let Some(at) = self.sent_as.iter().position(named) {
                // What stands before it was quiet, and had nothing to say.
                let sent_as = self.sent_as.drain(..=at).next_back();
                (response.opaque, response.opcode) =
                    sent_as.map_or((0, Opcode::Noop), |(_, ours)| ours);
                if matches!(response.opcode, Opcode::Get | Opcode::GetQ) {
                    response.key.clear();
                }
            }
            if response.encode(&mut out).is_err() {
                return bytes.to_vec();
            }
        }
        [out.copy_to_bytes(out.remaining()), input.freeze()].concat()
    }

    /// What is under way is not looked at any further.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// Whether two servers say the same, but for what is their own.
fn same(ours: &Reply, theirs: &Reply) -> bool {
    match (ours, theirs) {
        (Reply::Version(_), Reply::Version(_)) | (Reply::Stats(_), Reply::Stats(_)) => true,
        (Reply::Value(Some(ours)), Reply::Value(Some(theirs))) => same_item(ours, theirs),
        // The capture is of a server that asks for a password.
        (_, Reply::Refused(refusal)) if refusal.kind == RefusalKind::Unauthenticated => true,
        _ => ours == theirs,
    }
}

fn same_item(ours: &Item, theirs: &Item) -> bool {
    (ours.flags, &ours.value, ours.cas.is_some())
        == (theirs.flags, &theirs.value, theirs.cas.is_some())
}

/// Datagrams of libmemcached, all of them writes, and memcached's answers to those that want one.
pub(super) fn datagrams(entry: &Entry) -> Result<Verdict> {
    let mut differs = None;
    for sent in &entry.client_datagrams {
        match datagram(&unhex(sent)?, &entry.reply_datagrams)? {
            Verdict::Holds => {}
            Verdict::Deviates(deviation) => differs = Some(deviation),
            failed @ Verdict::Fails(_) => return Ok(failed),
        }
    }
    Ok(differs.map_or(Verdict::Holds, Verdict::Deviates))
}

/// One request: ours is compared, header and all, and the answer has to be one to it.
fn datagram(sent: &[u8], replies: &[String]) -> Result<Verdict> {
    let fails = |reason: &str| Ok(Verdict::Fails(reason.to_owned()));
    let Some((header, payload)) = udp::Header::decode(sent) else {
        return fails("a datagram without a header");
    };
    let unit = match unit::next(payload) {
        Next::Unit(unit) if unit.bytes == payload => unit,
        _ => return fails("a datagram that is not one request"),
    };
    if unit::protocol(payload) == Protocol::Binary {
        return Ok(Verdict::Deviates(&deviations::UDP_IN_BINARY));
    }
    let mut client = udp::Client::new(header.id, udp::Limits::default());
    let mut ours = Vec::new();
    let pushed = match unit.quiet {
        true => client.push_noreply(&unit.request, &mut ours),
        false => client
            .push(&unit.request, (), &mut ours)
            .map(drop)
            .map_err(|(error, ())| error),
    };
    if let Err(error) = pushed {
        return fails(&format!("we do not send it: {error}"));
    }
    for reply in replies {
        let answer = client.receive(&unhex(reply)?);
        if answer.is_none_or(|answer| answer.result.is_err()) {
            return fails("no answer to what we send");
        }
    }
    let ours = match udp::Header::decode(&ours) {
        Some((own, ours)) if own == header && client.outstanding() == 0 => ours,
        _ => return fails("another header, or no answer"),
    };
    let unit = &unit;
    Ok(differences::written(&Written { unit, ours }))
}
