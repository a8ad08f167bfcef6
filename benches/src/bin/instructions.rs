//! Counts the instructions of each scenario of `mc_benches::proto` under valgrind's callgrind.
//!
//! The program runs itself under valgrind twice, with no round and with some: what the second counts more is what the
//! rounds take, malloc included. Unlike a time, the count does not depend on what else the machine does.

use std::env;
use std::process::Command;

use mc_benches::proto::{Scenario, scenarios};

const ROUNDS: u64 = 200;

/// A part of a scenario, done so many times.
type Step = fn(&Scenario, u64);

const STEPS: [(&str, Step); 2] = [("push", Scenario::push), ("exchange", Scenario::exchange)];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [name, step, rounds] = &arguments[..] {
        return run(name, step, rounds.parse().expect("a number of rounds"));
    }
    let filter = arguments.first().map_or("", String::as_str);
    println!("instructions per round");
    for scenario in scenarios().filter(|scenario| scenario.name.contains(filter)) {
        let counts = STEPS.map(|(step, _)| {
            let count = |rounds| instructions(&scenario.name, step, rounds);
            let count = (count(ROUNDS) - count(0)) / ROUNDS;
            format!("{step} {count:>8}")
        });
        println!("{:<20} {}", scenario.name, counts.join("   "));
    }
}

/// One scenario, so many times.
fn run(name: &str, step: &str, rounds: u64) {
    let scenario = scenarios().find(|scenario| scenario.name == name);
    let (_, run) = STEPS
        .iter()
        .find(|(known, _)| *known == step)
        .expect("push or exchange");
    run(&scenario.expect("a scenario"), rounds);
}

/// What callgrind counts for a run of this program.
fn instructions(name: &str, step: &str, rounds: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe().expect("this program has a path"))
        .args([name, step, &rounds.to_string()])
        .output()
        .expect("valgrind is installed");
    let told = String::from_utf8_lossy(&output.stderr);
    let mut counts = told
        .lines()
        .filter_map(|line| line.split_once("Collected :"));
    let count = counts
        .next()
        .and_then(|(_, count)| count.trim().parse().ok());
    count.unwrap_or_else(|| panic!("valgrind tells no count:\n{told}"))
}
