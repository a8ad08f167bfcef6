//! One direction of one connection: bytes are read, rules act on them, what is left of them is written.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::watch;
use tokio::task::{coop, yield_now};
use tokio::time::{Instant, sleep, sleep_until};

use super::drawn::Drawn;
use super::framing::Framing;
use super::matching::Matching;
use super::rule::{Direction, OnStream};
use super::shared::{RuleSet, Shared};
use super::socket::Socket;

/// How much is read at once.
const CHUNK: usize = 16 << 10;

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
    rules: watch::Receiver<Arc<RuleSet>>,
    connection: u64,
    direction: Direction,
    from: &'a Socket,
    to: &'a Socket,
    framing: Framing,
    matching: Matching,
    /// When the bytes came that are passed on now.
    arrived: Instant,
    /// Nothing is written before.
    due: Instant,
    /// To be written.
    out: Vec<u8>,
    slicing: Option<Slicing>,
}

/// How the rest of a message is cut.
struct Slicing {
    bytes: Drawn<usize>,
    pause: Drawn<Duration>,
    rng: Rng,
    /// What the piece still lacks.
    left: usize,
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
        let framing = Framing::default();
        let matching = Matching::new(shared, set, connection, direction, &framing);
        let now = Instant::now();
        Self {
            shared,
            rules,
            connection,
            direction,
            from,
            to,
            framing,
            matching,
            arrived: now,
            due: now,
            out: Vec::new(),
            slicing: None,
        }
    }

    /// Passes bytes on until there are no more or a rule ends it.
    pub(super) async fn run(&mut self) -> Ending {
        let mut buffer = vec![0; CHUNK];
        loop {
            // So that a sender that never rests does not keep the thread for itself.
            coop::consume_budget().await;
            let passed = match self.from.read(&mut buffer).await {
                Ok(0) => return Ending::Over,
                Ok(len) => self.pass(&buffer[..len]).await,
                Err(error) => Err(error.into()),
            };
            if let Err(ending) = passed {
                return ending;
            }
        }
    }

    async fn pass(&mut self, mut bytes: &[u8]) -> Result<(), Ending> {
        self.shared.counters.passed(self.direction, bytes.len());
        self.arrived = Instant::now();
        let mut places = Vec::new();
        while !bytes.is_empty() {
            self.look_at_rules();
            let segment = self.framing.next(bytes);
            let (own, rest) = bytes.split_at(segment.len);
            self.matching.places(&segment, &mut places);
            let mut passed = 0;
            for (at, rule) in &places {
                self.emit(&own[passed..*at]).await?;
                passed = *at;
                self.act(*rule).await?;
            }
            self.emit(&own[passed..]).await?;
            if segment.ends {
                self.slicing = None;
            }
            bytes = rest;
        }
        Ok(self.flush().await?)
    }

    /// Goes by the rules that are in force by now.
    fn look_at_rules(&mut self) {
        if self.rules.has_changed().unwrap_or(false) {
            let set = self.rules.borrow_and_update().clone();
            let (shared, framing) = (self.shared, &self.framing);
            self.matching = Matching::new(shared, set, self.connection, self.direction, framing);
        }
    }

    async fn act(&mut self, rule: usize) -> Result<(), Ending> {
        let Some((reaction, rng)) = self.matching.act(rule, self.shared) else {
            return Ok(());
        };
        match reaction {
            OnStream::Delay(time) => {
                self.due = self.due.max(self.arrived + time.draw(rng));
                if self.due > Instant::now() {
                    self.flush().await?;
                    sleep_until(self.due).await;
                }
            }
            OnStream::Slice { bytes, pause } => {
                let rng = rng.fork();
                self.flush().await?;
                self.slicing = Some(Slicing {
                    bytes,
                    pause,
                    rng,
                    left: 0,
                });
            }
            OnStream::Hold => {
                self.flush().await?;
                self.shared.hold(&self.rules).await;
            }
            OnStream::StopReading => {
                self.flush().await?;
                self.from.shrink()?;
                self.shared.hold(&self.rules).await;
            }
            OnStream::Fin => return self.end(Ending::Fin).await,
            OnStream::HalfClose => return self.end(Ending::HalfClose).await,
            OnStream::Reset => return self.end(Ending::Reset).await,
        }
        Ok(())
    }

    async fn end(&mut self, ending: Ending) -> Result<(), Ending> {
        self.flush().await?;
        Err(ending)
    }

    /// Writes bytes, in pieces if they are sliced, or keeps them for the next write.
    async fn emit(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(slicing) = &mut self.slicing else {
            self.out.extend_from_slice(bytes);
            return Ok(());
        };
        while !bytes.is_empty() {
            if slicing.left == 0 {
                slicing.left = slicing.bytes.draw(&mut slicing.rng);
            }
            let (piece, rest) = bytes.split_at(slicing.left.min(bytes.len()));
            self.to.write_all(piece).await?;
            slicing.left -= piece.len();
            bytes = rest;
            if slicing.left == 0 {
                slicing.rest().await;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.to.write_all(&self.out).await?;
        self.out.clear();
        Ok(())
    }
}

impl Slicing {
    /// Gives the other end time to read the piece alone.
    async fn rest(&mut self) {
        match self.pause.draw(&mut self.rng) {
            Duration::ZERO => yield_now().await,
            pause => sleep(pause).await,
        }
    }
}
