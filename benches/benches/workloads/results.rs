//! What the rounds gave, beside the floor and the targets.

use std::collections::BTreeMap;

use mc_benches::ratio::{Figure, Spread};
use serde::Serialize;

use super::job::Sample;
use super::{Cell, Side, Transport, Workload};

/// One turn of a cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) sample: Sample,
    /// Whether the machine was quiet beside it.
    pub(super) is_clean: bool,
}

/// A round: the turns of each cell, as many for each.
pub(super) type Round = BTreeMap<Cell, Vec<Run>>;

/// The rounds of all cells.
#[derive(Debug, Default)]
pub(super) struct Results(BTreeMap<Cell, Vec<Vec<Run>>>);

/// What a cell came to.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    #[serde(flatten)]
    pub(super) cell: Cell,
    /// Operations in a second.
    pub(super) throughput: Spread,
    /// Microseconds of a processor for an operation.
    pub(super) cpu: Spread,
    /// Beside the floor of the same protocol, turn by turn.
    pub(super) throughput_to_floor: Spread,
    pub(super) cpu_to_floor: Spread,
    /// In how many turns the machine was not quiet.
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
    pub(super) fn add(&mut self, round: Round) {
        for (cell, turns) in round {
            self.0.entry(cell).or_default().push(turns);
        }
    }

    /// A row for each cell.
    pub(super) fn rows(&self) -> Vec<Row> {
        let rows = self.0.iter();
        rows.filter_map(|(cell, own)| self.row(*cell, own))
            .collect()
    }

    fn row(&self, cell: Cell, own: &[Vec<Run>]) -> Option<Row> {
        let floor = self.0.get(&cell.floor())?;
        let disturbed = own.iter().flatten().filter(|run| !run.is_clean);
        Some(Row {
            cell,
            throughput: of_rounds(own, Run::throughput)?,
            cpu: of_rounds(own, Run::cpu)?,
            throughput_to_floor: to_floor(own, floor, Run::throughput)?,
            cpu_to_floor: to_floor(own, floor, Run::cpu)?,
            disturbed: disturbed.count(),
            target: is_wanted(cell).then(|| target(cell)),
        })
    }
}

/// What rounds have in common, of each the median of its turns.
fn of_rounds(rounds: &[Vec<Run>], of: fn(&Run) -> Figure) -> Option<Spread> {
    of_medians(
        rounds
            .iter()
            .map(|turns| Spread::of_clean(turns.iter().map(of))),
    )
}

/// The same, of the ratios of the turns to those of the floor beside them.
fn to_floor(own: &[Vec<Run>], floor: &[Vec<Run>], of: fn(&Run) -> Figure) -> Option<Spread> {
    let rounds = own.iter().zip(floor);
    of_medians(
        rounds.map(|(own, floor)| Spread::of_ratios(own.iter().map(of).zip(floor.iter().map(of)))),
    )
}

fn of_medians(rounds: impl Iterator<Item = Option<Spread>>) -> Option<Spread> {
    let medians = rounds.map(|round| Some(round?.median));
    Spread::of(medians.collect::<Option<Vec<_>>>()?)
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
