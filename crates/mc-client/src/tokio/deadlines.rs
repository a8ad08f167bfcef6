//! The one timer of a connection.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Instant;

use super::link::{Rest, Shared};
use super::runtime::{Sleep, sleep_until};
use crate::lost::Lost;

/// Fires when the first of a link's deadlines passes.
pub(super) struct Deadlines {
    timer: Pin<Box<Sleep>>,
}

/// What a driver does next.
pub(super) enum Next {
    /// It takes what is queued.
    Write,
    Sleep,
    /// The same, of a link that is dropped: it ends, if nobody has any use for it.
    Stop,
}

impl Deadlines {
    pub(super) fn new() -> Self {
        Self {
            timer: Box::pin(sleep_until(Instant::now().into())),
        }
    }

    /// Gives up on what is overdue, and, if the driver may rest, sees that it is woken for the next deadline and for
    /// whatever is queued from now on. `Err` if the connection is to be given up as well.
    pub(super) fn poll_expired(
        &mut self,
        shared: &Shared,
        cx: &mut Context<'_>,
    ) -> Result<Next, Lost> {
        loop {
            let (next, stopped) = match shared.rest(cx) {
                Rest::Queued => return Ok(Next::Write),
                Rest::Until { next, stopped } => (next, stopped),
            };
            let after = if stopped { Next::Stop } else { Next::Sleep };
            let Some(next) = next else {
                return Ok(after);
            };
            if self.timer.is_elapsed() || next < self.timer.deadline().into_std() {
                self.timer.as_mut().reset(next.into());
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Ok(after);
            }
            shared.expire(Instant::now())?;
        }
    }
}
