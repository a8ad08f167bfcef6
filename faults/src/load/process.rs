//! What this process holds, as the kernel counts it.

use std::fs;

use anyhow::{Context, Result};

/// Memory in use, in bytes. Pages of the program's own file are left out: they come when its code first runs, and the
/// kernel takes them back when it likes.
pub(crate) fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    Ok(kib.context("the kernel does not tell RssAnon")? * 1024)
}

/// Open descriptors, without the one that counts them.
pub(crate) fn descriptors() -> Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count() - 1)
}
