//! Waiting for a place in a full queue.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use super::link::{Place, Shared};
use crate::error::Error;

/// Completes when there may be room at a link; fails at the deadline, or if there is no connection and one was needed.
///
/// Keep it until the request is queued: as it goes it calls the next who waits, if there is still room.
pub(super) struct Room {
    shared: Arc<Shared>,
    /// Where it waits, once it does.
    place: Option<Place>,
    deadline: Instant,
}

impl Room {
    pub(super) fn new(shared: Arc<Shared>, deadline: Instant) -> Self {
        Self {
            shared,
            place: None,
            deadline,
        }
    }
}

impl Future for Room {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        this.shared.poll_room(&mut this.place, this.deadline, cx)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.shared.leave_room(place);
        }
    }
}
