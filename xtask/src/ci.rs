//! `cargo xtask ci`: the gate, the same for everyone. It stops at the first failure and names it.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::faults;
use crate::fuzz;
use crate::interop;
use crate::package;
use crate::shell::{self, cargo};
use crate::test;
use crate::workspace::{self, Member};

/// Cheap questions first: layout, lints, tests, faults, the reference, each crate alone, docs, packages.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    shell::run(&mut cargo(["fmt", "--all", "--check"]))?;
    shell::run(&mut cargo(
        "clippy --workspace --all-targets --all-features -- -D warnings".split(' '),
    ))?;
    fuzz::lint()?;
    test::run()?;
    faults::run(&["--short"])?;
    interop::run()?;
    for member in workspace::members()? {
        for mut command in alone(&member) {
            shell::run(&mut command)?;
        }
    }
    let mut docs = cargo(["doc", "--workspace", "--all-features", "--no-deps"]);
    shell::run(docs.env("RUSTDOCFLAGS", "-D warnings"))?;
    // By now all that they depend on is here.
    package::run(&["--offline"])?;
    println!("ci: all passed in {} s", start.elapsed().as_secs());
    Ok(())
}

/// Checks of one crate without its siblings, whose features would be unified with its own,
/// and, if it has features, with none of them and with each alone.
fn alone(member: &Member) -> Vec<Command> {
    let check = ["clippy", "--package", &member.name];
    let strict = ["--", "-D", "warnings"];
    let mut commands = vec![cargo(check.into_iter().chain(strict))];
    let features = member.features();
    if !features.is_empty() {
        let none = ["--no-default-features"];
        commands.push(cargo(check.into_iter().chain(none).chain(strict)));
    }
    for feature in features {
        let alone = ["--no-default-features", "--features", feature];
        commands.push(cargo(check.into_iter().chain(alone).chain(strict)));
    }
    commands
}
