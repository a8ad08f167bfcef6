//! Waiting for a place in a full queue.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};

use super::link::Shared;
use crate::error::Error;

/// Completes when there may be room at a link, or fails at the deadline.
pub(super) struct Room {
    shared: Arc<Shared>,
    sleep: Pin<Box<Sleep>>,
}

impl Room {
    pub(super) fn new(shared: Arc<Shared>, deadline: Instant) -> Self {
        Self {
            shared,
            sleep: Box::pin(sleep_until(deadline.into())),
        }
    }
}

impl Future for Room {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.shared.poll_room(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        self.sleep
            .as_mut()
            .poll(cx)
            .map(|()| Err(self.shared.no_room()))
    }
}
