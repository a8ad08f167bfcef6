//! Tasks and timers as the model checker has them: a timer that is due fires now or at any later step.

use std::convert::Infallible;
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::time::Instant;

use super::{World, chance};

/// Where tasks are started.
pub(crate) struct Handle;

impl Handle {
    pub(crate) fn try_current() -> Result<Self, Infallible> {
        Ok(Self)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let task = shuttle::future::spawn(task);
        World::of_this_run().drivers.lock().unwrap().push(task);
    }
}

/// Completes once the time has come: times are either past or hours away, so that the clock decides nothing.
#[derive(Debug)]
pub(crate) struct Sleep {
    deadline: Instant,
    is_elapsed: bool,
}

pub(crate) fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        deadline,
        is_elapsed: false,
    }
}

impl Sleep {
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn is_elapsed(&self) -> bool {
        self.is_elapsed
    }

    pub(crate) fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        *self = sleep_until(deadline);
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_elapsed && Instant::now() < self.deadline {
            return Poll::Pending;
        }
        self.is_elapsed |= chance(0.3);
        match self.is_elapsed {
            true => Poll::Ready(()),
            false => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

/// The time was over first.
#[derive(Debug)]
pub(crate) struct Elapsed;

pub(crate) async fn timeout_at<F: IntoFuture>(
    deadline: Instant,
    future: F,
) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future.into_future());
    let mut sleep = pin!(sleep_until(deadline));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => sleep.as_mut().poll(cx).map(|()| Err(Elapsed)),
    })
    .await
}

pub(crate) async fn timeout<F: IntoFuture>(
    within: std::time::Duration,
    future: F,
) -> Result<F::Output, Elapsed> {
    timeout_at(Instant::now() + within, future).await
}
