//! `cargo xtask miri`: the hashes and the codecs under Miri, which sees what the compiler does not promise.
//!
//! Our crates have no `unsafe`; what they stand on (bytes, memchr, hmac, …) has. Tests that start servers stay out, and
//! those that try very much try less: Miri takes some hundred times as long.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::root;
use crate::shell;

/// For each property.
const CASES: &str = "4";

/// What is run: a package, its targets, and the modules of its tests, or all.
const RUNS: [(&str, &[&str], &[&str]); 3] = [
    ("mc-hash", &["--lib", "--test", "known"], &[]),
    ("mc-proto", &["--lib"], &[]),
    ("mc-proto", &["--test", "it"], WITHOUT_SERVERS),
];

/// The modules of mc-proto's tests that need no server.
const WITHOUT_SERVERS: &[&str] = &[
    "binary::server::",
    "chunks::",
    "corpus::",
    "fifo::",
    "hostile::",
    "meta::general::",
    "meta::hostile::",
    "meta::server::",
    "roundtrip::",
    "sasl::",
    "server::",
    "streams::",
    "udp::",
];

/// What `sasl::` names as well, and needs a server.
const WITH_SERVERS: &str = "binary::sasl::";

/// Runs them.
///
/// # Errors
/// What Miri found, or that it is not here.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    let mut version = miri();
    version
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    ensure!(
        version.status().is_ok_and(|status| status.success()),
        "Miri is not here: `rustup toolchain install nightly --component miri` installs it"
    );
    for (package, targets, modules) in RUNS {
        let mut test = miri();
        test.args(["test", "--package", package]).args(targets);
        test.args(["--", "--skip", WITH_SERVERS]).args(modules);
        // The tests read their vectors, and proptest its number of cases.
        test.env("MIRIFLAGS", "-Zmiri-disable-isolation")
            .env("PROPTEST_CASES", CASES);
        shell::run(&mut test)?;
    }
    println!("miri: nothing found in {} s", start.elapsed().as_secs());
    Ok(())
}

/// `cargo +nightly miri`, by the cargo that knows toolchains: the one that runs this chore is of another.
fn miri() -> Command {
    let mut command = Command::new("cargo");
    command.args(["+nightly", "miri"]).current_dir(root());
    command
}
