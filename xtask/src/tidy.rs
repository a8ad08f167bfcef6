//! The rules of this tree, as tests.
//!
//! A rule is a function from data (a manifest, a source) to the list of its violations.
//! It is run on the whole tree, and on a small text that breaks it, to see that it can fail.

mod code;
mod edges;
mod lints;
mod manifests;
mod shells;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::root;
use crate::workspace::{self, Member};

/// One `.rs` file of the tree.
struct Source {
    /// From the workspace's root, such as `crates/mc-hash/src/lib.rs`.
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// A source of a crate itself, not of its tests, examples or benches.
    fn is_library(&self) -> bool {
        let test = |part| part == "tests" || part == "tests.rs";
        self.path.contains("/src/") && !self.path.split('/').any(test)
    }
}

/// Every `.rs` file of our crates.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for dir in ["crates", "benches", "faults", "xtask", "fuzz"] {
        collect(&root().join(dir), &mut sources);
    }
    assert!(sources.len() > 20, "the tree is read");
    sources
}

fn collect(dir: &Path, sources: &mut Vec<Source>) {
    // `fuzz` comes later and builds inside itself.
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            sources.push(Source::new(&name, &fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Holds a rule about manifests against every member: its name and its manifest.
fn assert_manifests(violations: impl Fn(&str, &Table) -> Vec<String>) {
    let members = workspace::members().unwrap();
    let violations = |member: &Member| violations(&member.name, &member.manifest);
    assert_none(members.iter().flat_map(violations));
}

/// Fails with all violations at once.
fn assert_none(violations: impl IntoIterator<Item = String>) {
    let violations: Vec<_> = violations.into_iter().collect();
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}
