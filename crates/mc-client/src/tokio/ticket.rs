//! A caller's place in a connection's queue.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::link::Shared;
use super::waiters::Answer;

/// The future of one reply. Dropped early, the reply is thrown away when it comes; nothing else happens.
pub(super) struct Ticket {
    shared: Arc<Shared>,
    source: Source,
}

/// What the answer comes from.
enum Source {
    /// The connection.
    Slot(usize),
    Datagram(Answering),
    /// It has been given.
    Nothing,
}

/// The future of an answer by itself.
pub(super) type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl Ticket {
    pub(super) fn new(shared: Arc<Shared>, slot: usize) -> Self {
        Self {
            shared,
            source: Source::Slot(slot),
        }
    }

    pub(super) fn by_datagram(shared: Arc<Shared>, answering: Answering) -> Self {
        Self {
            shared,
            source: Source::Datagram(answering),
        }
    }

    /// Whether a waker that was left with the request is called: a datagram goes only when this is polled.
    pub(super) fn keeps_waker(&self) -> bool {
        matches!(self.source, Source::Slot(_))
    }

    /// The server's name.
    pub(super) fn server(&self) -> &Arc<str> {
        self.shared.name()
    }
}

impl Future for Ticket {
    type Output = Answer;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        let this = &mut *self;
        let answer = match &mut this.source {
            Source::Slot(slot) => this.shared.poll_ticket(*slot, cx),
            Source::Datagram(answering) => answering.as_mut().poll(cx),
            Source::Nothing => Poll::Pending,
        };
        if answer.is_ready() {
            this.source = Source::Nothing;
        }
        answer
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Source::Slot(slot) = self.source {
            self.shared.abandon(slot);
        }
    }
}
