//! What was checked in one file: counts, the first failures, the deviations by name.

use std::collections::BTreeMap;
use std::fmt;

use super::Verdict;
use super::deviations::Deviation;

/// Failures shown in full.
const SHOWN: usize = 5;

/// The tally of one file.
pub(super) struct Report {
    file: String,
    rows: usize,
    failures: Vec<String>,
    deviations: BTreeMap<&'static Deviation, usize>,
}

impl Report {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            rows: 0,
            failures: Vec::new(),
            deviations: BTreeMap::new(),
        }
    }

    /// Counts one row; `row` names it in a failure's text.
    pub(super) fn count(&mut self, row: impl fmt::Display, verdict: impl Into<Verdict>) {
        self.rows += 1;
        match verdict.into() {
            Verdict::Holds => {}
            Verdict::Deviates(deviation) => *self.deviations.entry(deviation).or_default() += 1,
            Verdict::Fails(why) => self.failures.push(format!("{row}: {why}")),
        }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn failed(&self) -> usize {
        self.failures.len()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            rows,
            failures,
            deviations,
        } = self;
        let deviating: usize = deviations.values().sum();
        writeln!(
            f,
            "{file:34} {rows:6} rows, {:4} failed, {deviating:4} deviate",
            failures.len()
        )?;
        for (Deviation { name, reason }, count) in deviations {
            writeln!(f, "    {count:6} deviate: {name}, because {reason}")?;
        }
        for failure in failures.iter().take(SHOWN) {
            writeln!(f, "    failed: {failure}")?;
        }
        if failures.len() > SHOWN {
            writeln!(f, "    … and {} more", failures.len() - SHOWN)?;
        }
        Ok(())
    }
}
