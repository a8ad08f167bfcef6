//! What figures put on a client, and how they look at what it leaves.

pub(crate) mod blocking;
pub(crate) mod cache;
pub(crate) mod giving_up;
pub(crate) mod ledger;
pub(crate) mod listener;
pub(crate) mod memory;
pub(crate) mod process;
pub(crate) mod shell;
pub(crate) mod stamp;
pub(crate) mod tally;
pub(crate) mod worker;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use self::cache::Cache;
use self::ledger::Ledger;
use self::tally::{Count, Tally};
use self::worker::Worker;

/// How many wrong answers and failures are told in words.
const MOST_REMARKS: usize = 5;

/// Many tasks that share a client and write, each, keys of their own, and read all of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    pub(crate) tasks: u32,
    /// Of each task.
    pub(crate) keys: u32,
    /// Of all tasks together.
    pub(crate) operations: u64,
    /// When these are done, it goes on until so much time has passed.
    pub(crate) lasts: Duration,
    /// Servers lose what they hold, and what was sent over a connection that is gone may arrive later than what was
    /// sent over the next: a read may find nothing, or something older.
    pub(crate) forgotten: bool,
    /// Connections are lost: what was sent over one may arrive later than what was sent over the next.
    pub(crate) reorders: bool,
    /// Of 100 operations, those whose callers give up early if there is no answer yet.
    pub(crate) impatient: u32,
    /// The deadline of the other operations.
    pub(crate) within: Duration,
    /// Of the values, in bytes; nearly all are much shorter.
    pub(crate) longest: usize,
    pub(crate) seed: u64,
}

/// What came of a load.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) tally: Tally,
    /// Failures that are not of the load's own making: short deadlines that passed.
    pub(crate) unexpected: Count,
    /// The first of those, and the first wrong answers.
    failures: Remarks,
    mistakes: Remarks,
}

impl Load {
    /// Puts the load on a client and waits for the end of every operation.
    ///
    /// # Errors
    /// A task that panicked.
    pub(crate) async fn put<C: Cache>(self, cache: &C) -> Result<Arc<Seen>> {
        let ledger = Arc::new(Ledger::new(self.tasks, self.keys));
        let seen = Arc::new(Seen::default());
        let mut tasks = JoinSet::new();
        for task in 0..self.tasks {
            let worker = Worker::new(task, self, cache.clone(), &ledger, &seen);
            tasks.spawn(worker.work());
        }
        while let Some(ended) = tasks.join_next().await {
            ended?;
        }
        Ok(seen)
    }
}

impl Seen {
    /// The share of operations whose callers gave up before there was an answer, in percent.
    pub(crate) fn cancelled(&self) -> f64 {
        100.0 * self.tally.cancelled.get() as f64 / self.tally.begun.get() as f64
    }

    /// Tells the first wrong answers and failures.
    pub(crate) fn tell(&self) {
        self.mistakes.tell();
        self.failures.tell();
    }
}

/// The first few of many.
#[derive(Debug, Default)]
pub(crate) struct Remarks(Mutex<Vec<String>>);

impl Remarks {
    pub(crate) fn add(&self, remark: impl FnOnce() -> String) {
        let mut remarks = self.lock();
        if remarks.len() < MOST_REMARKS {
            remarks.push(remark());
        }
    }

    pub(crate) fn tell(&self) {
        self.lock()
            .iter()
            .for_each(|remark| eprintln!("  {remark}"));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A runtime with so many threads.
pub(crate) fn runtime(threads: usize) -> Result<Runtime> {
    Ok(Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?)
}
