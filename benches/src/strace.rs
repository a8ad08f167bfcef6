//! How many system calls a program makes, in all its threads, as strace counts them.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Counts the system calls of this very program with other arguments.
///
/// Of two runs that differ in how often something is done, the difference is what it takes.
///
/// # Errors
/// strace cannot be run, the program fails under it, or it tells no count.
pub fn count<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<u64> {
    let output = Command::new("strace")
        .args(["-f", "-c"])
        .arg(std::env::current_exe()?)
        .args(arguments)
        .output()
        .context("cannot run strace: install it (Debian's package is called strace)")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "under strace: {}", told.trim());
    total(&told).with_context(|| format!("strace tells no count:\n{told}"))
}

/// The number of calls in the last line of the table, which is of all of them.
fn total(told: &str) -> Option<u64> {
    let mut lines = told.lines().rev();
    let line = lines.find(|line| line.ends_with(" total"))?;
    // Of time: the share, the seconds, microseconds a call.
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found() {
        let check = |told, count| assert_eq!(total(told), count, "{told}");
        check(
            "% time     seconds  usecs/call     calls    errors syscall\n\
             ------ ----------- ----------- --------- --------- ----------------\n\
             100.00    0.000020           1        20           read\n\
             ------ ----------- ----------- --------- --------- ----------------\n\
             100.00    0.000421           4       104        23 total\n",
            Some(104),
        );
        check(
            "100.00    0.000421           4       104           total",
            Some(104),
        );
        check("100.00 total", None);
        check("", None);
    }
}
