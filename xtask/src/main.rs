//! The chores of this workspace, one file each: `cargo xtask --help` lists them.

mod audit;
mod bench;
mod ci;
mod coverage;
mod demo;
mod differential;
mod examples;
mod faults;
mod fuzz;
mod interop;
mod miri;
mod package;
mod peer;
mod setup;
mod shell;
mod test;
mod vectors;
mod workspace;

#[cfg(test)]
mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The chores of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Run the main job: three servers, real files stored and compared, one server killed and brought back.
    Demo {
        /// The directory whose files are stored [default: the workspace's sources].
        dir: Option<PathBuf>,
        /// Use the in-process server even where memcached can be had.
        #[arg(long)]
        in_process: bool,
    },
    /// Make sure that memcached is here, installing it if need be.
    Setup,
    /// Run every test and example of the workspace.
    Test,
    /// Run the gate: format, lints, tests, faults in short, interop, each crate alone, docs, packages.
    Ci,
    /// Hold the dependencies against `deny.toml`: advisories, licences, duplicates, sources.
    Audit {
        /// A clone of RustSec's advisory-db, where GitHub is not reached [default: fetched].
        #[arg(long)]
        database: Option<PathBuf>,
    },
    /// Run the micro-benches of the pure crates, and the clients beside raw sockets and other clients.
    Bench(bench::Options),
    /// Run the hashes and the codecs under Miri; needs a nightly toolchain with it.
    Miri,
    /// Pack every crate that is published, look at what is in it, and build it from that.
    Package,
    /// Count the lines of the codecs that their tests reach; fails below 95 %.
    Coverage,
    /// Send the same random commands through every protocol to memcached, and compare the replies.
    Differential {
        /// How many.
        #[arg(long, default_value_t = 100_000)]
        commands: u64,
        /// Gives the same commands again [default: from the clock].
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Break connections, servers and callers in every way: nothing is lost, wrong or stuck. A line for each figure.
    Faults {
        /// Figures by number, `--short`, `--seed S` [default: all, the long form, from the clock].
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run fuzz targets in this process: no panic, no hang, no memory beyond what came.
    Fuzz {
        /// Targets, `--mutations N` for each, `--seed S` [default: all, 200000, from the clock].
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Exchange values with pylibmc and pymemcache, from PyPI: each side finds and reads what the other stores.
    Interop,
    /// Check golden vectors through the public API of the crates.
    Vectors {
        /// A directory in the format of `testdata/README.md`.
        dir: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Demo { dir, in_process } => demo::run(&demo::Options { dir, in_process }),
        Chore::Setup => setup::run().map(drop),
        Chore::Test => test::run(),
        Chore::Ci => ci::run(),
        Chore::Audit { database } => audit::run(database.as_deref()),
        Chore::Bench(options) => bench::run(&options),
        Chore::Miri => miri::run(),
        Chore::Package => package::run(&[]),
        Chore::Coverage => coverage::run(),
        Chore::Differential { commands, seed } => differential::run(commands, seed),
        Chore::Faults { arguments } => faults::run(&arguments),
        Chore::Fuzz { arguments } => fuzz::run(&arguments),
        Chore::Interop => interop::run(),
        Chore::Vectors { dir } => vectors::run(&dir.unwrap_or_else(|| root().join("testdata"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's root directory.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
