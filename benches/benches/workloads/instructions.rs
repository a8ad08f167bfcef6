//! How many instructions does a call take outside the kernel, and is it more than was recorded?

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use mc_benches::callgrind;
use mc_benches::proto::{Scenario, scenarios};
use serde::{Deserialize, Serialize};

use super::servers::Servers;
use super::{Arguments, Cell, Side, Transport, Workload, counted};

/// How often a step is taken.
const TIMES: u64 = 200;

/// By how much more, or less, than recorded a count may be.
const TOLERANCE: f64 = 0.05;

/// The workloads whose counts do not depend on how replies come in pieces.
const WORKLOADS: [Workload; 4] = [Workload::W1, Workload::W2, Workload::W3, Workload::W5];

/// A part of an exchange without a socket, done so many times.
type Step = fn(&Scenario, u64);

const STEPS: [(&str, Step); 2] = [("push", Scenario::push), ("exchange", Scenario::exchange)];

/// What is recorded.
#[derive(Debug, Serialize, Deserialize)]
struct Recorded {
    /// Another compiler makes other instructions.
    rustc: String,
    instructions: Counts,
}

/// Instructions of one call, by what it is.
type Counts = BTreeMap<String, u64>;

/// Counts, and compares with what is recorded, or records.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let mut counts = Counts::new();
    let mut count = |name: String, count: u64| {
        println!("{name:<32} {count:>9}");
        counts.insert(name, count);
    };
    if arguments.workloads.is_empty() {
        for scenario in scenarios() {
            for (step, _) in STEPS {
                let name = format!("{} {step}", scenario.name);
                let instructions = of_step(&scenario, step).with_context(|| name.clone())?;
                count(name, instructions);
            }
        }
    }
    for workload in arguments.workloads() {
        let is_steady = WORKLOADS.contains(&workload);
        let servers = Servers::start(workload, Transport::Tcp)?;
        for cell in Cell::of(workload, Transport::Tcp)
            .filter(|cell| is_steady && is_counted(arguments, *cell))
        {
            let instructions = counted::of_call(cell, &servers, callgrind::count)?;
            count(cell.to_string(), instructions as u64);
        }
    }
    match arguments.record {
        true => record(counts),
        false => compare(&counts),
    }
}

/// A multi-thread runtime counts differently each time.
fn is_counted(arguments: &Arguments, cell: Cell) -> bool {
    arguments.wants(cell) && matches!(cell.side, Side::Blocking | Side::Tokio)
}

fn of_step(scenario: &Scenario, step: &str) -> Result<u64> {
    let count = |rounds: u64| {
        let rounds = rounds.to_string();
        callgrind::count(["--scenario", &scenario.name, step, &rounds])
    };
    Ok(count(TIMES)?.saturating_sub(count(0)?) / TIMES)
}

/// One step of a scenario in this process: its name, the step, how often.
pub(super) fn here(words: &[String]) -> Result<()> {
    let [name, step, rounds] = words else {
        anyhow::bail!("a scenario, a step and a number");
    };
    let scenario = scenarios().find(|scenario| scenario.name == *name);
    let scenario = scenario.with_context(|| format!("there is no scenario {name}"))?;
    let run = STEPS.iter().find(|(known, _)| known == step);
    let (_, run) = run.with_context(|| format!("there is no step {step}"))?;
    run(&scenario, rounds.parse()?);
    Ok(())
}

fn record(instructions: Counts) -> Result<()> {
    let rustc = rustc()?;
    let recorded = Recorded {
        rustc,
        instructions,
    };
    let file = file();
    fs::write(&file, serde_json::to_string_pretty(&recorded)? + "\n")?;
    println!("recorded: {}", file.display());
    Ok(())
}

/// Fails if a call takes more than was recorded.
fn compare(counts: &Counts) -> Result<()> {
    let file = file();
    let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let recorded: Recorded = serde_json::from_slice(&text)?;
    let (mut more, mut less) = (Vec::new(), Vec::new());
    for (name, count) in counts {
        let before = recorded.instructions.get(name);
        let before = *before.with_context(|| format!("{name} is not recorded: use --record"))?;
        let ratio = *count as f64 / before as f64;
        let line = format!("{name}: {count}, {ratio:.2} of the {before} recorded");
        match ratio - 1.0 {
            change if change > TOLERANCE => more.push(line),
            change if change < -TOLERANCE => less.push(line),
            _ => {}
        }
    }
    if !less.is_empty() {
        println!("less than recorded, so --record it:\n{}", less.join("\n"));
    }
    ensure!(
        more.is_empty(),
        "more than {TOLERANCE} above what is recorded ({}, and this is {}):\n{}",
        recorded.rustc,
        rustc()?,
        more.join("\n")
    );
    println!("none is more than {TOLERANCE} above what is recorded");
    Ok(())
}

fn rustc() -> Result<String> {
    let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(program).arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
}
