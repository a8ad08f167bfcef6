//! The parent: servers, a process for each cell, rounds.

use std::num::NonZeroUsize;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mc_benches::load::Foreign;
use rustix::param::clock_ticks_per_second;
use serde::de::DeserializeOwned;

use super::job::{Job, Length};
use super::results::{Results, Round, Run};
use super::servers::Servers;
use super::turns::Turns;
use super::{Arguments, Cell, Side, Transport, Workload, growth, pin};

/// How often each cell is run.
const ROUNDS: usize = 5;

/// How long a turn of a cell is, and how long all of its turns in a round are together.
const LONG: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(600));
const QUICK: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(100));

/// How long the rounds of one workload may take where all of them must be quick; at least one is run.
const QUICK_ROUNDS: Duration = Duration::from_secs(10);

/// Processors that others may use beside a run.
const FOREIGN: f64 = 0.3;

/// Runs what is asked for: each workload's cells round by round, in each of which they take turns.
pub(super) fn run(arguments: &Arguments) -> Result<Results> {
    pin::to(1)?;
    let (turn, time) = if arguments.quick { QUICK } else { LONG };
    let rounds = arguments.rounds.map_or(ROUNDS, NonZeroUsize::get);
    let mut results = Results::default();
    for (workload, transport) in arguments.scenes()? {
        let servers = Servers::start(workload, transport)?;
        let cells = cells(arguments, workload, transport);
        let start = Instant::now();
        for round in 0..rounds {
            if arguments.quick && start.elapsed() > QUICK_ROUNDS {
                eprintln!("{workload}: no time for more than {round} rounds");
                break;
            }
            let number = round + 1;
            eprintln!(
                "{workload} {}, {transport}: round {number}",
                workload.title()
            );
            let jobs = cells
                .iter()
                .map(|cell| servers.job(*cell, Length::Turns(turn)));
            let time = time * cells.len() as u32;
            results.add(self::round(jobs, &servers, time)?);
        }
    }
    Ok(results)
}

/// Has the cells of these jobs take turns for this time, each time beginning with the next.
fn round(jobs: impl Iterator<Item = Job>, servers: &Servers, time: Duration) -> Result<Round> {
    let start = |job: Job| Ok((job.cell, Turns::start(&job)?));
    let mut cells = jobs.map(start).collect::<Result<Vec<_>>>()?;
    let mut round = Round::default();
    // All connect before any is measured.
    take_turns(&mut cells, servers)?;
    let begun = Instant::now();
    loop {
        for (cell, run) in take_turns(&mut cells, servers)? {
            round.entry(cell).or_default().push(run);
        }
        if begun.elapsed() >= time {
            break;
        }
        cells.rotate_left(1);
    }
    for (_, turns) in cells {
        turns.end()?;
    }
    Ok(round)
}

/// Runs each of these cells for a turn, one after the other, and looks at who else uses the machine.
fn take_turns(cells: &mut [(Cell, Turns)], servers: &Servers) -> Result<Vec<(Cell, Run)>> {
    let mut ours = servers.pids();
    ours.extend(cells.iter().map(|(_, turns)| turns.pid()));
    let foreign = Foreign::start(ours, clock_ticks_per_second())?;
    let take = |(cell, turns): &mut (Cell, Turns)| {
        let sample = turns.take().with_context(|| cell.to_string())?;
        Ok((*cell, sample))
    };
    let samples = cells.iter_mut().map(take).collect::<Result<Vec<_>>>()?;
    let is_clean = foreign.stop()? <= FOREIGN;
    let run = |(cell, sample)| (cell, Run { sample, is_clean });
    Ok(samples.into_iter().map(run).collect())
}

/// The cells that are wanted, with their floors.
fn cells(arguments: &Arguments, workload: Workload, transport: Transport) -> Vec<Cell> {
    let mut cells: Vec<_> = Cell::of(workload, transport).collect();
    cells.retain(|cell| arguments.wants(*cell));
    let floors: Vec<_> = cells.iter().map(|cell| cell.floor()).collect();
    let all = Cell::of(workload, transport);
    all.filter(|cell| match cell.side {
        Side::Floor => floors.contains(cell),
        _ => cells.contains(cell),
    })
    .collect()
}

/// Runs a cell for a single turn.
pub(super) fn once(job: &Job, servers: &Servers) -> Result<Run> {
    let mut cells = [(job.cell, Turns::start(job)?)];
    let runs = take_turns(&mut cells, servers)?;
    let [(_, turns)] = cells;
    turns.end()?;
    Ok(runs[0].1)
}

/// What this program prints as JSON if it is called with these arguments.
pub(super) fn told<T: DeserializeOwned>(arguments: [String; 2]) -> Result<T> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.args(arguments).output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}", told.trim());
    serde_json::from_slice(&output.stdout).context("it prints no result")
}

/// The arguments that make this program run a job.
pub(super) fn words(job: &Job) -> Result<[String; 2]> {
    Ok(["--job".into(), serde_json::to_string(job)?])
}

/// Runs a job in this process, on the processor that is not the servers'.
pub(super) fn here(job: &str) -> Result<()> {
    let job: Job = serde_json::from_str(job)?;
    pin::to(0)?;
    job.run().map(drop)
}

/// Runs every cell for a few calls, as a test: what it does is what counts, and not how fast.
pub(super) fn try_all() -> Result<()> {
    for (workload, transport) in super::scenes(&[], &[], |_| true) {
        let servers = Servers::start(workload, transport)?;
        for cell in Cell::of(workload, transport) {
            let sample = servers
                .job(cell, Length::Calls(2))
                .run()
                .with_context(|| cell.to_string())?;
            let keys = 2 * workload.batch() as u64;
            ensure!(sample.operations == keys, "{cell}: {sample:?}");
        }
    }
    growth::try_all()?;
    println!("every cell does what it is asked for");
    Ok(())
}
