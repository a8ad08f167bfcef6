//! `mc-fuzz [TARGET…] [--mutations N] [--seed S]`, which is what `cargo xtask fuzz` runs.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use clap::Parser;
use mc_fuzz::{Settings, TARGETS, Target, corpus, fuzz};

/// Runs targets over mutations of their saved inputs, and prints one line for each.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which targets [default: all].
    targets: Vec<String>,
    /// How many inputs each target gets.
    #[arg(long, default_value_t = 200_000)]
    mutations: u64,
    /// Gives the same inputs again [default: from the clock].
    #[arg(long)]
    seed: Option<u64>,
}

/// One input takes microseconds; a machine under load may stop for seconds.
const PATIENCE: Duration = Duration::from_secs(20);

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
    let seed = arguments.seed.unwrap_or_else(seed_of_the_clock);
    let settings = Settings {
        mutations: arguments.mutations,
        seed,
        patience: PATIENCE,
    };
    for target in chosen(&arguments.targets)? {
        run_one(target, settings)?;
    }
    Ok(())
}

fn run_one(target: Target, settings: Settings) -> Result<()> {
    let saved: Vec<_> = corpus::saved(target)?
        .into_iter()
        .map(|(_, input)| input)
        .collect();
    let (name, seed) = (target.name, settings.seed);
    match fuzz(target, &saved, settings) {
        Ok(outcome) => {
            let rate = outcome.mutations as f64 / outcome.took.as_secs_f64() / 1000.0;
            println!(
                "{name:16} seed {seed:20} {:10} mutations of {:3} inputs {rate:6.0} k/s, peak {:6} bytes of {} + {} an input byte",
                outcome.mutations,
                saved.len(),
                outcome.peak,
                target.cap,
                mc_fuzz::PER_BYTE,
            );
            Ok(())
        }
        Err(failure) => {
            let path = corpus::save(
                target,
                &format!("found-{seed}-{}", failure.number),
                &failure.input,
            )?;
            bail!(
                "{name}, seed {seed}, mutation {}: it {}\n  input: '{}'\n  saved: {}",
                failure.number,
                failure.fault,
                failure.input.escape_ascii(),
                path.display(),
            );
        }
    }
}

/// The targets of these names, in their order; all if there are none.
fn chosen(names: &[String]) -> Result<Vec<Target>> {
    if names.is_empty() {
        return Ok(TARGETS.to_vec());
    }
    let find = |name: &String| {
        let known = || {
            TARGETS
                .iter()
                .map(|target| target.name)
                .collect::<Vec<_>>()
                .join(", ")
        };
        let found = TARGETS.iter().find(|target| target.name == name).copied();
        found.map_or_else(
            || bail!("no target is called {name}; there are {}", known()),
            Ok,
        )
    };
    names.iter().map(find).collect()
}

fn seed_of_the_clock() -> u64 {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    now.as_nanos() as u64
}
