//! The one timer of a connection.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Instant;

use super::link::Shared;
use super::runtime::{Sleep, sleep_until};
use crate::lost::Lost;

/// Fires when the first of a link's deadlines passes.
pub(super) struct Deadlines {
    timer: Pin<Box<Sleep>>,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        Self {
            timer: Box::pin(sleep_until(Instant::now().into())),
        }
    }

    /// Gives up on what is overdue, and sees that the driver is woken for the next deadline and for
    /// whatever is queued from now on. `Err` if the connection is to be given up as well.
    pub(super) fn poll_expired(
        &mut self,
        shared: &Shared,
        cx: &mut Context<'_>,
    ) -> Result<(), Lost> {
        while let Some(next) = shared.rest(cx) {
            if self.timer.is_elapsed() || next < self.timer.deadline().into_std() {
                self.timer.as_mut().reset(next.into());
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                break;
            }
            shared.expire(Instant::now())?;
        }
        Ok(())
    }
}
