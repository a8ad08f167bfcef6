//! The saved inputs: small files under `corpus/<target>/`, found by hand or by a fault.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::Target;

/// Where the inputs of a target are.
#[must_use]
pub fn dir(target: Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target.name)
}

/// Its saved inputs with their names, sorted.
///
/// # Errors
/// If the directory or a file of it cannot be read.
pub fn saved(target: Target) -> Result<Vec<(String, Vec<u8>)>> {
    let dir = dir(target);
    let entries = fs::read_dir(&dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry?;
        Ok((
            entry.file_name().to_string_lossy().into_owned(),
            fs::read(entry.path())?,
        ))
    };
    let mut saved = entries.map(read).collect::<Result<Vec<_>>>()?;
    saved.sort();
    Ok(saved)
}

/// Saves an input that made a target fail, to be committed with the mend.
///
/// # Errors
/// If it cannot be written.
pub fn save(target: Target, name: &str, input: &[u8]) -> Result<PathBuf> {
    let path = dir(target).join(name);
    fs::create_dir_all(dir(target)).context("cannot make the directory of the saved inputs")?;
    fs::write(&path, input).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}
