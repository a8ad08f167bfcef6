//! How near to the bare system calls do the clients come, at what clients do all day, and how do others?
//!
//! Each cell (a workload, a side that does it, the protocol that it speaks) is a fresh process on one processor; the
//! servers are on the other. The parent has all cells of a workload take turns, in rounds of fresh processes, and compares
//! within a turn: all figures are ratios to the floor of the same protocol in the same turn, which is raw blocking
//! sockets, the requests encoded beforehand, the replies only counted.
//!
//! Called as a test, that is, without cargo's `--bench`, it has each cell make a few calls, and measures nothing.

mod cell;
mod chart;
mod counted;
mod floor;
mod growth;
mod instructions;
mod job;
mod ours;
mod peers;
mod pin;
mod relay;
mod report;
mod results;
mod rounds;
mod servers;
mod stream;
mod syscalls;
mod turns;
mod wire;
mod workload;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};

use cell::{Cell, Protocol, Side, Transport};
use workload::Workload;

/// How near to the bare system calls the clients come.
#[derive(Debug, Parser)]
struct Arguments {
    /// Workloads [default: all].
    workloads: Vec<Workload>,
    /// Only these sides, beside their floors.
    #[arg(long = "side")]
    sides: Vec<Side>,
    /// Only these protocols.
    #[arg(long = "protocol")]
    protocols: Vec<Protocol>,
    /// Only these transports.
    #[arg(long = "transport")]
    transports: Vec<Transport>,
    /// How often each cell is run [default: 5, of the growth 3].
    #[arg(long)]
    rounds: Option<NonZeroUsize>,
    /// At most two minutes in all: shorter cells, and only our own clients and loopback unless others are asked for.
    #[arg(long)]
    quick: bool,
    /// Count the instructions of a call instead, and compare them with those recorded.
    #[arg(long)]
    instructions: bool,
    /// With `--instructions`: record them.
    #[arg(long, requires = "instructions")]
    record: bool,
    /// Count the system calls of a call instead.
    #[arg(long, conflicts_with = "instructions")]
    syscalls: bool,
    /// Measure instead how costs grow with the number of servers, tasks and keys and with the length of values, and what
    /// memory is held.
    #[arg(long, conflicts_with_all = ["instructions", "syscalls"])]
    growth: bool,
    /// Tell the memory that this takes.
    #[arg(long, hide = true)]
    holding: Option<String>,
    /// Run this one job here.
    #[arg(long, hide = true)]
    job: Option<String>,
    /// Take this step of this scenario so many times.
    #[arg(long, hide = true, num_args = 3)]
    scenario: Vec<String>,
    /// Cargo says it to benches that it does not only test.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    fn workloads(&self) -> Vec<Workload> {
        all_or(&self.workloads).to_vec()
    }

    /// Each workload with each of its transports, where any of its cells is wanted.
    fn scenes(&self) -> Result<Vec<(Workload, Transport)>> {
        let transports = match self.quick && self.transports.is_empty() {
            true => &[Transport::Tcp],
            false => &self.transports[..],
        };
        let scenes = scenes(&self.workloads, transports, |cell| self.wants(cell));
        ensure!(
            !scenes.is_empty(),
            "these workloads have no such cell: leave out --side, --protocol or --transport"
        );
        Ok(scenes)
    }

    fn wants(&self, cell: Cell) -> bool {
        let side = match &self.sides[..] {
            [] => !self.quick || cell.side.is_ours(),
            chosen => chosen.contains(&cell.side),
        };
        side && (self.protocols.is_empty() || self.protocols.contains(&cell.protocol))
    }
}

/// Those of these workloads and transports, or of all where none is named, that have such a cell.
fn scenes(
    workloads: &[Workload],
    transports: &[Transport],
    wants: impl Fn(Cell) -> bool,
) -> Vec<(Workload, Transport)> {
    let mut scenes = Vec::new();
    for &workload in all_or(workloads) {
        let has_any = |transport: &&Transport| Cell::of(workload, **transport).any(&wants);
        let transports = all_or(transports).iter().filter(has_any);
        scenes.extend(transports.map(|&transport| (workload, transport)));
    }
    scenes
}

fn all_or<T: ValueEnum>(chosen: &[T]) -> &[T] {
    if chosen.is_empty() {
        T::value_variants()
    } else {
        chosen
    }
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if let Some(job) = &arguments.job {
        rounds::here(job)
    } else if let Some(holding) = &arguments.holding {
        growth::memory::here(holding)
    } else if !arguments.scenario.is_empty() {
        instructions::here(&arguments.scenario)
    } else if !arguments.bench {
        rounds::try_all()
    } else if arguments.instructions {
        instructions::run(arguments)
    } else if arguments.syscalls {
        syscalls::run(arguments)
    } else if arguments.growth {
        growth::run(arguments)
    } else {
        report::publish(&rounds::run(arguments)?)
    }
}
