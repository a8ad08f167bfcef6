//! How does the cost of an operation grow with the number of servers, tasks and keys and with the length of values, and
//! what memory is held?
//!
//! A point is a workload of which one number is another, run like a cell: in a fresh process, round by round. Servers
//! are addresses of one process, so that what grows is the client's work.

mod chart;
pub(super) mod memory;
mod report;

use std::num::NonZeroUsize;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use mc_benches::ratio::{Figure, Spread};
use serde::Serialize;

use super::job::Length;
use super::rounds::once;
use super::servers::Servers;
use super::workload::Shape;
use super::{Arguments, Cell, Protocol, Side, Transport, Workload, pin};

/// How often each point is run.
const ROUNDS: usize = 3;

/// How long a point runs; those of many servers longer, as there are as many connections to be made first.
const TIME: Duration = Duration::from_millis(200);
const TIME_OF_SERVERS: Duration = Duration::from_millis(600);

/// What grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Axis {
    /// Servers, in gets one after the other.
    Servers,
    /// Servers, in gets of 100 keys.
    ServersOfMany,
    /// Tasks that get through one client.
    Tasks,
    /// Keys of one get.
    Keys,
    /// Bytes of a value.
    Value,
}

/// What a point came to.
#[derive(Debug, Serialize)]
struct Row {
    axis: Axis,
    protocol: Protocol,
    side: Side,
    /// How many, or how long.
    size: usize,
    /// Microseconds for an operation, which is one key.
    wall: Spread,
    /// Microseconds of a processor for an operation.
    cpu: Spread,
}

/// All that is written.
#[derive(Debug, Serialize)]
struct Growth {
    rows: Vec<Row>,
    memory: Vec<memory::Held>,
}

impl Axis {
    fn title(self) -> &'static str {
        match self {
            Self::Servers => "get, by servers",
            Self::ServersOfMany => "get of 100 keys, by servers",
            Self::Tasks => "get through one client, by tasks",
            Self::Keys => "get of many keys, by keys",
            Self::Value => "get, by bytes of the value",
        }
    }

    fn workload(self) -> Workload {
        match self {
            Self::Servers => Workload::W1,
            Self::ServersOfMany => Workload::W4,
            Self::Tasks => Workload::W6,
            Self::Keys => Workload::W3,
            Self::Value => Workload::W7,
        }
    }

    fn sizes(self) -> &'static [usize] {
        const KIB: usize = 1 << 10;
        match self {
            Self::Servers | Self::ServersOfMany => &[1, 4, 16, 64, 256, 1000],
            Self::Tasks => &[1, 10, 100, 1000, 10_000],
            Self::Keys => &[1, 10, 100, 1000, 10_000, 100_000],
            Self::Value => &[
                0,
                100,
                KIB,
                4 * KIB,
                15 * KIB,
                17 * KIB,
                64 * KIB,
                128 * KIB,
                256 * KIB,
                512 * KIB,
                1 << 20,
            ],
        }
    }

    fn sides(self) -> &'static [Side] {
        match self {
            Self::Tasks => &[Side::Tokio, Side::TokioMulti],
            Self::Value => &[Side::Floor, Side::Blocking, Side::BlockingInto, Side::Tokio],
            _ => &[Side::Blocking, Side::Tokio],
        }
    }

    /// The workload with this number instead of its own.
    fn shape(self, size: usize) -> Shape {
        let mut shape = self.workload().shape();
        match self {
            Self::Servers | Self::ServersOfMany => shape.servers = size,
            Self::Tasks | Self::Keys => {
                shape.batch = size;
                shape.keys = shape.keys.max(size);
            }
            Self::Value => shape.value_len = size,
        }
        shape
    }

    fn time(self) -> Duration {
        match self {
            Self::Servers | Self::ServersOfMany => TIME_OF_SERVERS,
            _ => TIME,
        }
    }

    /// Its sides over loopback, in each protocol asked for, or in text.
    fn cells(self, arguments: &Arguments) -> Vec<Cell> {
        let protocols = match &arguments.protocols[..] {
            [] => &[Protocol::Text],
            chosen => chosen,
        };
        let is_wanted = |side: &&Side| arguments.sides.is_empty() || arguments.sides.contains(side);
        let sides = self.sides().iter().filter(is_wanted);
        let cells = sides.flat_map(|&side| {
            protocols.iter().map(move |&protocol| Cell {
                workload: self.workload(),
                transport: Transport::Tcp,
                protocol,
                side,
            })
        });
        cells.collect()
    }
}

/// Measures, prints and writes.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    pin::to(1)?;
    let rounds = match arguments.quick {
        true => 1,
        false => arguments.rounds.map_or(ROUNDS, NonZeroUsize::get),
    };
    let mut rows = Vec::new();
    for &axis in Axis::value_variants() {
        let cells = axis.cells(arguments);
        let mut of_axis = Vec::new();
        for &size in axis.sizes() {
            eprintln!("{}: {size}", axis.title());
            let servers = Servers::in_one(axis.shape(size))?;
            for cell in &cells {
                of_axis.push(row(axis, size, *cell, &servers, rounds)?);
            }
        }
        // Each side's sizes together.
        of_axis.sort_by_key(|row| (row.protocol, row.side));
        rows.extend(of_axis);
    }
    let memory = memory::all(memory::CONNECTIONS, memory::WAITING)?;
    report::publish(&Growth { rows, memory })
}

/// Runs a point so many times.
fn row(axis: Axis, size: usize, cell: Cell, servers: &Servers, rounds: usize) -> Result<Row> {
    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let run = once(&servers.job(cell, Length::Turns(axis.time())), servers)?;
        let figure = |value| Figure {
            value,
            is_clean: run.is_clean,
        };
        wall.push(figure(1e6 / run.sample.throughput()));
        cpu.push(figure(run.sample.cpu_each()));
    }
    Ok(Row {
        axis,
        protocol: cell.protocol,
        side: cell.side,
        size,
        wall: Spread::of_clean(wall).context("no round")?,
        cpu: Spread::of_clean(cpu).context("no round")?,
    })
}

/// Has each point make a call or two, and each kind of memory be held: what they do is what counts.
pub(super) fn try_all() -> Result<()> {
    for &axis in Axis::value_variants() {
        for size in [1, 3] {
            let servers = Servers::in_one(axis.shape(size))?;
            for &side in axis.sides() {
                let cell = Cell {
                    workload: axis.workload(),
                    transport: Transport::Tcp,
                    protocol: Protocol::Text,
                    side,
                };
                let sample = servers.job(cell, Length::Calls(2)).run()?;
                let keys = 2 * axis.shape(size).batch as u64;
                ensure!(sample.operations == keys, "{axis:?} {cell}: {sample:?}");
            }
        }
    }
    memory::all(3, 10).map(drop)
}
