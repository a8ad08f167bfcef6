//! Clients and runtimes that go while operations wait: each operation is told, and nothing is left.

mod silent;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use mc_client::{Client, ErrorKind, Outcome, Protocol, Tls, blocking};
use mc_testkit::Authority;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use self::silent::Silent;
use crate::figure::{Figure, Run};
use crate::load::process;
use crate::load::runtime;
use crate::load::tally::Tally;

pub(crate) const FIGURE: Figure = Figure {
    number: 11,
    name: "operations in flight when their client goes",
    target: "all told, and no task and no descriptor left, in 100 ms",
    within: Duration::from_secs(20 * 60),
    run,
};

/// Operations in flight.
const MANY: u64 = 10_000;
const SOON: Duration = Duration::from_millis(100);

/// What takes longer hangs.
const WATCHDOG: Duration = Duration::from_secs(10);

/// Of the deadline of blocking calls, which nothing else ends.
const BLOCKED: Duration = Duration::from_millis(300);
const THREADS: u64 = 64;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

fn run(run: &mut Run) -> Result<()> {
    let rounds = run.scale(100, 3);
    part(run, "client dropped", rounds, dropped)?;
    part(run, "client dropped while it connects", rounds, connecting)?;
    part(run, "runtime of the connection ended", rounds, ended)?;
    part(run, "runtime of all ended", rounds, ended_with_all)?;
    blocked(run)
}

/// Repeats one way of going; what counts is the slowest time.
fn part(
    run: &mut Run,
    name: &str,
    rounds: usize,
    go: fn(usize, &Arc<Tally>) -> Result<Duration>,
) -> Result<()> {
    let tally = Arc::new(Tally::default());
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        slowest = slowest.max(go(round, &tally)?);
    }
    let got = format!("{tally}; {rounds} rounds, {slowest:.1?} at most");
    let holds = tally.holds() && slowest <= SOON;
    run.line(name, FIGURE.target, got, holds);
    Ok(())
}

/// The tasks are stopped, and with the last of them goes the client.
fn dropped(round: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let protocol = PROTOCOLS[round % PROTOCOLS.len()];
    let client = Client::builder().servers([silent.address()])?;
    stop_tasks(client.protocol(protocol).build()?, tally)
}

/// The same before there is a connection: the server does not greet.
fn connecting(_: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let tls = Tls::with_ca(Authority::new()?.certificate())?;
    let client = Client::builder().servers([silent.address()])?;
    stop_tasks(client.tls(tls).build()?, tally)
}

fn stop_tasks(client: Client, tally: &Arc<Tally>) -> Result<Duration> {
    let runtime = runtime(2)?;
    let descriptors = process::descriptors()?;
    let mut tasks = callers(&runtime, &client, tally);
    until("all have asked", || Ok(requests(&client) == MANY))?;
    let start = Instant::now();
    tasks.abort_all();
    drop(client);
    runtime.block_on(async { while tasks.join_next().await.is_some() {} });
    nothing_left(Some(&runtime), descriptors)?;
    Ok(start.elapsed())
}

/// The connection lives on one runtime, and those who wait for it on another, which stays.
fn ended(_: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let callers_own = runtime(2)?;
    let descriptors = process::descriptors()?;
    let connections_own = runtime(1)?;
    let client = Client::builder().servers([silent.address()])?.build()?;
    // The first call decides where the connection lives.
    let first = client.get::<String>("k").deadline(Duration::from_millis(1));
    let first = connections_own.block_on(async { first.await });
    anyhow::ensure!(first.is_err(), "a silent server has answered");
    let mut tasks = callers(&callers_own, &client, tally);
    let bytes = (MANY + 1) * b"get k\r\n".len() as u64;
    until("all is written", || {
        Ok(client.metrics()[0].bytes_written == bytes)
    })?;
    let start = Instant::now();
    connections_own.shutdown_background();
    callers_own.block_on(async { while tasks.join_next().await.is_some() {} });
    drop(client);
    nothing_left(Some(&callers_own), descriptors)?;
    Ok(start.elapsed())
}

/// The connection and those who wait for it live on one runtime.
fn ended_with_all(_: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let descriptors = process::descriptors()?;
    let runtime = runtime(2)?;
    let client = Client::builder().servers([silent.address()])?.build()?;
    let tasks = callers(&runtime, &client, tally);
    until("all have asked", || Ok(requests(&client) == MANY))?;
    let start = Instant::now();
    drop(tasks);
    drop(runtime);
    nothing_left(None, descriptors)?;
    Ok(start.elapsed())
}

/// Threads in calls cannot be stopped, and keep the client that they borrow: what ends a call is its deadline, also
/// when all connections are to be closed meanwhile.
fn blocked(run: &mut Run) -> Result<()> {
    let silent = Silent::start()?;
    let descriptors = process::descriptors()?;
    let client = blocking::Client::builder().servers([silent.address()])?;
    let client = client.deadline(BLOCKED).build()?;
    let tally = Tally::default();
    let slowest = thread::scope(|scope| {
        let call = || {
            let start = Instant::now();
            tally.begun.one();
            match client.get::<String>("k").call() {
                Ok(_) => tally.wrong.one(),
                Err(_) => tally.error.one(),
            }
            start.elapsed()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(call)).collect();
        let asked = until("all have asked", || {
            Ok(client.metrics()[0].requests == THREADS)
        });
        client.disconnect_all();
        let took = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(WATCHDOG));
        asked.map(|()| took.max().unwrap_or_default())
    })?;
    let start = Instant::now();
    drop(client);
    nothing_left(None, descriptors)?;
    let closed = start.elapsed();
    let holds = tally.holds() && slowest <= BLOCKED + SOON && closed <= SOON;
    let got = format!(
        "{tally}; {THREADS} threads with {BLOCKED:?} each, {slowest:.1?} at most, and {closed:.1?} to close"
    );
    let target = "all told by their deadline, and no descriptor left";
    run.line(
        "blocking client, connections closed under calls",
        target,
        got,
        holds,
    );
    Ok(())
}

/// Tasks of which each has one operation in flight, with a client of its own.
fn callers(runtime: &Runtime, client: &Client, tally: &Arc<Tally>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for _ in 0..MANY {
        let (client, waiting) = (client.clone(), Waiting::new(tally));
        let call = async move { waiting.judge(client.get::<String>("k").await) };
        tasks.spawn_on(call, runtime.handle());
    }
    tasks
}

/// An operation that is to end; dropped before, it was cancelled.
struct Waiting {
    tally: Arc<Tally>,
    is_over: bool,
}

impl Waiting {
    fn new(tally: &Arc<Tally>) -> Self {
        tally.begun.one();
        Self {
            tally: Arc::clone(tally),
            is_over: false,
        }
    }

    /// Nobody has answered: it must have been told that its connection is gone, and that it may have been done.
    fn judge(mut self, answer: Result<Option<String>, mc_client::Error>) {
        self.is_over = true;
        let told = answer.map_err(|error| (error.kind(), error.outcome()));
        match told {
            Err((ErrorKind::Closed, Outcome::MaybeApplied)) => self.tally.error.one(),
            _ => self.tally.wrong.one(),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.is_over {
            self.tally.cancelled.one();
        }
    }
}

fn requests(client: &Client) -> u64 {
    client.metrics()[0].requests
}

/// Waits until there is no task and no descriptor more than there was.
fn nothing_left(runtime: Option<&Runtime>, descriptors: usize) -> Result<()> {
    let tasks = || runtime.map_or(0, |runtime| runtime.metrics().num_alive_tasks());
    until("nothing is left", || {
        Ok(tasks() == 0 && process::descriptors()? <= descriptors)
    })
}

fn until(what: &str, holds: impl Fn() -> Result<bool>) -> Result<()> {
    let by = Instant::now() + WATCHDOG;
    while !holds()? {
        if Instant::now() > by {
            bail!("{WATCHDOG:?} have passed, and it does not hold that {what}");
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
