//! A figure: what is measured, what it must come to, and the line that says what it came to.

use std::fmt::Display;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Something that must hold, and how to find out.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) number: u8,
    /// What is measured, in a few words.
    pub(crate) name: &'static str,
    /// What it must come to.
    pub(crate) target: &'static str,
    /// How long it may take, the long form; one that takes longer hangs.
    pub(crate) within: Duration,
    pub(crate) run: fn(&mut Run) -> Result<()>,
}

/// One run of a figure, which writes a line for each part.
#[derive(Debug)]
pub(crate) struct Run {
    /// All that is drawn at random is drawn from this.
    pub(crate) seed: u64,
    short: bool,
    heading: String,
    since: Instant,
    missed: Vec<String>,
}

impl Run {
    pub(crate) fn new(seed: u64, short: bool) -> Self {
        Self {
            seed,
            short,
            heading: String::new(),
            since: Instant::now(),
            missed: Vec::new(),
        }
    }

    /// `full` in the long form, `short` in the short one.
    pub(crate) fn scale<T>(&self, full: T, short: T) -> T {
        if self.short { short } else { full }
    }

    /// Runs a figure to its end.
    ///
    /// # Errors
    /// What it could not measure, or the parts that missed their targets.
    pub(crate) fn of(mut self, figure: &Figure) -> Result<()> {
        self.heading = format!("{:>2} {}", figure.number, figure.name);
        self.since = Instant::now();
        (figure.run)(&mut self)?;
        anyhow::ensure!(
            self.missed.is_empty(),
            "figure {} must come to {}; it did not for: {}",
            figure.number,
            figure.target,
            self.missed.join(", ")
        );
        Ok(())
    }

    /// Writes a line: figure and part, target, what came out, seed, seconds since the last line.
    pub(crate) fn line(&mut self, part: &str, target: &str, got: impl Display, holds: bool) {
        let verdict = if holds { "ok" } else { "MISSED" };
        if !holds {
            self.missed.push(format!("{part} (got {got})"));
        }
        self.write(part, target, got, verdict);
    }

    /// Writes the line of a part that came too late, and is to be run again.
    pub(crate) fn late(&mut self, part: &str, target: &str, got: impl Display) {
        self.write(part, target, got, "late, once more");
    }

    fn write(&mut self, part: &str, target: &str, got: impl Display, verdict: &str) {
        let seconds = self.since.elapsed().as_secs_f64();
        println!(
            "{}, {part} | target {target} | got {got} | seed {} | {seconds:.1} s | {verdict}",
            self.heading, self.seed
        );
        self.since = Instant::now();
    }
}
