//! `cargo xtask fuzz [TARGET…] [--mutations N] [--seed S]`: the harness of `fuzz/`, on stable and at full speed.

use std::process::Command;

use anyhow::Result;

use crate::shell::{self, cargo};

/// Runs targets over mutations of their saved inputs; an input that a target does not bear is saved.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let words = ["run", "--quiet", "--release", "--bin", "mc-fuzz"];
    shell::run(in_fuzz(words).arg("--").args(arguments))
}

/// Tests the harness: its saved inputs, some mutations, and bugs that it must find.
pub(crate) fn test() -> Result<()> {
    shell::run(&mut in_fuzz(["test"]))
}

/// Format and lints, which the gate asks of every workspace.
pub(crate) fn lint() -> Result<()> {
    let manifest = ["--manifest-path", MANIFEST];
    shell::run(cargo(["fmt", "--check"]).args(manifest))?;
    shell::run(in_fuzz(["clippy", "--all-targets"]).args(["--", "-D", "warnings"]))
}

/// It is a workspace of its own.
const MANIFEST: &str = "fuzz/Cargo.toml";

fn in_fuzz<const N: usize>(words: [&str; N]) -> Command {
    let mut command = cargo(words);
    command.args(["--manifest-path", MANIFEST]);
    command
}
