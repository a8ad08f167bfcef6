//! A stopped server, and callers who go on storing: what they queue must not pile up.

use std::collections::BTreeMap;
use std::fmt;
use std::future::IntoFuture;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::{Client, Error, ErrorKind, Protocol, WhenFull};
use mc_testkit::Memcached;
use tokio::runtime::Runtime;
use tokio::sync::{Barrier, Semaphore};
use tokio::time::{sleep, timeout};

use crate::figure::{Figure, Run};
use crate::load::memory::Growth;
use crate::load::shell::{PROTOCOLS, patient};
use crate::load::tally::Tally;

pub(crate) const FIGURE: Figure = Figure {
    number: 6,
    name: "memory while a server is stopped",
    target: "at most the byte budget and 8 MiB more; all answered; full success 1 s after its return",
    within: Duration::from_secs(600),
    run,
};

const TASKS: usize = 10_000;
/// Of a value.
const LENGTH: usize = 10 << 10;
/// What one connection queues by default, and what may come on top.
const MOST: u64 = (8 << 20) + (8 << 20);
/// What the short form lets the kernel count: what the allocator keeps, and code that runs for the first time, are a
/// larger part of less.
const GENEROUS: u64 = 2 * MOST;
/// Bytes that the sockets must have taken: fewer would all be in the kernel's buffers.
const LEAST_TAKEN: u64 = 2_900_000;
/// Shorter than a connection may be silent, so that the deadline is what ends the calls.
const DEADLINE: Duration = Duration::from_millis(900);
/// The deadline once the server is back: all of these callers at once take their time.
const LONG: Duration = Duration::from_secs(9);
/// For how long a caller does something else who finds the queue full. There are more of them than the queue has places,
/// so that this goes on after the server's return.
const PAUSE: Duration = Duration::from_millis(10);
/// How long after its return the server must serve every call again.
const GRACE: Duration = Duration::from_secs(1);
const WATCHDOG: Duration = Duration::from_secs(10);

fn run(run: &mut Run) -> Result<()> {
    for (number, protocol) in PROTOCOLS.into_iter().enumerate() {
        let stopped = run.scale(Duration::from_secs(30), Duration::from_millis(1000));
        // In the short form one each.
        let both = [WhenFull::Wait, WhenFull::Fail];
        for &when_full in run.scale(&both[..], &both[number % 2..][..1]) {
            let seen = part(protocol, when_full, stopped)?;
            let part = format!("{protocol}, {when_full:?} when full");
            let resident = run.scale(MOST, GENEROUS);
            run.line(&part, FIGURE.target, &seen, seen.holds(resident));
        }
    }
    Ok(())
}

/// Stops the server under the load for so long, and lets it go on.
fn part(protocol: Protocol, when_full: WhenFull, stopped: Duration) -> Result<Seen> {
    let server = Memcached::builder().memory(256).start()?;
    let client = Client::builder().servers([server.address().to_string()])?;
    let client = client.behaviors(patient()).protocol(protocol);
    let client = client.deadline(DEADLINE).when_full(when_full).build()?;
    let load = Arc::new(Load::new(client));
    let runtime = Runtime::new()?;
    for task in 0..TASKS {
        runtime.spawn(Arc::clone(&load).store(format!("key{task}")));
    }
    runtime.block_on(load.warm.wait());
    let before = load.taken();
    let (growth, returned) = Growth::of(|| {
        server.stop()?;
        runtime.block_on(load.go.wait());
        thread::sleep(stopped);
        server.cont()?;
        load.is_back.store(true, Relaxed);
        Ok(Instant::now())
    })?;
    let taken = load.taken() - before;
    thread::sleep(GRACE + GRACE / 2);
    load.is_over.store(true, Relaxed);
    runtime.block_on(load.done.wait());
    drop(runtime);
    let load = Arc::into_inner(load).expect("all tasks have ended");
    Ok(Seen {
        growth,
        taken,
        returned,
        tally: load.tally,
        ends: load
            .ends
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
    })
}

/// What all tasks share.
struct Load {
    client: Client,
    value: Vec<u8>,
    /// So many store at once before the server stops.
    few: Semaphore,
    /// Every task has stored once: what a task takes is there.
    warm: Barrier,
    go: Barrier,
    /// The server goes on.
    is_back: AtomicBool,
    is_over: AtomicBool,
    done: Barrier,
    tally: Tally,
    ends: Mutex<Ends>,
}

/// How operations failed, and when the last ones began.
#[derive(Debug, Default)]
struct Ends {
    errors: BTreeMap<String, u64>,
    /// A full queue is no failure.
    last_failed: Option<Instant>,
    last_stored: Option<Instant>,
}

impl Load {
    fn new(client: Client) -> Self {
        Self {
            client,
            value: vec![b'.'; LENGTH],
            few: Semaphore::new(16),
            warm: Barrier::new(TASKS + 1),
            go: Barrier::new(TASKS + 1),
            is_back: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            done: Barrier::new(TASKS + 1),
            tally: Tally::default(),
            ends: Mutex::default(),
        }
    }

    /// One task: once by itself, then again and again.
    async fn store(self: Arc<Self>, key: String) {
        let permit = self.few.acquire().await;
        self.set(&key).await;
        drop(permit);
        self.warm.wait().await;
        self.go.wait().await;
        while !self.is_over.load(Relaxed) {
            self.set(&key).await;
        }
        self.done.wait().await;
    }

    async fn set(&self, key: &str) {
        self.tally.begun.one();
        let begun = Instant::now();
        // Borrowed, so that every request in the queue has its own copy.
        let set = self.client.set(key, &self.value[..]);
        let set = set.deadline(match self.is_back.load(Relaxed) {
            true => LONG,
            false => DEADLINE,
        });
        let is_full = match timeout(WATCHDOG, set.into_future()).await {
            Ok(end) => self.ended(begun, end),
            Err(_) => {
                self.tally.hung.one();
                false
            }
        };
        if is_full {
            sleep(PAUSE).await;
        }
    }

    /// Takes note of an end; whether the queue was full.
    fn ended(&self, begun: Instant, end: Result<(), Error>) -> bool {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let Err(error) = end else {
            self.tally.ok.one();
            ends.last_stored = ends.last_stored.max(Some(begun));
            return false;
        };
        self.tally.error.one();
        let kind = format!("{:?}", error.kind());
        *ends.errors.entry(kind).or_default() += 1;
        let is_full = error.kind() == ErrorKind::Overloaded;
        if !is_full {
            ends.last_failed = ends.last_failed.max(Some(begun));
        }
        is_full
    }

    /// Bytes that sockets took.
    fn taken(&self) -> u64 {
        self.client
            .metrics()
            .iter()
            .map(|it| it.bytes_written)
            .sum()
    }
}

/// What one part came to.
#[derive(Debug)]
struct Seen {
    growth: Growth,
    taken: u64,
    returned: Instant,
    tally: Tally,
    ends: Ends,
}

impl Seen {
    fn holds(&self, resident: u64) -> bool {
        let is_whole = self
            .ends
            .last_failed
            .is_none_or(|at| at <= self.returned + GRACE);
        let goes_on = self
            .ends
            .last_stored
            .is_some_and(|at| at > self.returned + GRACE);
        let in_time = |kind: &str| kind.starts_with("Timeout") || kind == "Overloaded";
        self.growth.allocated <= MOST
            && self.growth.resident <= resident
            && self.taken > LEAST_TAKEN
            && self.tally.holds()
            && self.ends.errors.keys().all(|kind| in_time(kind))
            && is_whole
            && goes_on
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            growth,
            taken,
            tally,
            ..
        } = self;
        let taken = *taken as f64 / 1e6;
        write!(f, "{growth} with {taken:.1} MB taken by sockets; {tally} (")?;
        for (kind, count) in &self.ends.errors {
            write!(f, " {count} {kind}")?;
        }
        let last = self
            .ends
            .last_failed
            .map(|at| at.saturating_duration_since(self.returned));
        write!(f, " ); the last to fail began {last:?} after its return")
    }
}
