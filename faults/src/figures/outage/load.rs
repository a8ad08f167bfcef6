//! Operations at a fixed rate on each of the servers, from tasks or from threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use mc_client::{Client, Error, ErrorKind, blocking};
use mc_testkit::Memcached;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::judge::{End, Sample};
use super::{DEADLINE, behaviors};
use crate::load::stamp;
use crate::load::tally::Tally;

/// Tasks for each server, and how often each asks: 3,000 operations a second at each server.
const TASKS: u32 = 6;
const TASKS_ASK: Duration = Duration::from_millis(2);

/// Threads likewise: 2,000 operations a second.
const THREADS: u32 = 2;
const THREADS_ASK: Duration = Duration::from_millis(1);

/// Keys that each of them uses.
const KEYS: u64 = 16;

/// An operation that takes longer hangs.
const HANGS: Duration = Duration::from_secs(10);

/// Operations that go on until they are told to end.
pub(super) struct Load {
    /// Whose client asks.
    pub(super) shell: &'static str,
    shared: Arc<Shared>,
    workers: Workers,
}

enum Workers {
    Tasks(Runtime, JoinSet<Vec<Sample>>),
    Threads(Vec<JoinHandle<Vec<Sample>>>),
}

#[derive(Default)]
struct Shared {
    is_over: AtomicBool,
    tally: Tally,
}

/// One who asks about its own keys, all of one server.
struct Worker {
    number: u32,
    server: usize,
    keys: Vec<String>,
    asked: u64,
    shared: Arc<Shared>,
    samples: Vec<Sample>,
}

/// What is asked next: every other time the key is stored, and then read.
enum Next {
    Set(String, Vec<u8>),
    Get(String),
}

pub(super) fn from_tasks(servers: &[Memcached]) -> Result<Load> {
    let addresses = servers.iter().map(|server| server.address().to_string());
    let client = Client::builder()
        .servers(addresses)?
        .behaviors(behaviors())
        .deadline(DEADLINE)
        .build()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let (shared, mut tasks) = (Arc::default(), JoinSet::new());
    for worker in workers(servers.len(), TASKS, &shared, |key| client.hash(key))? {
        tasks.spawn_on(worker.asks(client.clone()), runtime.handle());
    }
    Ok(Load {
        shell: "async",
        shared,
        workers: Workers::Tasks(runtime, tasks),
    })
}

pub(super) fn from_threads(servers: &[Memcached]) -> Result<Load> {
    let addresses = servers.iter().map(|server| server.address().to_string());
    let client = blocking::Client::builder()
        .servers(addresses)?
        .behaviors(behaviors())
        .deadline(DEADLINE)
        .build()?;
    let client = Arc::new(client);
    let shared = Arc::default();
    let workers = workers(servers.len(), THREADS, &shared, |key| client.hash(key))?;
    let threads = workers.into_iter().map(|worker| {
        let client = Arc::clone(&client);
        thread::spawn(move || worker.asks_blocking(&client))
    });
    Ok(Load {
        shell: "blocking",
        workers: Workers::Threads(threads.collect()),
        shared,
    })
}

impl Load {
    /// What became of all operations.
    pub(super) fn end(self) -> Result<(Tally, Vec<Sample>)> {
        self.shared.is_over.store(true, Ordering::Relaxed);
        let samples = match self.workers {
            Workers::Tasks(runtime, tasks) => runtime.block_on(tasks.join_all()),
            Workers::Threads(threads) => {
                let ended = threads.into_iter().map(JoinHandle::join);
                let ended: Result<_, _> = ended.collect();
                ended.map_err(|_| anyhow!("a thread panicked"))?
            }
        };
        let shared = Arc::into_inner(self.shared).context("a worker is left")?;
        Ok((shared.tally, samples.concat()))
    }
}

/// So many for each server.
fn workers(
    servers: usize,
    each: u32,
    shared: &Arc<Shared>,
    owner: impl Fn(&str) -> Result<usize, Error>,
) -> Result<Vec<Worker>> {
    let mut workers = Vec::new();
    for number in 0..each * u32::try_from(servers)? {
        let server = number as usize % servers;
        let mut keys = Vec::new();
        for at in 0.. {
            let key = format!("{number}:{at}");
            if owner(&key)? == server {
                keys.push(key);
            }
            if keys.len() as u64 == KEYS {
                break;
            }
        }
        workers.push(Worker {
            number,
            server,
            keys,
            asked: 0,
            shared: Arc::clone(shared),
            samples: Vec::new(),
        });
    }
    Ok(workers)
}

impl Worker {
    async fn asks(mut self, client: Client) -> Vec<Sample> {
        let mut ticks = interval(TASKS_ASK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        while !self.is_over() {
            ticks.tick().await;
            let (next, begun) = (self.next(), Instant::now());
            let asked = async {
                match &next {
                    Next::Set(key, value) => client.set(key, value).await.map(|_| None),
                    Next::Get(key) => client.get(key).await,
                }
            };
            let answer = timeout(HANGS, asked).await;
            self.note(&next, begun, answer.ok());
        }
        self.samples
    }

    fn asks_blocking(mut self, client: &blocking::Client) -> Vec<Sample> {
        let mut tick = Instant::now();
        while !self.is_over() {
            tick = (tick + THREADS_ASK).max(Instant::now());
            thread::sleep(tick.saturating_duration_since(Instant::now()));
            let (next, begun) = (self.next(), Instant::now());
            let answer = match &next {
                Next::Set(key, value) => client.set(key, value).call().map(|_| None),
                Next::Get(key) => client.get(key).call(),
            };
            self.note(&next, begun, (begun.elapsed() < HANGS).then_some(answer));
        }
        self.samples
    }

    fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Relaxed)
    }

    fn next(&mut self) -> Next {
        let seq = self.asked;
        self.asked += 1;
        self.shared.tally.begun.one();
        let key = self.keys[(seq / 2 % KEYS) as usize].clone();
        match seq % 2 {
            0 => {
                let value = stamp::stamp(&key, self.number, seq, 100);
                Next::Set(key, value)
            }
            _ => Next::Get(key),
        }
    }

    fn note(&mut self, next: &Next, begun: Instant, answer: Option<Answer>) {
        let took = begun.elapsed();
        let tally = &self.shared.tally;
        let end = match (next, answer) {
            (_, None) => {
                tally.hung.one();
                End::Failed
            }
            (_, Some(Err(error))) => {
                tally.error.one();
                match error.kind() {
                    ErrorKind::ServerDown => End::Down,
                    _ => End::Failed,
                }
            }
            (Next::Get(key), Some(Ok(Some(value)))) if stamp::read(key, &value).is_err() => {
                tally.wrong.one();
                End::Failed
            }
            (Next::Get(_), Some(Ok(None))) => {
                tally.miss.one();
                End::Answered
            }
            (_, Some(Ok(_))) => {
                tally.ok.one();
                End::Answered
            }
        };
        self.samples.push(Sample {
            server: self.server,
            begun,
            took,
            end,
        });
    }
}

type Answer = Result<Option<Vec<u8>>, Error>;
