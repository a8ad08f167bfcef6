//! Runs the examples of all crates, so that none rots: each finds its own servers, and ends by itself.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::{root, shell, workspace};

/// Runs every example; the first that fails is named.
pub(crate) fn run() -> Result<()> {
    let mut examples = Vec::new();
    for member in workspace::members()? {
        let dir = root().join("crates").join(&member.name).join("examples");
        examples.extend(
            names(&dir)?
                .into_iter()
                .map(|name| (member.name.clone(), name)),
        );
    }
    ensure!(!examples.is_empty(), "there are no examples");
    for (package, name) in &examples {
        let words = ["run", "--quiet", "--all-features", "--package", package];
        shell::run(shell::cargo(words).args(["--example", name]))?;
    }
    println!("examples: {} ran", examples.len());
    Ok(())
}

/// The examples in a directory, by name; none if it is not there.
fn names(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    if dir.is_dir() {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let stem = path.file_stem().and_then(|stem| stem.to_str());
                names.push(stem.context("an example has a name")?.to_owned());
            }
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found() {
        let found = names(&root().join("crates/mc-client/examples")).unwrap();
        assert!(found.contains(&"production".to_owned()), "{found:?}");
        assert!(!found.contains(&"servers".to_owned()), "{found:?}");
        assert!(names(&root().join("no-such-dir")).unwrap().is_empty());
    }
}
