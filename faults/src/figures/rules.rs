//! What holds of the sources and of what they stand on, without a run: asked of those who know.

use std::env;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::figure::{Figure, Run};

pub(crate) const FIGURE: Figure = Figure {
    number: 15,
    name: "rules of the sources",
    target: "no unsafe code, nothing in the protocol crate that ends the process, a clean audit",
    // What asks may have to be built first.
    within: Duration::from_secs(1800),
    run,
};

/// `forbid(unsafe_code)` in every crate, no `unsafe` in any file, and the list of mc-proto's forbidden lints.
const TREE: &str = "test --quiet --package xtask -- tidy::lints tidy::manifests tidy::sources";
/// That the lints hold.
const LINTS: &str = "clippy --quiet --package mc-proto --all-features -- -D warnings";
/// Advisories, licences, duplicates, sources.
const AUDIT: &str = "run --quiet --package xtask -- audit";

fn run(run: &mut Run) -> Result<()> {
    judge(run, "unsafe code and lints, forbidden in every crate", TREE)?;
    judge(run, "the lints of the protocol crate", LINTS)?;
    let asked = run.scale(true, false);
    if !asked {
        // The database of advisories is on another host, and the gate asks none but the crates' registry.
        let got = "not asked in the short form: `cargo xtask audit`";
        run.line("the audit of the dependencies", "nothing found", got, true);
        return Ok(());
    }
    judge(run, "the audit of the dependencies", AUDIT)
}

/// Writes a line with the last words of a cargo that was asked.
fn judge(run: &mut Run, part: &str, words: &str) -> Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    command.args(words.split(' ')).current_dir(root);
    let done = command
        .output()
        .with_context(|| format!("cannot run cargo {words}"))?;
    let said = if done.status.success() {
        &done.stdout
    } else {
        &done.stderr
    };
    let said = String::from_utf8_lossy(said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let got = last.unwrap_or("nothing found").trim().to_owned();
    run.line(part, "nothing found", got, done.status.success());
    Ok(())
}
