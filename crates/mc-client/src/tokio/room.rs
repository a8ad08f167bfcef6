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
    /// Where it waits, once it does.
    place: Option<usize>,
    sleep: Pin<Box<Sleep>>,
}

impl Room {
    pub(super) fn new(shared: Arc<Shared>, deadline: Instant) -> Self {
        Self {
            shared,
            place: None,
            sleep: Box::pin(sleep_until(deadline.into())),
        }
    }
}

impl Future for Room {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.shared.poll_room(&mut this.place, cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        this.sleep
            .as_mut()
            .poll(cx)
            .map(|()| Err(this.shared.no_room()))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.shared.leave_room(place);
        }
    }
}
