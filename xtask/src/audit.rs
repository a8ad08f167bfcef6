//! `cargo xtask audit [--database DIR]`: the dependencies, held against `deny.toml` by cargo-deny.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::root;
use crate::shell::{self, cargo};

/// What is installed where there is none.
const TOOL: &str = "cargo-deny@0.20.2";

/// Where cargo-deny has its advisories from.
const DATABASE: &str = "https://github.com/RustSec/advisory-db";

/// Each has a `Cargo.lock` of its own.
const WORKSPACES: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];

/// Checks licences, duplicates and sources, then known advisories.
///
/// `database` is a clone of RustSec's, for machines that do not reach GitHub.
///
/// # Errors
/// What does not hold, or that the advisories could not be had: then they were not checked, and nothing says that there
/// is none.
pub(crate) fn run(database: Option<&Path>) -> Result<()> {
    let deny = Deny {
        program: program()?,
        database: database.map(Path::canonicalize).transpose()?,
    };
    for manifest in WORKSPACES {
        shell::run(&mut deny.check(manifest, &["licenses", "bans", "sources"]))?;
    }
    let fetched = deny
        .command(&["fetch", "db"])
        .stderr(Stdio::null())
        .status()?;
    ensure!(
        fetched.success(),
        "advisories were NOT checked: {DATABASE} is not reached from here; \
         `cargo xtask audit --database DIR` takes a clone of it"
    );
    for manifest in WORKSPACES {
        shell::run(&mut deny.check(manifest, &["advisories"]))?;
    }
    println!("audit: advisories, licences, duplicates and sources hold");
    Ok(())
}

/// How cargo-deny is called.
struct Deny {
    program: OsString,
    database: Option<PathBuf>,
}

impl Deny {
    fn check(&self, manifest: &str, what: &[&str]) -> Command {
        let common = [
            "--log-level",
            "error",
            "--config",
            "deny.toml",
            "--manifest-path",
            manifest,
            "check",
        ];
        self.command(&[&common, what].concat())
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(root());
        if let Some(database) = &self.database {
            // git, which fetches for cargo-deny, goes there instead.
            let mut key = OsString::from("url.");
            key.push(database);
            key.push(".insteadOf");
            command
                .env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", key)
                .env("GIT_CONFIG_VALUE_0", DATABASE);
        }
        command
    }
}

/// cargo-deny of the `PATH`, or one that is installed below `target/`.
fn program() -> Result<OsString> {
    let found = Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if found.is_ok_and(|status| status.success()) {
        return Ok("cargo-deny".into());
    }
    let tools = root().join("target/tools");
    shell::run(cargo(["install", "--quiet", "--locked", TOOL, "--root"]).arg(&tools))
        .context("cargo-deny is not here, and cannot be installed: nothing was audited")?;
    Ok(tools.join("bin/cargo-deny").into())
}
