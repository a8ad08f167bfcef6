//! One connection without its socket: bytes in, bytes out.

use std::sync::{MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{Buf, BytesMut};
use mc_proto::text::{BadRequest, Incoming, decode_request, encode_reply};
use mc_proto::{Limits, Outgoing, Refusal, RefusalKind, Reply, Request, binary};

use super::Shared;
use super::store::Store;

/// What a connection has come to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A request was served; there may be another.
    Done,
    /// More bytes are needed.
    Wait,
    /// The connection ends, once what is out has been written.
    Close,
}

/// The state of one connection; it is counted in the store's statistics.
pub(super) struct Session {
    store: Shared,
    limits: Limits,
    /// Bytes still to arrive that belong to a refused request.
    to_skip: usize,
}

impl Session {
    pub(super) fn new(store: Shared) -> Self {
        lock(&store).counters.connected();
        // The store refuses what is too large, as it then has to drop the old item.
        let limits = Limits {
            max_value_len: Limits::LONGEST_VALUE,
            ..Limits::default()
        };
        Self {
            store,
            limits,
            to_skip: 0,
        }
    }

    /// Serves the request at the start of `input`, if all of it is there.
    pub(super) fn step(&mut self, input: &mut BytesMut, out: &mut Outgoing) -> Step {
        let skipped = self.to_skip.min(input.len());
        input.advance(skipped);
        self.to_skip -= skipped;
        if input.is_empty() {
            return Step::Wait;
        }
        // A packet begins with a byte that no line begins with.
        if input.first() == Some(&0x80) {
            return self.step_in_packets(input, out);
        }
        match decode_request(input, &self.limits) {
            Ok(None) => Step::Wait,
            Ok(Some(incoming)) => {
                let len = incoming.len;
                let step = self.answer(&incoming, out);
                input.advance(len);
                step
            }
            Err(bad) => self.refuse(bad, out),
        }
    }

    fn step_in_packets(&mut self, input: &mut BytesMut, out: &mut Outgoing) -> Step {
        match binary::decode_request(input, &self.limits) {
            Ok(None) => Step::Wait,
            Ok(Some(incoming)) => {
                let len = incoming.len;
                let step = self.answer_packet(&incoming.request, out);
                input.advance(len);
                step
            }
            Err(bad) => {
                if let Some(reply) = bad.reply {
                    reply.encode(out);
                }
                self.skip(bad.skip)
            }
        }
    }

    fn answer(&self, incoming: &Incoming<'_>, out: &mut Outgoing) -> Step {
        let reply = match &incoming.request {
            Request::Quit => return Step::Close,
            Request::Meta(request) => {
                let reply = self.execute(request.general());
                request
                    .answer(&reply)
                    .map_or(reply, |reply| Reply::Meta(reply.into()))
            }
            request => lock(&self.store).execute(request, now()),
        };
        if !incoming.noreply {
            write(&incoming.request, &reply, out);
        }
        Step::Done
    }

    fn answer_packet(&self, request: &binary::Request<'_>, out: &mut Outgoing) -> Step {
        let general = request.general();
        let is_quit = general == Some(Request::Quit);
        let reply = match is_quit {
            true => Reply::Ok,
            false => self.execute(general),
        };
        binary::encode_reply(request, &reply, out).expect("the store answers what was asked");
        if is_quit { Step::Close } else { Step::Done }
    }

    /// Does what is asked, if it is more than one protocol alone can say.
    fn execute(&self, request: Option<Request<'_>>) -> Reply {
        match request {
            Some(request) => lock(&self.store).execute(&request, now()),
            None => Reply::Refused(Refusal::new(
                RefusalKind::Client,
                "this server does not know these flags",
            )),
        }
    }

    fn refuse(&mut self, bad: BadRequest, out: &mut Outgoing) -> Step {
        if !bad.noreply {
            // A refusal reads the same whatever was asked.
            write(&Request::Version, &Reply::Refused(bad.refusal), out);
        }
        self.skip(bad.skip)
    }

    /// Goes on behind so many bytes, if it is known behind how many.
    fn skip(&mut self, len: Option<usize>) -> Step {
        match len {
            Some(len) => {
                self.to_skip = len;
                Step::Done
            }
            None => Step::Close,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        lock(&self.store).counters.disconnected();
    }
}

fn write(request: &Request<'_>, reply: &Reply, out: &mut Outgoing) {
    encode_reply(request, reply, out).expect("the store answers what was asked");
}

/// The store, even after a panic in another connection: each request leaves it whole.
fn lock(store: &Shared) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The system's clock in whole seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests;
