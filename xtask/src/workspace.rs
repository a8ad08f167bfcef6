//! The members of this workspace and their manifests.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use toml::Table;

use crate::root;

/// One crate of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name, such as `mc-hash`.
    pub(crate) name: String,
    /// Its `Cargo.toml`.
    pub(crate) manifest: Table,
}

impl Member {
    fn read(dir: &Path) -> Result<Self> {
        let path = dir.join("Cargo.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Table = text
            .parse()
            .with_context(|| format!("cannot parse {}", path.display()))?;
        let name = manifest["package"]["name"]
            .as_str()
            .with_context(|| format!("{} names no package", path.display()))?;
        Ok(Self {
            name: name.to_owned(),
            manifest,
        })
    }

    /// Whether it can be published: its manifest does not say that it cannot.
    pub(crate) fn is_published(&self) -> bool {
        let publish = self.manifest["package"].get("publish");
        publish.and_then(toml::Value::as_bool) != Some(false)
    }

    /// Its features, but for the default.
    pub(crate) fn features(&self) -> Vec<&str> {
        let features = self
            .manifest
            .get("features")
            .and_then(toml::Value::as_table);
        let names = features.into_iter().flat_map(Table::keys);
        names
            .map(String::as_str)
            .filter(|name| *name != "default")
            .collect()
    }
}

/// All members: the crates by name, then those beside them.
pub(crate) fn members() -> Result<Vec<Member>> {
    let mut dirs = subdirectories(&root().join("crates"))?;
    dirs.extend(["benches", "faults", "xtask"].map(|dir| root().join(dir)));
    dirs.iter().map(|dir| Member::read(dir)).collect()
}

fn subdirectories(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))?;
    let mut paths = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.retain(|path| path.is_dir());
    paths.sort();
    Ok(paths)
}
