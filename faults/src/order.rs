//! Which figures run, each in a process of its own.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::figure::{Figure, Run};
use crate::figures::FIGURES;

/// Runs the figures of these numbers, or all: those that fail do not keep the others from running.
pub(crate) fn each(numbers: &[u8], seed: u64, short: bool) -> Result<()> {
    let start = Instant::now();
    let chosen = chosen(numbers)?;
    println!(
        "seed {seed}; {} processors, which the load shares with the servers",
        processors()
    );
    let failed: Vec<_> = chosen
        .iter()
        .filter_map(|figure| {
            alone(figure, seed, short)
                .err()
                .map(|error| (figure.number, error))
        })
        .collect();
    for (number, error) in &failed {
        eprintln!("figure {number}: {error:#}");
    }
    let ran = format!(
        "{} figures in {} s",
        chosen.len(),
        start.elapsed().as_secs()
    );
    if !failed.is_empty() {
        bail!("{} of {ran} failed", failed.len());
    }
    println!("faults: all of {ran} hold");
    Ok(())
}

/// Runs one figure in this process.
pub(crate) fn here(numbers: &[u8], run: Run) -> Result<()> {
    match *chosen(numbers)? {
        [figure] => run.of(figure),
        _ => bail!("name one figure"),
    }
}

fn chosen(numbers: &[u8]) -> Result<Vec<&'static Figure>> {
    if let Some(unknown) = numbers
        .iter()
        .find(|number| !FIGURES.iter().any(|it| it.number == **number))
    {
        let known: Vec<_> = FIGURES
            .iter()
            .map(|it| format!("{} {}", it.number, it.name))
            .collect();
        bail!(
            "there is no figure {unknown}; there are: {}",
            known.join(", ")
        );
    }
    let is_chosen = |figure: &&Figure| numbers.is_empty() || numbers.contains(&figure.number);
    Ok(FIGURES.iter().copied().filter(is_chosen).collect())
}

/// Runs a figure in a process of its own, which is killed when its time is up. What it said of its failure is told again
/// after all figures: who reads the end of a log sees it.
fn alone(figure: &Figure, seed: u64, short: bool) -> Result<()> {
    let mut command = Command::new(env::current_exe()?);
    command.args([
        "--here",
        &figure.number.to_string(),
        "--seed",
        &seed.to_string(),
    ]);
    if short {
        command.arg("--short");
    }
    command.stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot start a process for it")?;
    let errors = child.stderr.take().context("its errors are not piped")?;
    let errors = thread::spawn(|| echoed(errors));
    match ended(&mut child, figure.within)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => {
            let errors = errors.join().unwrap_or_default();
            bail!("failed ({status}): {}", errors.trim_end());
        }
        None => {
            child.kill()?;
            child.wait()?;
            bail!("hangs: it was not done after {} s", figure.within.as_secs());
        }
    }
}

/// Prints what comes until its end, and returns it.
fn echoed(errors: impl Read) -> String {
    let mut all = String::new();
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        eprintln!("{line}");
        all += &line;
        all.push('\n');
    }
    all
}

fn ended(child: &mut Child, within: Duration) -> Result<Option<ExitStatus>> {
    let by = Instant::now() + within;
    while Instant::now() < by {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(None)
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
