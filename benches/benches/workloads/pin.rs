//! Which processor a process runs on.

use anyhow::Result;

/// Keeps this process, and those that it starts from now on, on one processor: clients on the first, servers and whoever
/// starts them on the second.
#[cfg(target_os = "linux")]
pub(super) fn to(processor: usize) -> Result<()> {
    use anyhow::Context;
    use rustix::thread::{CpuSet, sched_setaffinity};

    let mut set = CpuSet::new();
    set.set(processor);
    let pinned = sched_setaffinity(None, &set);
    pinned.with_context(|| format!("cannot stay on processor {processor}: two are needed"))
}

/// Only Linux is known to do it.
#[cfg(not(target_os = "linux"))]
pub(super) fn to(_: usize) -> Result<()> {
    anyhow::bail!("workloads are measured on Linux alone")
}
