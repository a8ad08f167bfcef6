//! The ways in which a caller stops waiting before there is an answer.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use fastrand::Rng;
use tokio::task::yield_now;
use tokio::time::timeout;

/// How long a caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// Until the end.
    Whole,
    /// For so many polls; other tasks run in between.
    Polls(u32),
    /// Until a timer drops the call.
    Timer(Duration),
    /// Until the deadline that the client itself keeps.
    Deadline(Duration),
}

impl Patience {
    /// Of 100 callers, `impatient` give up early: of each ten, seven after some polls, two by a timer, one by a deadline.
    pub(crate) fn draw(rng: &mut Rng, impatient: u32) -> Self {
        if rng.u32(..100) >= impatient {
            return Self::Whole;
        }
        let soon = Duration::from_micros(rng.u64(..2_000));
        match rng.u32(..10) {
            0..7 => Self::Polls(rng.u32(0..=3)),
            7..9 => Self::Timer(soon),
            _ => Self::Deadline(soon),
        }
    }

    /// Waits so long and no longer: `None` if the call was dropped before its end.
    pub(crate) async fn wait<T>(self, call: impl Future<Output = T>) -> Option<T> {
        match self {
            Self::Whole | Self::Deadline(_) => Some(call.await),
            Self::Polls(times) => polled(call, times).await,
            Self::Timer(after) => timeout(after, call).await.ok(),
        }
    }
}

async fn polled<T>(call: impl Future<Output = T>, times: u32) -> Option<T> {
    let mut call = pin!(call);
    for _ in 0..times {
        if let Poll::Ready(output) = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await {
            return Some(output);
        }
        yield_now().await;
    }
    None
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn a_call_is_polled_as_often_as_the_caller_has_patience() {
        for patience in 0..4 {
            let mut polls = 0;
            let call = poll_fn(|_| {
                polls += 1;
                match polls {
                    3 => Poll::Ready(()),
                    _ => Poll::Pending,
                }
            });
            let end = Patience::Polls(patience).wait(call).await;
            assert_eq!((end.is_some(), polls), (patience >= 3, patience.min(3)));
        }
    }

    #[tokio::test]
    async fn a_timer_ends_what_does_not_end_by_itself() {
        let soon = Patience::Timer(Duration::from_millis(1));
        assert_eq!(soon.wait(pending::<()>()).await, None);
        assert_eq!(soon.wait(async { 1 }).await, Some(1));
    }

    #[test]
    fn callers_are_as_impatient_as_asked() {
        let mut rng = Rng::with_seed(1);
        for (impatient, expected) in [(0, 0..1), (30, 2_700..3_300), (100, 10_000..10_001)] {
            let drawn = (0..10_000).map(|_| Patience::draw(&mut rng, impatient));
            let early = drawn.filter(|it| *it != Patience::Whole).count();
            assert!(
                expected.contains(&early),
                "{early} of 10000 at {impatient} %"
            );
        }
    }
}
