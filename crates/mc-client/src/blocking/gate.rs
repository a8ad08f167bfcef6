//! Who may connect to a server: one thread at a time.
//!
//! Threads that all want a connection line up. One connects; the next looks whether there is a connection to use by
//! then. If the one fails, its error is that of all who waited for it: a server that is down is tried once, as the
//! async client's one driver does.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::error::Error;

/// One server's gate.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    /// Somebody has gone through, or has failed to.
    passed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whether a thread is connecting.
    taken: bool,
    /// How many have failed, and how the last did.
    failures: u64,
    failure: Option<Error>,
}

/// What came of waiting at a gate.
#[derive(Debug)]
pub(super) enum Turn<'g> {
    /// The caller may connect; nobody else does until this is dropped.
    Mine(Pass<'g>),
    /// Whoever was waited for has failed.
    Failed(Error),
    /// The deadline has passed.
    Late,
}

/// The right to connect.
#[derive(Debug)]
pub(super) struct Pass<'g>(&'g Gate);

impl Gate {
    /// Waits for the caller's turn, or for the failure of the one before.
    pub(super) fn wait(&self, deadline: Instant) -> Turn<'_> {
        let mut state = self.lock();
        let failures = state.failures;
        while state.taken {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Turn::Late;
            }
            let waited = self.passed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if let Some(error) = state.failure.as_ref().filter(|_| state.failures > failures) {
                return Turn::Failed(error.clone());
            }
        }
        state.taken = true;
        Turn::Mine(Pass(self))
    }

    /// Each change under the lock is an assignment, so that a panic leaves whole values behind.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// Tells all who wait that there is no connection to be had.
    pub(super) fn fail(self, error: &Error) {
        let mut state = self.0.lock();
        state.failures += 1;
        state.failure = Some(error.clone());
        drop(state);
        self.0.passed.notify_all();
    }
}

/// Also when connecting panics.
impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.0.lock().taken = false;
        self.0.passed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    fn pass(gate: &Gate) -> Option<Pass<'_>> {
        match gate.wait(Instant::now() + Duration::from_secs(60)) {
            Turn::Mine(pass) => Some(pass),
            Turn::Failed(_) => None,
            Turn::Late => panic!("a minute is enough"),
        }
    }

    #[test]
    fn one_goes_at_a_time_and_nobody_is_left_behind() {
        let (gate, inside) = (Gate::default(), AtomicUsize::new(0));
        let go = || {
            for _ in 0..100 {
                let _pass = pass(&gate).unwrap();
                assert_eq!(inside.fetch_add(1, Ordering::Relaxed), 0);
                thread::yield_now();
                inside.fetch_sub(1, Ordering::Relaxed);
            }
        };
        thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(go))));
    }

    #[test]
    fn who_waits_fails_with_the_one_who_tries_and_who_comes_later_tries() {
        let gate = Gate::default();
        // Whether the other has begun to wait by then is up to the system.
        let has_waited = || {
            let first = pass(&gate).unwrap();
            thread::scope(|scope| {
                let waiting = scope.spawn(|| pass(&gate).is_none());
                thread::yield_now();
                first.fail(&Error::no_servers());
                waiting.join().unwrap()
            })
        };
        assert!((0..100_000).any(|_| has_waited()));
        assert!(pass(&gate).is_some());
    }

    #[test]
    fn the_deadline_ends_the_wait() {
        let gate = Gate::default();
        let _first = pass(&gate).unwrap();
        let late = gate.wait(Instant::now() + Duration::from_millis(5));
        assert!(matches!(late, Turn::Late));
    }
}
