//! What is written to one end: bytes on their way, edited, gathered, and cut in pieces.

use std::io;
use std::time::Duration;

use fastrand::Rng;
use tokio::task::coop;

use super::drawn::Drawn;
use super::edits::Edits;
use super::shared::{Rules, sleep};
use super::socket::Socket;

pub(super) struct Output<'a> {
    to: &'a Socket,
    pub(super) edits: Edits,
    /// Edited, and not yet written.
    bytes: Vec<u8>,
    slicing: Option<Slicing>,
}

/// How the rest of a message is cut.
pub(super) struct Slicing {
    pub(super) bytes: Drawn<usize>,
    pub(super) pause: Drawn<Duration>,
    pub(super) rng: Rng,
    pub(super) rules: Rules,
}

impl<'a> Output<'a> {
    pub(super) fn new(to: &'a Socket) -> Self {
        Self {
            to,
            edits: Edits::default(),
            bytes: Vec::new(),
            slicing: None,
        }
    }

    /// Passes bytes on: at once in pieces, or else with the next [`flush`](Self::flush).
    pub(super) async fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.edits.apply(bytes, &mut self.bytes);
        self.cut().await
    }

    /// Passes bytes on that were never received.
    pub(super) async fn inject(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        self.cut().await
    }

    /// Cuts all that comes until the message ends.
    pub(super) async fn slice(&mut self, slicing: Slicing) -> io::Result<()> {
        self.flush().await?;
        self.slicing = Some(slicing);
        Ok(())
    }

    pub(super) async fn end_message(&mut self) -> io::Result<()> {
        self.edits.end_message(&mut self.bytes);
        self.cut().await?;
        self.slicing = None;
        Ok(())
    }

    /// Undoes what rules have begun.
    pub(super) fn forget(&mut self) {
        self.edits = Edits::default();
        self.slicing = None;
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        self.to.write_all(&self.bytes).await?;
        self.bytes.clear();
        Ok(())
    }

    async fn cut(&mut self) -> io::Result<()> {
        let Some(slicing) = &mut self.slicing else {
            return Ok(());
        };
        let mut rest = self.bytes.as_slice();
        while !rest.is_empty() {
            let len = slicing.bytes.draw(&mut slicing.rng).min(rest.len());
            let (piece, later) = rest.split_at(len);
            self.to.write_all(piece).await?;
            slicing.rest().await;
            rest = later;
        }
        self.bytes.clear();
        Ok(())
    }
}

impl Slicing {
    /// Pauses, and at least does not keep the thread for itself.
    async fn rest(&mut self) {
        match self.pause.draw(&mut self.rng) {
            Duration::ZERO => coop::consume_budget().await,
            pause => sleep(pause, &self.rules).await,
        }
    }
}
