//! `cargo xtask bench`: the micro-benches of the pure crates, and the clients beside raw sockets and other clients.

use anyhow::Result;
use clap::Args;

use crate::{setup, shell};

/// What is run, and how.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Workloads (W1 to W9), and regular expressions for names of micro-benches [default: all of both].
    names: Vec<String>,
    /// At most two minutes for the workloads, or each micro-bench only until its figure is likely good enough; if no
    /// name is given, only the workloads.
    #[arg(long)]
    quick: bool,
    /// How often each cell of a workload is run [default: 5].
    #[arg(long)]
    rounds: Option<usize>,
    /// Only these sides of the workloads, beside the floor: blocking, tokio, tokio-multi, or another client's name.
    #[arg(long = "side")]
    sides: Vec<String>,
    /// Only these protocols in the workloads: text, meta, binary.
    #[arg(long = "protocol")]
    protocols: Vec<String>,
    /// Only these transports of the workloads: tcp, unix, tls, far.
    #[arg(long = "transport")]
    transports: Vec<String>,
    /// Count the instructions of calls instead, by valgrind; fails if one takes 5 % more than is recorded.
    #[arg(long)]
    instructions: bool,
    /// With `--instructions`: record them in `benches/instructions.json`.
    #[arg(long, requires = "instructions")]
    record: bool,
    /// Count the system calls of calls instead, by strace.
    #[arg(long, conflicts_with = "instructions")]
    syscalls: bool,
    /// Measure instead how costs grow with the number of servers, tasks and keys and with the length of values, and what
    /// memory is held; takes two minutes.
    #[arg(long, conflicts_with_all = ["instructions", "syscalls"])]
    growth: bool,
}

/// Runs the benches.
pub(crate) fn run(options: &Options) -> Result<()> {
    let (workloads, filters): (Vec<&str>, Vec<&str>) = options
        .names
        .iter()
        .map(String::as_str)
        .partition(|name| is_workload(name));
    let is_all = options.names.is_empty();
    if !filters.is_empty() || is_all && !options.is_for_workloads() {
        micro(&filters, options.quick)?;
    } else if is_all && options.quick {
        println!("bench: only the workloads; without --quick, the micro-benches too");
    }
    if !workloads.is_empty() || is_all {
        setup::memcached()?;
        if options.instructions {
            setup::program("valgrind")?;
        }
        if options.syscalls {
            setup::program("strace")?;
        }
        self::workloads(&workloads, options)?;
    }
    Ok(())
}

/// `W` and a number.
fn is_workload(name: &str) -> bool {
    let number = name.strip_prefix('W');
    number.is_some_and(|number| number.parse::<u8>().is_ok())
}

/// The micro-benches whose name matches any of the filters, or all.
fn micro(filters: &[&str], quick: bool) -> Result<()> {
    let mut command = bench(&["hash", "dist", "proto"]);
    if quick {
        command.arg("--quick");
    }
    if !filters.is_empty() {
        // criterion takes one filter, as a regular expression.
        command.arg(filters.join("|"));
    }
    shell::run(&mut command)
}

fn workloads(names: &[&str], options: &Options) -> Result<()> {
    let mut command = bench(&["workloads"]);
    command.args(names);
    for side in &options.sides {
        command.args(["--side", side]);
    }
    for protocol in &options.protocols {
        command.args(["--protocol", protocol]);
    }
    for transport in &options.transports {
        command.args(["--transport", transport]);
    }
    if let Some(rounds) = options.rounds {
        command.args(["--rounds", &rounds.to_string()]);
    }
    let flags = [
        (options.quick, "--quick"),
        (options.instructions, "--instructions"),
        (options.record, "--record"),
        (options.syscalls, "--syscalls"),
        (options.growth, "--growth"),
    ];
    let given = flags.iter().filter(|(is_given, _)| *is_given);
    command.args(given.map(|(_, flag)| flag));
    shell::run(&mut command)
}

fn bench(targets: &[&str]) -> std::process::Command {
    let targets = targets.iter().flat_map(|target| ["--bench", target]);
    let words = ["bench", "--package", "mc-benches"].into_iter();
    shell::cargo(words.chain(targets).chain(["--"]))
}

impl Options {
    /// Whether an option says something that the micro-benches do not know, or would take too long for.
    fn is_for_workloads(&self) -> bool {
        self.quick
            || self.instructions
            || self.syscalls
            || self.growth
            || self.rounds.is_some()
            || !self.sides.is_empty()
            || !self.protocols.is_empty()
            || !self.transports.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workloads_are_told_from_filters() {
        for name in ["W1", "W9", "W10"] {
            assert!(is_workload(name), "{name}");
        }
        for name in ["md5", "W", "w1", "Wide", "lookup"] {
            assert!(!is_workload(name), "{name}");
        }
    }
}
