//! Clients and runtimes that go while operations wait: each operation is told, and nothing is left.

mod going;
mod silent;
mod threads;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use mc_client::{Client, ErrorKind, Outcome};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::figure::{Figure, Run};
use crate::load::process;
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

fn run(run: &mut Run) -> Result<()> {
    let rounds = run.scale(100, 3);
    part(run, "client dropped", rounds, going::dropped)?;
    part(
        run,
        "client dropped while it connects",
        rounds,
        going::connecting,
    )?;
    part(run, "runtime of the connection ended", rounds, going::ended)?;
    part(run, "runtime of all ended", rounds, going::ended_with_all)?;
    threads::disconnected(run)?;
    threads::pool_dropped(run)
}

/// What is judged: the short form runs beside much else.
fn soon(run: &Run) -> Duration {
    run.scale(SOON, 10 * SOON)
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
    let holds = tally.holds() && slowest <= soon(run);
    run.line(name, FIGURE.target, got, holds);
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
