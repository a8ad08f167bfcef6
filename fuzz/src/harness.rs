//! Runs a target over mutated inputs, in this process and on stable: what panics, hangs or hoards is found.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

use crate::mutate::Mutator;

/// Counts what every thread of the process holds.
#[global_allocator]
static HELD: PeakAlloc = PeakAlloc;

/// What is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, that of its directory under `corpus/` too.
    pub name: &'static str,
    /// Takes any input; panics if something does not hold.
    pub run: fn(&[u8]),
    /// How many bytes it may hold beside [`PER_BYTE`] for each byte of the input.
    pub cap: usize,
}

/// Copies of the input that a target may make: itself in pieces, a decoded form, and that encoded again.
///
/// The smallest things on a wire (a key of one byte and its space, an empty row) become a few words in memory.
pub const PER_BYTE: usize = 16;

/// How much is tried, and from which seed.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many inputs.
    pub mutations: u64,
    /// The same seed gives the same inputs, each a function of the seed and its number alone.
    pub seed: u64,
    /// How long one input may take, at the least; twice this at the most.
    pub patience: Duration,
}

/// What was tried, without a fault.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// How many inputs.
    pub mutations: u64,
    /// How long they took.
    pub took: Duration,
    /// The most bytes that one of them made the target hold.
    pub peak: usize,
}

/// The first input that a target did not bear.
#[derive(Debug)]
pub struct Failure {
    /// Its number under the seed.
    pub number: u64,
    /// The input.
    pub input: Vec<u8>,
    /// What happened.
    pub fault: Fault,
}

/// What must not happen.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It panicked, with these words.
    Panic(String),
    /// It held more than it may.
    Memory {
        /// What it held at most, in bytes.
        peak: usize,
        /// What it may hold.
        most: usize,
    },
    /// It was not done after this time.
    Hang(Duration),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic(words) => write!(f, "panicked: {words}"),
            Self::Memory { peak, most } => write!(f, "held {peak} bytes, {most} are the most"),
            Self::Hang(time) => write!(f, "was not done after {} s", time.as_secs()),
        }
    }
}

/// Runs the target over as many mutations of the saved inputs as are asked for, up to the first fault.
///
/// # Errors
/// [`Failure`], with the input. After a hang the thread that hangs is left behind.
pub fn fuzz(
    target: Target,
    saved: &[Vec<u8>],
    settings: Settings,
) -> Result<Outcome, Box<Failure>> {
    let start = Instant::now();
    let mutator = Arc::new(Mutator::new(saved, settings.seed));
    let under_way = Arc::new(AtomicU64::new(0));
    let (done, result) = mpsc::channel();
    let (work, progress) = (Arc::clone(&mutator), Arc::clone(&under_way));
    thread::spawn(move || done.send(try_all(target, &work, settings.mutations, &progress)));
    let mut before = None;
    loop {
        match result.recv_timeout(settings.patience) {
            Ok(peak) => {
                let (mutations, took) = (settings.mutations, start.elapsed());
                return peak.map(|peak| Outcome {
                    mutations,
                    took,
                    peak,
                });
            }
            Err(RecvTimeoutError::Timeout) => {
                let number = under_way.load(Relaxed);
                if before.replace(number) == Some(number) {
                    let input = mutator.input(number);
                    return Err(Box::new(Failure {
                        number,
                        input,
                        fault: Fault::Hang(settings.patience),
                    }));
                }
            }
            Err(RecvTimeoutError::Disconnected) => unreachable!("the thread sends before it ends"),
        }
    }
}

/// The most bytes that were held for one input.
fn try_all(
    target: Target,
    mutator: &Mutator,
    mutations: u64,
    progress: &AtomicU64,
) -> Result<usize, Box<Failure>> {
    let mut most = 0;
    let mut input = Vec::new();
    for number in 0..mutations {
        progress.store(number, Relaxed);
        mutator.write(number, &mut input);
        match try_one(target, &input) {
            Ok(peak) => most = most.max(peak),
            Err(fault) => {
                return Err(Box::new(Failure {
                    number,
                    input,
                    fault,
                }));
            }
        }
    }
    Ok(most)
}

/// Runs the target once, and tells how many bytes it held at most.
///
/// # Errors
/// [`Fault`], but for a hang, which nobody is there to notice.
pub fn try_one(target: Target, input: &[u8]) -> Result<usize, Fault> {
    let before = HELD.current_usage();
    HELD.reset_peak_usage();
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let peak = HELD.peak_usage().saturating_sub(before);
    let most = target.cap + PER_BYTE * input.len();
    match ran {
        Err(payload) => Err(Fault::Panic(words(&*payload))),
        Ok(()) if peak > most => Err(Fault::Memory { peak, most }),
        Ok(()) => Ok(peak),
    }
}

fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("without words").to_owned()
}
