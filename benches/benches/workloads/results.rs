//! What the rounds gave, beside the floor and the targets.

use std::collections::BTreeMap;

use mc_benches::ratio::{Figure, Spread};
use serde::Serialize;

use super::job::Sample;
use super::{Cell, Side, Transport, Workload};

/// One run of a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) sample: Sample,
    /// Whether the machine was quiet beside it.
    pub(super) is_clean: bool,
}

/// The runs of all cells, by round.
#[derive(Debug)]
pub(super) struct Results {
    rounds: usize,
    runs: BTreeMap<Cell, Vec<Option<Run>>>,
}

/// What a cell came to.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    #[serde(flatten)]
    pub(super) cell: Cell,
    /// Operations in a second.
    pub(super) throughput: Spread,
    /// Microseconds of a processor for an operation.
    pub(super) cpu: Spread,
    /// Beside the floor of the same protocol, round by round.
    pub(super) throughput_to_floor: Spread,
    pub(super) cpu_to_floor: Spread,
    /// In how many rounds the machine was not quiet.
    pub(super) disturbed: usize,
    /// For our own clients over loopback.
    pub(super) target: Option<Target>,
}

/// What is wanted, as ratios to the floor.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Target {
    /// Throughput at least.
    pub(super) throughput: f64,
    /// A processor's time at most.
    pub(super) cpu: f64,
}

impl Results {
    pub(super) fn new(rounds: usize) -> Self {
        let runs = BTreeMap::new();
        Self { rounds, runs }
    }

    pub(super) fn add(&mut self, cell: Cell, round: usize, run: Run) {
        let none = || vec![None; self.rounds];
        self.runs.entry(cell).or_insert_with(none)[round] = Some(run);
    }

    /// A row for each cell.
    pub(super) fn rows(&self) -> Vec<Row> {
        let rows = self.runs.iter();
        rows.filter_map(|(cell, own)| self.row(*cell, own))
            .collect()
    }

    fn row(&self, cell: Cell, own: &[Option<Run>]) -> Option<Row> {
        let floor = self.runs.get(&cell.floor())?;
        let all = |of: fn(&Run) -> Figure| own.iter().flatten().map(of);
        let pairs = |of: fn(&Run) -> Figure| {
            let pairs = own.iter().zip(floor);
            pairs.filter_map(move |(own, floor)| Some((of(own.as_ref()?), of(floor.as_ref()?))))
        };
        let disturbed = own.iter().flatten().filter(|run| !run.is_clean);
        Some(Row {
            cell,
            throughput: Spread::of_clean(all(Run::throughput))?,
            cpu: Spread::of_clean(all(Run::cpu))?,
            throughput_to_floor: Spread::of_ratios(pairs(Run::throughput))?,
            cpu_to_floor: Spread::of_ratios(pairs(Run::cpu))?,
            disturbed: disturbed.count(),
            target: is_wanted(cell).then(|| target(cell)),
        })
    }
}

impl Run {
    fn throughput(&self) -> Figure {
        self.figure(self.sample.throughput())
    }

    fn cpu(&self) -> Figure {
        self.figure(self.sample.cpu_each())
    }

    fn figure(&self, value: f64) -> Figure {
        let is_clean = self.is_clean;
        Figure { value, is_clean }
    }
}

/// Targets are for loopback.
fn is_wanted(cell: Cell) -> bool {
    cell.side.is_ours() && cell.transport == Transport::Tcp
}

fn target(cell: Cell) -> Target {
    use Workload::{W1, W2, W3, W4, W5, W6, W7, W8, W9};
    let (throughput, cpu) = match (cell.workload, cell.side) {
        (W1 | W2, Side::Blocking) => (0.97, 1.05),
        (W1 | W2, _) => (0.95, 1.20),
        (W3 | W6, _) => (0.90, 2.0),
        (W4, _) => (0.92, 1.6),
        (W5, _) => (0.98, 2.0),
        (W7, Side::BlockingInto) => (0.97, 1.05),
        (W7, _) => (0.97, 1.25),
        (W8, _) => (1.00, 1.03),
        (W9, _) => (0.95, 4.0),
    };
    Target { throughput, cpu }
}
