//! One connection without its socket: bytes in, bytes out.

use std::sync::{MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{Buf, BytesMut};
use mc_proto::text::{BadRequest, Incoming, decode_request, encode_reply};
use mc_proto::{Limits, Outgoing, Reply, Request};

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

    fn answer(&self, incoming: &Incoming<'_>, out: &mut Outgoing) -> Step {
        if incoming.request == Request::Quit {
            return Step::Close;
        }
        let reply = lock(&self.store).execute(&incoming.request, now());
        if !incoming.noreply {
            write(&incoming.request, &reply, out);
        }
        Step::Done
    }

    fn refuse(&mut self, bad: BadRequest, out: &mut Outgoing) -> Step {
        if !bad.noreply {
            // A refusal reads the same whatever was asked.
            write(&Request::Version, &Reply::Refused(bad.refusal), out);
        }
        match bad.skip {
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
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Feeds `request` in pieces of `chunk` bytes; what is answered, and whether the connection stays.
    fn play(request: &str, chunk: usize) -> (String, bool) {
        let store = Arc::new(Mutex::new(Store::new(1 << 20, 1 << 20)));
        let mut session = Session::new(store);
        let (mut input, mut out) = (BytesMut::new(), Outgoing::default());
        let mut stays = true;
        for piece in request.as_bytes().chunks(chunk) {
            input.extend_from_slice(piece);
            let mut step = Step::Done;
            while stays && step == Step::Done {
                step = session.step(&mut input, &mut out);
            }
            stays = stays && step == Step::Wait;
        }
        let answer = out.copy_to_bytes(out.remaining());
        (String::from_utf8_lossy(&answer).into_owned(), stays)
    }

    /// However the bytes arrive, a value is never taken for commands, as memcached 1.6.18 would.
    #[test]
    fn a_refused_value_is_skipped() {
        let check = |request: &str, answer: &str, stays| {
            for chunk in [1, 2, 5, request.len()] {
                assert_eq!(
                    play(request, chunk),
                    (answer.to_owned(), stays),
                    "{request:?}, {chunk}"
                );
            }
        };
        let key = "k".repeat(251);
        let bad = "CLIENT_ERROR bad command line format\r\n";
        let value = "flush_all\r\nversion";
        check(
            &format!("set {key} 0 0 18\r\n{value}\r\nget a\r\n"),
            &format!("{bad}END\r\n"),
            true,
        );
        check(
            &format!("set {key} 0 0 18 noreply\r\n{value}\r\nget a\r\n"),
            "END\r\n",
            true,
        );
        check(&format!("set a 0 0 -1\r\n{value}\r\n"), bad, false);
        let chunk = "CLIENT_ERROR bad data chunk\r\n";
        check(&format!("set a 0 0 3\r\n{value}\r\n"), chunk, false);
        check("set a 0 0 1\r\nx\r\nquit\r\nget a\r\n", "STORED\r\n", false);
    }
}
