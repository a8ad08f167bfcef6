//! How many system calls does a call take, and how many may it?

use anyhow::Result;
use mc_benches::strace;
use serde::Serialize;

use super::servers::Servers;
use super::{Arguments, Cell, Side, Transport, Workload, counted, report};

/// What a cell came to.
#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    cell: Cell,
    /// System calls of one call.
    each: f64,
    /// At most so many are wanted.
    most: Option<f64>,
}

/// Counts, prints and writes.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let mut rows = Vec::new();
    println!("system calls of a call");
    for workload in arguments.workloads() {
        // A call of 100,000 keys is measured by its time.
        if workload == Workload::W9 {
            continue;
        }
        let servers = Servers::start(workload, Transport::Tcp)?;
        for cell in Cell::of(workload, Transport::Tcp).filter(|cell| arguments.wants(*cell)) {
            let each = counted::of_call(cell, &servers, strace::count)?;
            let most = limit(cell);
            println!("{}", line(cell, each, most));
            rows.push(Row { cell, each, most });
        }
    }
    report::write_json(&rows, "syscalls.json")
}

fn line(cell: Cell, each: f64, most: Option<f64>) -> String {
    let line = format!("{cell:<32} {each:>8.2}");
    match most {
        // A timer or a wake-up in some hundreds of calls is none too many.
        Some(most) if each <= most * 1.05 => format!("{line}  ≤ {most} ok"),
        Some(most) => format!("{line}  ≤ {most} no"),
        None => line,
    }
}

/// For our own clients.
fn limit(cell: Cell) -> Option<f64> {
    match (cell.workload, cell.side) {
        (_, side) if !side.is_ours() => None,
        (Workload::W1, Side::Blocking) => Some(2.0),
        (Workload::W1, _) => Some(3.0),
        (Workload::W3, _) => Some(3.0),
        (Workload::W6, _) => Some(0.1),
        (Workload::W7, _) => Some(8.0),
        _ => None,
    }
}
