//! `cargo xtask vectors DIR`: holds the crates against what libmemcached and pylibmc answered.
//!
//! Each file of the directory has one checker, in the table [`FILES`].
//! A checker asks the public API the same question as the recorded one and gives one [`Verdict`] a row.

mod behaviors;
mod behaviors_c;
mod config;
mod defaults;
mod deviations;
mod ejected;
mod failover;
mod hash;
mod in_c;
mod keys;
mod placement;
mod placement_pylibmc;
mod python;
mod replies;
mod report;
mod repr;
mod returncodes;
mod ring;
mod servers;
mod servers_parse;
mod specs;
mod values;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;

use deviations::Deviation;
use report::Report;

/// What a checker says of one row.
enum Verdict {
    /// We answer what the reference answered.
    Holds,
    /// We differ on purpose.
    Deviates(&'static Deviation),
    /// We differ and should not; the text says how.
    Fails(String),
}

/// A row that cannot be asked about, as ours refuses a part of it or its parts are others, is one that fails.
impl From<Result<Self>> for Verdict {
    fn from(asked: Result<Self>) -> Self {
        asked.unwrap_or_else(|why| Self::Fails(format!("{why:#}")))
    }
}

/// Checks one file, row by row.
type Check = fn(&Vectors, &mut Report) -> Result<()>;

/// Every file of the format that has a checker.
const FILES: &[(&str, Check)] = &[
    ("behaviors.jsonl", behaviors::check),
    ("behaviors_c.jsonl", behaviors_c::check),
    ("behaviors_defaults.json", defaults::check),
    ("behaviors_wheel_diff.jsonl", behaviors::check_wheel),
    ("config_strings.jsonl", config::check),
    ("continuum.jsonl", placement::check_continuum),
    ("failover.jsonl", failover::check),
    ("hash.tsv", hash::check),
    ("hash_hsieh.tsv", hash::check_hsieh),
    ("keys.jsonl", keys::check),
    ("placement.jsonl", placement::check),
    ("placement_pylibmc.jsonl", placement_pylibmc::check),
    (
        "placement_pylibmc_wheel_diff.jsonl",
        placement_pylibmc::check_wheel,
    ),
    ("replies.jsonl", replies::check),
    ("returncodes.tsv", returncodes::check),
    ("servers_parse.jsonl", servers_parse::check),
    ("specs_pylibmc.jsonl", specs::check),
    ("values.jsonl", values::check),
    ("values_compressed.jsonl", values::check_compressed),
    ("values_decode.jsonl", values::check_decode),
    ("wire.jsonl", wire::check),
    ("placement_ejected.jsonl", ejected::check),
];

/// Files of the format that hold no rows of their own: read beside others, or prose.
const COMPANIONS: &[&str] = &["README.md", "QUIRKS.md"];

/// A directory of vectors.
struct Vectors {
    dir: PathBuf,
}

impl Vectors {
    /// The whole text of a file.
    fn text(&self, file: &str) -> Result<String> {
        let path = self.dir.join(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// The rows of a file with one JSON object a line.
    fn rows<T: DeserializeOwned>(&self, file: &str) -> Result<Vec<T>> {
        let text = self.text(file)?;
        let parse = |(at, line)| {
            serde_json::from_str(line).with_context(|| format!("{file}, line {}", at + 1))
        };
        text.lines().enumerate().map(parse).collect()
    }
}

/// Checks every file of `dir`, prints a line for each, and fails if any row failed.
pub(crate) fn run(dir: &Path) -> Result<()> {
    let vectors = Vectors {
        dir: dir.to_owned(),
    };
    let mut failed = 0;
    for file in files(dir)? {
        let report = check(&vectors, &file)?;
        failed += report.failed();
        print!("{report}");
    }
    ensure!(failed == 0, "{failed} rows of {} failed", dir.display());
    Ok(())
}

/// The names of the files in `dir`, sorted.
fn files(dir: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let mut names = entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>>>()?;
    names.sort();
    names.retain(|name| !COMPANIONS.contains(&name.as_str()));
    ensure!(!names.is_empty(), "{} holds no vectors", dir.display());
    Ok(names)
}

/// Runs the checker of one file.
fn check(vectors: &Vectors, file: &str) -> Result<Report> {
    let mut report = Report::new(file);
    let Some((_, check)) = FILES.iter().find(|(name, _)| *name == file) else {
        bail!("{file} is not a file of the vectors' format: see testdata/README.md");
    };
    check(vectors, &mut report).with_context(|| file.to_owned())?;
    ensure!(report.rows() > 0, "{file} has no rows");
    Ok(report)
}

/// Bytes from lower-case hex; `-` is the empty string.
fn unhex(text: &str) -> Result<Vec<u8>> {
    let text = text.strip_prefix('-').unwrap_or(text);
    ensure!(
        text.len().is_multiple_of(2) && text.is_ascii(),
        "odd hex {text:?}"
    );
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).context("not hex"))
        .collect()
}

#[cfg(test)]
mod tests {
    /// Every row of `testdata/` holds or falls under a named deviation.
    #[test]
    fn testdata_holds() {
        super::run(&crate::root().join("testdata")).unwrap();
    }
}
