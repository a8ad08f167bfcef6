//! `cargo xtask test`: every test of the workspace, the examples in the docs among them.

use std::time::Instant;

use anyhow::Result;

use crate::{examples, fuzz, setup, shell};

/// Installs what is missing, memcached among it, and runs all tests and examples.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    let memcached = setup::run()?;
    shell::run(&mut shell::cargo(["test", "--workspace", "--all-features"]))?;
    examples::run()?;
    fuzz::test()?;
    let seconds = start.elapsed().as_secs();
    println!("test: all passed against {memcached} in {seconds} s");
    Ok(())
}
