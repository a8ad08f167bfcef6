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
    slot: Option<usize>,
    /// Whether the first poll has nothing to do: the waker is there already.
    is_new: bool,
    /// What the answer comes from, if there is no connection.
    datagram: Option<Answering>,
}

/// The future of an answer by itself.
pub(super) type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

impl Ticket {
    pub(super) fn new(shared: Arc<Shared>, slot: usize, has_waker: bool) -> Self {
        Self {
            shared,
            slot: Some(slot),
            is_new: has_waker,
            datagram: None,
        }
    }

    pub(super) fn by_datagram(shared: Arc<Shared>, answering: Answering) -> Self {
        Self {
            shared,
            slot: None,
            is_new: false,
            datagram: Some(answering),
        }
    }

    /// The server's name.
    pub(super) fn server(&self) -> &Arc<str> {
        self.shared.name()
    }
}

impl Future for Ticket {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        if std::mem::take(&mut self.is_new) {
            return Poll::Pending;
        }
        if let Some(answering) = &mut self.datagram {
            return answering.as_mut().poll(cx);
        }
        let Some(slot) = self.slot else {
            return Poll::Pending;
        };
        let answer = self.shared.poll_ticket(slot, cx);
        if answer.is_ready() {
            self.slot = None;
        }
        answer
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(slot) = self.slot {
            self.shared.abandon(slot);
        }
    }
}
