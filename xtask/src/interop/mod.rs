//! `cargo xtask interop`: what pylibmc and pymemcache store we find and read, and they what we store.
//!
//! The reference is a Python process that has them, twice: from PyPI, in an environment of its own below `target/`;
//! and, where the system's Python has pylibmc, that one: Debian's is linked to libmemcached 1.1.

mod environment;
mod keys;
mod pair;
mod placement;
mod python;
mod rows;
mod settings;
mod values;

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use mc_dist::Compat;
use serde::Deserialize;
use serde_json::json;

use crate::setup;
use placement::Fleet;
use python::Python;

/// What the reference says of itself.
#[derive(Deserialize)]
struct Versions {
    pylibmc: String,
    libmemcached: String,
    /// What tells libmemcached 1.1 from 1.0.
    fills_buckets: bool,
    pymemcache: Option<String>,
}

/// Runs every check, and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    setup::memcached()?;
    setup::python()?;
    runtime.block_on(with(&environment::from_pypi()?))?;
    match environment::from_the_system() {
        Some(interpreter) => runtime.block_on(with(&interpreter))?,
        None => {
            println!("reference: none with libmemcached 1.1: the system's Python has no pylibmc")
        }
    }
    println!("interop: all agreed in {} s", start.elapsed().as_secs());
    Ok(())
}

/// Every check against what one interpreter has.
async fn with(interpreter: &Path) -> Result<()> {
    let mut python = Python::start(interpreter)?;
    let versions: Versions = python.ask(json!({"do": "versions"}))?;
    let compat = match versions.fills_buckets {
        true => Compat::V1_1,
        false => Compat::V1_0,
    };
    let pymemcache = versions.pymemcache.as_deref();
    println!(
        "reference: pylibmc {} on libmemcached {}, {compat:?}; pymemcache {}",
        versions.pylibmc,
        versions.libmemcached,
        pymemcache.unwrap_or("is not here")
    );
    let libraries = ["pylibmc"]
        .into_iter()
        .chain(pymemcache.map(|_| "pymemcache"));
    values::check(&mut python, &Vec::from_iter(libraries)).await?;
    Fleet::start(&mut python, compat)?.check(&mut python).await
}
