//! A call that is polled by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use mc_client::Error;
use tokio::task::yield_now;

use super::commands::Asking;

/// A call whose polls are counted.
pub(super) struct ByHand<'c> {
    call: Asking<'c>,
    woken: Arc<Woken>,
    pub(super) polls: usize,
}

/// Whether the call wants to be polled.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Relaxed);
    }
}

impl<'c> ByHand<'c> {
    pub(super) fn new(call: Asking<'c>) -> Self {
        Self {
            call,
            woken: Arc::default(),
            polls: 0,
        }
    }

    /// Polls it once: its answer if it is there.
    pub(super) fn poll(&mut self) -> Option<Result<bool, Error>> {
        self.polls += 1;
        self.woken.0.store(false, Relaxed);
        let waker = Waker::from(Arc::clone(&self.woken));
        match self.call.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        }
    }

    /// Lets the client's own tasks run until the call wants to be polled, or until nothing more comes for it.
    pub(super) async fn rest(&self, is_settled: impl Fn() -> bool) {
        while !self.woken.0.load(Relaxed) && !is_settled() {
            yield_now().await;
        }
    }

    /// Polls it to its end, each time that it wants to be.
    pub(super) async fn whole(mut self) -> (Result<bool, Error>, usize) {
        loop {
            if let Some(answer) = self.poll() {
                return (answer, self.polls);
            }
            self.rest(|| false).await;
        }
    }
}
