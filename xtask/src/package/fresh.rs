//! What cargo keeps of packages that were built before.
//!
//! To cargo, a version in a registry never changes: it unpacks and compiles each once, and takes that from then on.
//! A version that is not published yet does change, and what an earlier commit packed would be built in its stead.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Removes all that was compiled in `target`, and what was unpacked of the packages of these names.
pub(super) fn forget<'a>(target: &Path, names: impl Iterator<Item = &'a str>) -> Result<()> {
    remove(target)?;
    let unpacked = home()?.join("registry/src");
    names
        .map(|name| unpacked_of(&unpacked, name))
        .collect::<Result<Vec<_>>>()?
        .iter()
        .flatten()
        .try_for_each(|dir| remove(dir))
}

/// cargo's own directory.
fn home() -> Result<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let usual = || Some(std::env::home_dir()?.join(".cargo"));
    set.or_else(usual)
        .context("there is neither CARGO_HOME nor a home directory")
}

/// The directories of all versions of one package that came from registries made for an occasion.
///
/// Those have no host, so that the names of their directories are a hash after a bare dash.
fn unpacked_of(unpacked: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let registries = entries(unpacked)?.into_iter();
    let ours = registries.filter(|registry| is_nameless(registry));
    let packages = ours.map(|registry| entries(&registry));
    let mut packages = packages.collect::<Result<Vec<_>>>()?.concat();
    packages.retain(|package| is_version_of(package, name));
    Ok(packages)
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>> {
    let listed = fs::read_dir(dir).and_then(|entries| {
        entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()
    });
    match listed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed.with_context(|| format!("cannot list {}", dir.display())),
    }
}

fn is_nameless(registry: &Path) -> bool {
    file_name(registry).starts_with('-')
}

fn is_version_of(path: &Path, name: &str) -> bool {
    let rest = file_name(path).strip_prefix(name);
    let version = rest.and_then(|rest| rest.strip_prefix('-'));
    version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit()))
}

fn file_name(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.with_context(|| format!("cannot remove {}", dir.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_packages_of_nameless_registries_are_found() {
        let root = root_of("found");
        let dirs = [
            "-14cd/mc-hash-0.1.0",
            "-14cd/mc-hash-0.2.0",
            "-14cd/mc-hash-map-1.0.0",
            "-22c3/mc-hash-0.1.0",
            "-22c3/mc-dist-0.1.0",
            "index.crates.io-1949/mc-hash-0.1.0",
        ];
        for dir in dirs {
            fs::create_dir_all(root.join(dir)).unwrap();
        }
        let mut found = unpacked_of(&root, "mc-hash").unwrap();
        found.sort();
        let expected = [dirs[0], dirs[1], dirs[3]].map(|dir| root.join(dir));
        assert_eq!(found, expected);
        remove(&root).unwrap();
    }

    #[test]
    fn nothing_is_found_or_removed_where_there_is_nothing() {
        let root = root_of("nothing");
        assert!(unpacked_of(&root, "mc-hash").unwrap().is_empty());
        remove(&root).unwrap();
    }

    fn root_of(test: &str) -> PathBuf {
        let name = format!("mc-package-{test}-{}", std::process::id());
        std::env::temp_dir().join(name)
    }
}
