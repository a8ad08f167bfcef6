//! Bytes that nobody would send, and what must hold whatever they are.
//!
//! A [`Target`] takes any bytes and panics if something does not hold. Two drivers call it: cargo-fuzz, which wants
//! nightly and learns from coverage (`fuzz_targets/`), and [`fuzz()`], which runs on stable, in this process, with an
//! allocator that counts, and finds a panic, a hang, and memory that follows what was announced rather than what
//! came. What either finds is saved under `corpus/` and replayed by a test.

pub mod corpus;
mod harness;
mod mutate;
pub mod targets;

pub use harness::{Failure, Fault, Outcome, PER_BYTE, Settings, Target, fuzz, try_one};
pub use mutate::{LONGEST, Mutator};
pub use targets::TARGETS;

/// What a file of `fuzz_targets/` consists of.
#[macro_export]
macro_rules! entry {
    ($target:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $target(data));

        #[cfg(not(fuzzing))]
        fn main() {
            eprintln!("this is for cargo-fuzz; `cargo xtask fuzz` needs nothing but stable");
        }
    };
}
