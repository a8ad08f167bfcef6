//! One direction of one connection: bytes are read, rules act on them, what is left of them is written.

use std::io;
use std::mem;

use tokio::task::coop;
use tokio::time::Instant;

use super::framing::{Framing, Segment};
use super::matching::Matching;
use super::output::{Output, Slicing};
use super::rule::{Direction, OnStream};
use super::shared::{Rules, Shared, sleep};
use super::socket::Socket;

/// How much is read at once.
const CHUNK: usize = 16 << 10;

/// So many bytes are taken from a sender while they are held.
const MOST_HELD: usize = 64 << 20;

/// Why a direction passes nothing on any more.
#[derive(Debug)]
pub(super) enum Ending {
    /// Its sender has sent all.
    Over,
    /// A rule wants the connection closed in order.
    Fin,
    /// A rule wants its receiver to see the end, and nobody else.
    HalfClose,
    /// A rule wants it broken, or it broke by itself.
    Reset,
}

impl From<io::Error> for Ending {
    /// What one end has broken, the other shall see broken.
    fn from(_: io::Error) -> Self {
        Self::Reset
    }
}

pub(super) struct Pump<'a> {
    shared: &'a Shared,
    rules: Rules,
    connection: u64,
    direction: Direction,
    from: &'a Socket,
    output: Output<'a>,
    framing: Framing,
    matching: Matching,
    /// When the bytes came that are passed on now.
    arrived: Instant,
    /// Nothing is written before.
    due: Instant,
    buffer: Vec<u8>,
    /// What came while something was held.
    behind: Vec<u8>,
    /// Whether the sender has sent all.
    is_over: bool,
}

impl<'a> Pump<'a> {
    pub(super) fn new(
        shared: &'a Shared,
        connection: u64,
        direction: Direction,
        from: &'a Socket,
        to: &'a Socket,
    ) -> Self {
        let mut rules = shared.rules();
        let set = rules.borrow_and_update().clone();
        let now = Instant::now();
        Self {
            shared,
            rules,
            connection,
            direction,
            from,
            output: Output::new(to),
            framing: Framing::default(),
            matching: Matching::new(shared, set, connection, direction, (0, 0)),
            arrived: now,
            due: now,
            buffer: vec![0; CHUNK],
            behind: Vec::new(),
            is_over: false,
        }
    }

    /// Passes bytes on until there are no more or a rule ends it.
    pub(super) async fn run(&mut self) -> Ending {
        match self.pass_all().await {
            Ok(()) => Ending::Over,
            Err(ending) => ending,
        }
    }

    async fn pass_all(&mut self) -> Result<(), Ending> {
        while !self.is_over {
            // So that a sender that never rests does not keep the thread for itself.
            coop::consume_budget().await;
            self.read().await?;
            self.arrived = Instant::now();
            while !self.behind.is_empty() {
                let bytes = mem::take(&mut self.behind);
                self.pass(&bytes).await?;
            }
            self.output.flush().await?;
        }
        Ok(())
    }

    /// Reads once, behind what was read before.
    async fn read(&mut self) -> io::Result<()> {
        let len = self.from.read(&mut self.buffer).await?;
        self.is_over = len == 0;
        self.behind.extend_from_slice(&self.buffer[..len]);
        self.shared.counters.passed(self.direction, len);
        Ok(())
    }

    async fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Ending> {
        while !bytes.is_empty() {
            let segment = self.framing.next(bytes);
            let (own, rest) = bytes.split_at(segment.len);
            self.pass_segment(segment, own).await?;
            if segment.ends {
                self.output.end_message().await?;
            }
            bytes = rest;
        }
        Ok(())
    }

    /// Passes on bytes of one message. The rules may change at each wait.
    async fn pass_segment(&mut self, mut segment: Segment, mut bytes: &[u8]) -> Result<(), Ending> {
        loop {
            self.look_at_rules(&segment);
            let Some((at, rule)) = self.matching.next_place(&segment) else {
                break;
            };
            self.output.pass(&bytes[..at]).await?;
            bytes = &bytes[at..];
            segment = segment.behind(at);
            self.act(rule).await?;
        }
        Ok(self.output.pass(bytes).await?)
    }

    /// Goes by the rules that are in force by now, from the start of this segment on.
    fn look_at_rules(&mut self, segment: &Segment) {
        if self.rules.has_changed().unwrap_or(false) {
            let set = self.rules.borrow_and_update().clone();
            let before = (segment.at, segment.messages_before());
            self.matching =
                Matching::new(self.shared, set, self.connection, self.direction, before);
            self.output.forget();
        }
    }

    async fn act(&mut self, rule: usize) -> Result<(), Ending> {
        let Some((reaction, rng)) = self.matching.act(rule, self.shared) else {
            return Ok(());
        };
        match reaction {
            OnStream::Delay(time) => {
                self.due = self.due.max(self.arrived + time.draw(rng));
                self.delay().await?;
            }
            OnStream::Slice { bytes, pause } => {
                let slicing = Slicing {
                    bytes,
                    pause,
                    rng: rng.fork(),
                    rules: self.rules.clone(),
                };
                self.output.slice(slicing).await?;
            }
            OnStream::Flip => self.output.edits.flip(1 << rng.u8(0..8)),
            OnStream::Drop(extent) => self.output.edits.drop(extent),
            OnStream::Duplicate(extent) => self.output.edits.duplicate(extent),
            OnStream::Inject(bytes) => self.output.inject(&bytes).await?,
            OnStream::Hold => self.hold().await?,
            OnStream::StopReading => {
                self.output.flush().await?;
                self.shared.hold(&self.rules).await;
            }
            OnStream::Fin => return self.end(Ending::Fin).await,
            OnStream::HalfClose => return self.end(Ending::HalfClose).await,
            OnStream::Reset => return self.end(Ending::Reset).await,
        }
        Ok(())
    }

    async fn delay(&mut self) -> io::Result<()> {
        let left = self.due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        self.output.flush().await?;
        sleep(left, &self.rules).await;
        Ok(())
    }

    /// Waits for the release, and takes from the sender what it sends meanwhile.
    async fn hold(&mut self) -> io::Result<()> {
        self.output.flush().await?;
        let (shared, rules) = (self.shared, self.rules.clone());
        let mut released = std::pin::pin!(shared.hold(&rules));
        loop {
            let takes = !self.is_over && self.behind.len() < MOST_HELD;
            tokio::select! {
                () = &mut released => return Ok(()),
                read = self.read(), if takes => read?,
            }
        }
    }

    async fn end(&mut self, ending: Ending) -> Result<(), Ending> {
        self.output.flush().await?;
        Err(ending)
    }
}
