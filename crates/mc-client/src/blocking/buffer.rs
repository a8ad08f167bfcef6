//! What the behavior `buffer_requests` holds back at one server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use mc_proto::Reply;

use super::session::Session;
use super::stream::wait;
use crate::call::Collected;
use crate::error::Error;
use crate::lost::Lost;

/// How long a client that is dropped, or a call that drops the last link to a server, waits for the answers to what was
/// buffered.
const AT_ONCE: Duration = Duration::from_millis(100);

/// How long a thread of its own waits after that.
const MOST_LINGER: Duration = Duration::from_secs(5);

/// A connection with requests in it that are not sent, and what became of those that were.
#[derive(Default)]
pub(super) struct Buffer {
    /// With the time since when it rests.
    held: Mutex<Option<(Box<Session>, Instant)>>,
    /// Whether there is one, so that calls of clients that buffer nothing need not take the lock.
    holds: AtomicBool,
    collected: Mutex<Collected>,
}

impl Buffer {
    /// Keeps a connection until something else is sent over it; gives it back if there is one already.
    pub(super) fn hold(&self, session: Box<Session>) -> Option<Box<Session>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match &*held {
            Some(_) => Some(session),
            None => {
                *held = Some((session, Instant::now()));
                self.holds.store(true, Ordering::Release);
                None
            }
        }
    }

    /// The connection, to send what is in it, and since when it rests. What a parent process had buffered is left to it.
    #[inline]
    pub(super) fn take(&self) -> Option<(Box<Session>, Instant)> {
        match self.holds.load(Ordering::Acquire) {
            true => self.take_held(),
            false => None,
        }
    }

    fn take_held(&self) -> Option<(Box<Session>, Instant)> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = held.take();
        self.holds.store(false, Ordering::Release);
        drop(held);
        taken.take_if(|(session, _)| session.is_ours())
    }

    /// Takes the answer to something that was buffered, or why there is none.
    pub(super) fn answered(&self, answer: Result<Reply, Error>) {
        self.with_collected(|collected| collected.take(answer));
    }

    /// The first failure since the last time.
    pub(super) fn result(&self) -> Result<(), Error> {
        self.with_collected(Collected::result)
    }

    fn with_collected<T>(&self, with: impl FnOnce(&mut Collected) -> T) -> T {
        let mut collected = self
            .collected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        with(&mut collected)
    }
}

/// What is buffered is sent at the end, and read by the server: a socket that is closed with answers unread
/// may cost it what it has not read yet.
impl Drop for Buffer {
    fn drop(&mut self) {
        let Some((mut session, _)) = self.take() else {
            return;
        };
        let begun = Instant::now();
        if let Err(Lost::Overdue) = finish(&mut session, begun + AT_ONCE) {
            // Nobody is left to be told how it went.
            let rest = move || drop(finish(&mut session, begun + MOST_LINGER));
            let _ = thread::Builder::new().spawn(rest);
        }
    }
}

/// Sends what is in a connection and takes the answers that are awaited, until the deadline at most.
fn finish(session: &mut Session, deadline: Instant) -> Result<(), Lost> {
    loop {
        let is_sent = !session.has_unsent() || session.send(&[]).map_err(Lost::Io)?;
        if is_sent && session.core.pending() == 0 {
            return Ok(());
        }
        if !wait(&mut [session.waited_for()], deadline).map_err(Lost::Io)? {
            return Err(Lost::Overdue);
        }
        session.receive()?;
        while session.answer()?.is_some() {}
    }
}
