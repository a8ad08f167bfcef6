//! The Pythons that the reference runs in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{root, setup, shell};

/// What is installed from PyPI, each to the version. pylibmc's wheel brings a libmemcached of its own, 1.0.16.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The interpreter of a throwaway environment with [`REQUIREMENTS`].
///
/// The environment is kept below `target/`, and made anew if what belongs in it, or Python itself, has changed.
pub(super) fn from_pypi() -> Result<PathBuf> {
    let wanted = format!("{}{REQUIREMENTS}", version()?);
    let dir = root().join("target/interop");
    let (interpreter, made) = (dir.join("bin/python"), dir.join("made-for.txt"));
    if fs::read_to_string(&made).is_ok_and(|made| made == wanted) {
        return Ok(interpreter);
    }
    make(&dir, &interpreter)?;
    fs::write(&made, wanted).with_context(|| format!("cannot write {}", made.display()))?;
    Ok(interpreter)
}

/// The system's interpreter, if it has pylibmc.
pub(super) fn from_the_system() -> Option<PathBuf> {
    let interpreter = setup::SYSTEM_PYTHON;
    setup::imports(interpreter, "pylibmc").then(|| interpreter.into())
}

/// What the Python on `PATH` says of itself.
fn version() -> Result<String> {
    let output = Command::new("python3").arg("--version").output();
    Ok(String::from_utf8(
        output.context("cannot run python3")?.stdout,
    )?)
}

fn make(dir: &Path, interpreter: &Path) -> Result<()> {
    let venv = ["-m", "venv", "--clear"];
    shell::run(Command::new("python3").args(venv).arg(dir))?;
    let pip = "-m pip --disable-pip-version-check install --quiet --only-binary :all:";
    shell::run(
        Command::new(interpreter)
            .args(pip.split(' '))
            .args(REQUIREMENTS.lines()),
    )
}
