//! Who is let in, and how openly: every way of asking for a password, over every way of securing a connection.
//!
//! An error is in time if it is there within the connect timeout. A client that has nothing to ask on a fresh
//! connection (no password, no TLS) hears of a server's silence only as its call's deadline passes.

mod cell;
mod play;
mod secrets;
mod servers;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};

use self::cell::{Cell, Guard, Wire};
use self::play::{Played, Player};
use self::secrets::{Log, Secrets};
use self::servers::Servers;
use crate::figure::{Figure, Run};

pub(crate) const FIGURE: Figure = Figure {
    number: 13,
    name: "who is let in",
    target: "each cell works or is its named error in time, and no secret is shown",
    within: Duration::from_secs(120),
    run,
};

/// Cells at a time: those of servers that say nothing only wait.
const AT_ONCE: usize = 32;

fn run(run: &mut Run) -> Result<()> {
    let log = Log::start()?;
    let servers = Servers::start()?;
    let cells = cell::all();
    let played = play(&cells, &Player::new(&servers)?)?;
    for guard in Guard::ALL {
        for (name, of) in Wire::KINDS {
            let of = |cell: &Cell| cell.guard == guard && of(cell.wire);
            judge(run, &format!("{guard} over {name}"), &played, of);
        }
    }
    shown(run, &servers, &played, &log)
}

/// Plays all cells, many at a time.
fn play(cells: &[Cell], player: &Player<'_>) -> Result<Vec<(Cell, Played)>> {
    let (next, played) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        let work = || {
            while let Some(cell) = cells.get(next.fetch_add(1, Relaxed)) {
                let end = player.play(cell)?;
                played.lock().expect("nobody panics").push((*cell, end));
            }
            anyhow::Ok(())
        };
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let mut ends = workers.into_iter().map(thread::ScopedJoinHandle::join);
        ends.try_for_each(|end| end.expect("a cell fails without a panic"))
    })?;
    let played = played.into_inner()?;
    ensure!(played.len() == cells.len(), "a cell was not played");
    Ok(played)
}

/// Writes the line of the cells of one kind.
fn judge(run: &mut Run, part: &str, played: &[(Cell, Played)], of: impl Fn(&Cell) -> bool) {
    let cells: Vec<_> = played.iter().filter(|(cell, _)| of(cell)).collect();
    let faults: Vec<_> = cells
        .iter()
        .filter_map(|(cell, it)| Some(format!("{cell}: {}", it.fault(cell)?)))
        .collect();
    faults.iter().for_each(|fault| eprintln!("  {fault}"));
    let let_in = cells.iter().filter(|(_, it)| it.end.is_ok()).count();
    let slowest = cells.iter().map(|(_, it)| it.took).max();
    let got = format!(
        "{} wrong of {}: {let_in} let in, {} named errors, the slowest after {} ms",
        faults.len(),
        cells.len(),
        cells.len() - let_in,
        slowest.unwrap_or_default().as_millis(),
    );
    let holds = faults.is_empty() && !cells.is_empty();
    run.line(part, "0 wrong, none late", got, holds);
}

/// Writes the line of the secrets.
fn shown(run: &mut Run, servers: &Servers, played: &[(Cell, Played)], log: &Log) -> Result<()> {
    let secrets = Secrets::new(servers);
    let log = log.text();
    // What is not written cannot be searched.
    ensure!(log.contains("not connected"), "the log is empty");
    let texts = played.iter().map(|(_, it)| &it.shown).chain([&log]);
    let found: Vec<_> = texts
        .clone()
        .filter_map(|it| secrets.found_in(it))
        .collect();
    found.iter().for_each(|what| eprintln!("  shown: {what}"));
    let bytes: usize = texts.map(String::len).sum();
    let got = format!(
        "{} found in {bytes} bytes, {} lines of log among them",
        found.len(),
        log.lines().count()
    );
    run.line("secrets in what is shown", "0", got, found.is_empty());
    Ok(())
}
