//! What the clients must survive, each with its figure. `cargo xtask faults` builds this with optimizations and runs it.
//!
//! Each figure runs in a process of its own, so that what it leaves in memory, open or running is its own, and so that
//! one that hangs is noticed.

mod figure;
mod figures;
mod load;
mod order;

use std::process::ExitCode;

use clap::Parser;
use peak_alloc::PeakAlloc;

use figure::Run;

/// Counts what every thread of the process holds.
#[global_allocator]
static HELD: PeakAlloc = PeakAlloc;

/// What the clients must survive, each with its figure.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask faults", bin_name = "cargo xtask faults")]
struct Arguments {
    /// Which figures, by their numbers [default: all].
    figures: Vec<u8>,
    /// Fewer operations: about as long as a cup of tea takes to cool.
    #[arg(long)]
    short: bool,
    /// Gives the same faults again [default: from the clock].
    #[arg(long)]
    seed: Option<u64>,
    /// Run the one figure in this process.
    #[arg(long, hide = true)]
    here: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let done = match arguments.here {
        true => order::here(&arguments.figures, Run::new(seed, arguments.short)),
        false => order::each(&arguments.figures, seed, arguments.short),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
