//! What a run adds to this process's memory, as the kernel counts it and as the allocator does.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::process::resident;
use crate::HELD;

/// How often the kernel is asked. The allocator keeps its peak by itself.
const EVERY: Duration = Duration::from_millis(5);

/// By how many bytes memory was more at most than at the start.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Growth {
    pub(crate) resident: u64,
    pub(crate) allocated: u64,
}

impl Growth {
    /// Runs `load` and watches.
    pub(crate) fn of<T>(load: impl FnOnce() -> Result<T>) -> Result<(Self, T)> {
        let before = resident()?;
        let held = HELD.current_usage();
        HELD.reset_peak_usage();
        let is_over = AtomicBool::new(false);
        let (most, done) = thread::scope(|scope| {
            let watching = scope.spawn(|| most_resident(&is_over));
            let done = load();
            is_over.store(true, Relaxed);
            (watching.join().expect("it does not panic"), done)
        });
        let growth = Self {
            resident: most?.saturating_sub(before),
            allocated: HELD.peak_usage().saturating_sub(held) as u64,
        };
        Ok((growth, done?))
    }
}

fn most_resident(is_over: &AtomicBool) -> Result<u64> {
    let mut most = 0;
    while !is_over.load(Relaxed) {
        most = most.max(resident()?);
        thread::sleep(EVERY);
    }
    Ok(most.max(resident()?))
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes| bytes as f64 / f64::from(1 << 20);
        let (resident, allocated) = (mib(self.resident), mib(self.allocated));
        write!(f, "{resident:.1} MiB resident, {allocated:.1} allocated")
    }
}
