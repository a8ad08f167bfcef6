//! A caller's place in a connection's queue.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::task::JoinHandle;

use super::link::Shared;
use super::waiters::Answer;
use crate::lost::Lost;

/// The future of one reply. Dropped early, the reply is thrown away when it comes; nothing else happens.
pub(super) struct Ticket {
    shared: Arc<Shared>,
    source: Source,
}

/// What the answer comes from.
enum Source {
    /// The connection.
    Slot(usize),
    Datagram(JoinHandle<Answer>),
    /// It has been given.
    Nothing,
}

impl Ticket {
    pub(super) fn new(shared: Arc<Shared>, slot: usize) -> Self {
        Self {
            shared,
            source: Source::Slot(slot),
        }
    }

    pub(super) fn by_datagram(shared: Arc<Shared>, answering: JoinHandle<Answer>) -> Self {
        Self {
            shared,
            source: Source::Datagram(answering),
        }
    }

    /// Whether a waker that was left with the request is called; that of a datagram learns it only from a poll.
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
            Source::Datagram(answering) => Pin::new(answering).poll(cx).map(|it| {
                // The runtime is shutting down.
                it.unwrap_or_else(|_| Err(Lost::Stopped.into_error(true).at(this.shared.name())))
            }),
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
        match &self.source {
            Source::Slot(slot) => self.shared.abandon(*slot),
            Source::Datagram(answering) => answering.abort(),
            Source::Nothing => {}
        }
    }
}
