//! Waiting for a place in a full queue.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::link::{self, Shared};
use super::runtime::{Sleep, sleep_until};
use crate::error::Error;

/// Completes when there may be room at a link; fails at the deadline, or if there is no connection and one was needed.
pub(super) struct Room {
    shared: Arc<Shared>,
    /// Where it waits, once it does.
    place: Option<usize>,
    deadline: Instant,
    /// Made when it is needed, which a runtime is for.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Room {
    pub(super) fn new(shared: Arc<Shared>, deadline: Instant) -> Self {
        Self {
            shared,
            place: None,
            deadline,
            sleep: None,
        }
    }
}

impl Future for Room {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(room) = this.shared.poll_room(&mut this.place, cx) {
            return Poll::Ready(room);
        }
        let sleep = match &mut this.sleep {
            Some(sleep) => sleep,
            none => {
                link::runtime()?;
                none.insert(Box::pin(sleep_until(this.deadline.into())))
            }
        };
        let over = sleep.as_mut().poll(cx);
        over.map(|()| Err(this.shared.no_room()))
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.shared.leave_room(place);
        }
    }
}
