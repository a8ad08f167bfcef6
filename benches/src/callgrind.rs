//! How many instructions a program takes outside the kernel, as valgrind's callgrind counts them: the same each time,
//! whatever else the machine does.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Counts the instructions of this very program with other arguments.
///
/// Of two runs that differ in how often something is done, the difference is what it takes.
///
/// # Errors
/// valgrind cannot be run, the program fails under it, or it tells no count.
pub fn count<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .args(arguments)
        .output()
        .context("cannot run valgrind: install it (Debian's package is called valgrind)")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "under valgrind: {}", told.trim());
    collected(&told).with_context(|| format!("valgrind tells no count:\n{told}"))
}

/// The count in what callgrind says at its end.
fn collected(told: &str) -> Option<u64> {
    let mut lines = told.lines().rev();
    let (_, count) = lines.find_map(|line| line.split_once("Collected :"))?;
    count.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found() {
        let check = |told, count| assert_eq!(collected(told), count, "{told}");
        check(
            "==7== Events    : Ir\n==7== Collected : 1234\n==7== \n",
            Some(1234),
        );
        check("==7== Collected : 1\n==7== Collected : 2", Some(2));
        check("==7== Collected : many", None);
        check("", None);
    }
}
