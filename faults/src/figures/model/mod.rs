//! The pending queue, its callers and its driver in many orders of their steps: mc-client's own code, with the locks
//! and tasks of a model checker (shuttle).

mod build;
mod mutants;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use self::mutants::{MUTANTS, Mutant};
use crate::figure::{Figure, Run};

pub(crate) const FIGURE: Figure = Figure {
    number: 14,
    name: "the pending queue in any order of steps",
    target: "0 hangs, leaks and wrong answers in 100000 orders",
    // It builds mc-client twice.
    within: Duration::from_secs(1800),
    run,
};

/// Where the scenarios are.
const SCENARIOS: &str = "tokio::link::model::";

/// In how many orders of each plan a mistake is looked for, before another seed is tried: half of them are drawn in
/// another way than the other half. Each mistake shows in the first round of nearly any seed.
const ROUND: u64 = 200;

/// How many seeds are tried.
const ROUNDS: u64 = 10;

/// The first of them, always the same: what is found today is found tomorrow, until the code changes.
const FIRST: u64 = 1;

fn run(run: &mut Run) -> Result<()> {
    let real = build::real()?;
    let orders = run.scale(8000, 150);
    let played = play(&real, SCENARIOS, orders, run.seed, None)?;
    let (plans, sum) = counted(&played);
    let got = format!("{sum} orders of {plans} plans: {}", played.status);
    let enough = sum >= run.scale(100_000, 1500);
    let holds = passed(&played) && enough;
    run.line("as it is", FIGURE.target, got, holds);

    let mutated = build::mutated()?;
    let unmistaken = play(&mutated, SCENARIOS, ROUND, FIRST, None)?;
    ensure!(passed(&unmistaken), "the copy fails without a mistake");
    let mut missed = Vec::new();
    for mutant in MUTANTS {
        if !is_found(mutant, &mutated)? {
            missed.push(mutant.name);
        }
    }
    let found = MUTANTS.len() - missed.len();
    let others = match missed.is_empty() {
        true => String::new(),
        false => format!("; not: {}", missed.join(", ")),
    };
    let got = format!("{found} of {}, seeds from {FIRST}{others}", MUTANTS.len());
    run.line("with a mistake", "found, each", got, missed.is_empty());
    Ok(())
}

/// Whether all went well; if not, prints what was said.
fn passed(played: &Output) -> bool {
    let passed = played.status.success();
    if !passed {
        let words = [&played.stdout, &played.stderr].map(|it| String::from_utf8_lossy(it));
        print!("{}", words.concat());
    }
    passed
}

/// Whether its scenario fails, in one of the rounds.
fn is_found(mutant: &Mutant, mutated: &Path) -> Result<bool> {
    let scenario = format!("{SCENARIOS}{}", mutant.scenario);
    for seed in FIRST..FIRST + ROUNDS {
        let played = play(mutated, &scenario, ROUND, seed, Some(mutant.name))?;
        if !played.status.success() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Plays the scenarios of which the name begins so, each of their plans in so many orders.
fn play(
    program: &Path,
    scenarios: &str,
    orders: u64,
    seed: u64,
    mutant: Option<&str>,
) -> Result<Output> {
    Command::new(program)
        .args([scenarios, "--nocapture"])
        .env("MODEL_ORDERS", orders.to_string())
        .env("MODEL_SEED", seed.to_string())
        .env("MODEL_MUTANT", mutant.unwrap_or_default())
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .output()
        .context("cannot run the model")
}

/// How many plans were played, and in how many orders.
fn counted(played: &Output) -> (usize, u64) {
    let said = String::from_utf8_lossy(&played.stdout);
    let orders = said.lines().filter_map(|line| {
        let (_, count) = line.split_once("model: ")?.1.rsplit_once(": ")?;
        count.strip_suffix(" orders")?.parse::<u64>().ok()
    });
    orders.fold((0, 0), |(plans, sum), orders| (plans + 1, sum + orders))
}
