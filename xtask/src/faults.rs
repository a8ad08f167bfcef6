//! `cargo xtask faults [FIGURE…] [--short] [--seed S]`: what the clients must survive, at full speed.

use std::ffi::OsStr;

use anyhow::Result;

use crate::setup;
use crate::shell::{self, cargo};

/// Runs the figures; fails if one misses its target.
pub(crate) fn run(arguments: &[impl AsRef<OsStr>]) -> Result<()> {
    setup::run()?;
    let words = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "mc-faults",
        "--",
    ];
    shell::run(cargo(words).args(arguments))
}
