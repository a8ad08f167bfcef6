//! `cargo xtask coverage`: how many lines of the codecs their own tests reach.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::root;
use crate::shell::{self, cargo};

/// It reads what the compiler's instrumentation writes by itself, so that no part of LLVM has to be installed.
const TOOL: &str = "cargo-tarpaulin@0.37.5";

/// In percent of the lines; below that, the chore fails.
const LEAST: &str = "95";

/// Installs the tool below `target/` if it is not there, runs the tests of mc-proto under it, and prints a line for
/// each file and the sum.
pub(crate) fn run() -> Result<()> {
    let target = root().join("target");
    let tools = target.join("tools");
    shell::run(cargo(["install", "--quiet", "--locked", TOOL, "--root"]).arg(&tools))?;
    shell::run(&mut measure(&tools, &target.join("coverage")))
}

fn measure(tools: &Path, builds: &Path) -> Command {
    let mut command = Command::new(tools.join("bin/cargo-tarpaulin"));
    command
        .args("tarpaulin --engine llvm --package mc-proto --skip-clean --out Stdout".split(' '))
        .args([
            "--include-files",
            "crates/mc-proto/src/*",
            "--fail-under",
            LEAST,
        ])
        .arg("--target-dir")
        .arg(builds)
        .current_dir(root());
    command
}
