//! One cell in a process of its own: the loop, and what is read off when it ends.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::workload::Shape;
use super::{Cell, Side, floor, ours, peers, turns, wire};

/// What a cell is run with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Job {
    /// Which it is.
    pub(super) cell: Cell,
    /// What is done.
    pub(super) shape: Shape,
    /// `host:port` or the path of each server.
    pub(super) servers: Vec<String>,
    /// For TLS, the authority that signed the servers' certificates, as PEM.
    pub(super) authority: Option<String>,
    /// How long it runs.
    pub(super) length: Length,
}

/// How long a cell runs.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) enum Length {
    /// In turns of so long, each of which is told.
    Turns(Duration),
    /// So many calls, in each task if there are some: for a count of what a call takes.
    Calls(u64),
}

/// What a cell came to, in a turn if it has some.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Sample {
    /// Keys read or written.
    pub(super) operations: u64,
    /// How long that took, in seconds.
    pub(super) seconds: f64,
    /// How much of a processor this process used meanwhile, user and system, in seconds.
    pub(super) cpu: f64,
}

/// The part of a turn that comes first and is not counted: connections are made, caches filled.
const WARM_UP: u32 = 5;

impl Sample {
    /// Operations in a second.
    pub(super) fn throughput(&self) -> f64 {
        self.operations as f64 / self.seconds
    }

    /// Microseconds of a processor for one operation.
    pub(super) fn cpu_each(&self) -> f64 {
        self.cpu * 1e6 / self.operations as f64
    }
}

impl Job {
    /// Runs it in this process.
    ///
    /// # Errors
    /// Whatever the side says that went wrong, a miss included.
    pub(super) fn run(&self) -> Result<Sample> {
        match self.cell.side {
            Side::Floor => floor::blocking::run(self),
            Side::FloorTokio => floor::tokio::run(self),
            Side::Blocking | Side::BlockingInto => ours::blocking::run(self),
            Side::Tokio | Side::TokioMulti => ours::tokio::run(self),
            Side::Memcache => peers::memcache::run(self),
            Side::MemcacheAsync => peers::memcache_async::run(self),
            Side::AsyncMemcached => peers::async_memcached::run(self),
            Side::MemcachedRs => peers::memcached_rs::run(self),
        }
    }

    /// What to ask for, one batch of keys after the other, until it is enough.
    pub(super) fn calls(&self) -> Calls {
        Calls {
            batches: wire::batches(&self.shape),
            given: 0,
            clock: self.clock(),
        }
    }

    /// Runs as many tasks as the workload has; each gets its keys, and tells the meter of each call.
    pub(super) async fn tasks<F>(&self, task: impl Fn(Vec<String>, Meter) -> F) -> Result<Sample>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (all, each) = (self.shape.keys, self.shape.batch);
        let calls = match self.length {
            Length::Turns(_) => u64::MAX,
            Length::Calls(calls) => calls,
        };
        let (meter, mut tasks, start) = (Meter::new(calls), JoinSet::new(), Start::now());
        for number in 0..each {
            let keys = (number..all).step_by(each).map(wire::key).collect();
            tasks.spawn(task(keys, meter.clone()));
        }
        if let Length::Turns(time) = self.length {
            // On the only thread that tasks run on: they wait as well.
            while turns::wait() {
                tokio::time::sleep(time / WARM_UP).await;
                let (start, before) = (Start::now(), meter.count());
                tokio::time::sleep(time).await;
                let sample = start.until_now(meter.count() - before);
                // None ends before it is told to, unless it fails.
                while let Some(task) = tasks.try_join_next() {
                    task.context("a task panicked")??;
                }
                turns::tell(&sample)?;
            }
            meter.stop();
        }
        while let Some(task) = tasks.join_next().await {
            task.context("a task panicked")??;
        }
        Ok(start.until_now(meter.count()))
    }

    /// Counts what is done, turn by turn if there are some.
    pub(super) fn clock(&self) -> Clock {
        Clock {
            length: self.length,
            turn: None,
            start: Start::now(),
            operations: 0,
        }
    }

    /// That the value is there, and as long as it must be.
    pub(super) fn hit(&self, value: Option<impl AsRef<[u8]>>) -> Result<()> {
        let found = value.map(|value| value.as_ref().len());
        let wanted = self.shape.value_len;
        ensure!(
            found == Some(wanted),
            "{found:?} bytes for a value of {wanted}"
        );
        Ok(())
    }
}

/// What concurrent tasks share: how many calls they have made, and how many each may make.
#[derive(Debug, Clone)]
pub(super) struct Meter(Arc<(AtomicU64, AtomicU64)>);

impl Meter {
    fn new(calls: u64) -> Self {
        Self(Arc::new((AtomicU64::new(0), AtomicU64::new(calls))))
    }

    /// Counts a call, of which the task has now made so many; whether another one is wanted.
    pub(super) fn done(&self, calls: u64) -> bool {
        self.0.0.fetch_add(1, Relaxed);
        calls < self.0.1.load(Relaxed)
    }

    fn count(&self) -> u64 {
        self.0.0.load(Relaxed)
    }

    fn stop(&self) {
        self.0.1.store(0, Relaxed);
    }
}

/// The calls of one cell, and the time that they take.
pub(super) struct Calls {
    batches: Vec<Vec<String>>,
    given: usize,
    clock: Clock,
}

impl Calls {
    /// The keys of the next call; the one before is done.
    pub(super) fn next(&mut self) -> Result<Option<&[String]>> {
        if self.given > 0 {
            self.clock.done(self.batches[0].len());
        }
        let at = self.given % self.batches.len();
        self.given += 1;
        let goes_on = self.clock.goes_on()?;
        Ok(goes_on.then(|| &self.batches[at][..]))
    }

    pub(super) fn stop(self) -> Sample {
        self.clock.stop()
    }
}

/// The time of one cell.
pub(super) struct Clock {
    length: Length,
    turn: Option<Turn>,
    start: Start,
    operations: u64,
}

/// A turn that has begun.
struct Turn {
    /// Until when nothing is counted, while nothing is.
    warm: Option<Instant>,
    by: Instant,
}

impl Clock {
    /// Whether there is another call to be made: now, or after waiting for the next turn.
    pub(super) fn goes_on(&mut self) -> Result<bool> {
        match self.length {
            Length::Turns(time) => self.goes_on_in(time),
            Length::Calls(left) => {
                self.length = Length::Calls(left.saturating_sub(1));
                Ok(left > 0)
            }
        }
    }

    /// The same, in turns of this time.
    fn goes_on_in(&mut self, time: Duration) -> Result<bool> {
        if let Some(Turn { warm, by }) = &mut self.turn {
            let now = Instant::now();
            if warm.take_if(|warm| now >= *warm).is_some() {
                (self.start, self.operations) = (Start::now(), 0);
            }
            // A call that outlasts the time is measured all the same.
            if now < *by || warm.is_some() || self.operations == 0 {
                return Ok(true);
            }
            turns::tell(&self.start.until_now(self.operations))?;
        }
        let goes_on = turns::wait();
        let warm = Instant::now() + time / WARM_UP;
        self.turn = Some(Turn {
            warm: Some(warm),
            by: warm + time,
        });
        Ok(goes_on)
    }

    /// A call was for so many keys.
    pub(super) fn done(&mut self, keys: usize) {
        self.operations += keys as u64;
    }

    pub(super) fn stop(self) -> Sample {
        self.start.until_now(self.operations)
    }
}

/// What is counted from.
struct Start {
    at: Instant,
    used: ProcessTime,
}

impl Start {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            used: ProcessTime::now(),
        }
    }

    fn until_now(&self, operations: u64) -> Sample {
        Sample {
            operations,
            seconds: self.at.elapsed().as_secs_f64(),
            cpu: self.used.elapsed().as_secs_f64(),
        }
    }
}
