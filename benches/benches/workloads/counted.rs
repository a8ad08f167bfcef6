//! What a call takes of something that is counted, and that does not depend on time.

use anyhow::{Context, Result};

use super::job::Length;
use super::servers::Servers;
use super::{Cell, rounds};

/// Calls of the shorter of two runs, and how many more the longer has: what it counts more is what those take.
const FIRST: u64 = 100;
const MORE: u64 = 400;

/// Counts two runs of a cell, each called with its own arguments, and what one call of one task takes.
pub(super) fn of_call(
    cell: Cell,
    servers: &Servers,
    count: impl Fn([String; 2]) -> Result<u64>,
) -> Result<f64> {
    let count = |calls| {
        let job = servers.job(cell, Length::Calls(calls));
        count(rounds::words(&job)?).with_context(|| cell.to_string())
    };
    let more = count(FIRST + MORE)?.saturating_sub(count(FIRST)?);
    let tasks = match cell.workload.has_tasks() {
        true => cell.workload.batch(),
        false => 1,
    };
    Ok(more as f64 / (MORE * tasks as u64) as f64)
}
