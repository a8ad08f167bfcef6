//! `cargo xtask bench [FILTER…] [--quick]`: the criterion benches of `benches/`.

use anyhow::Result;

use crate::shell;

/// Runs the benches whose name matches any of the filters (regular expressions), or all.
///
/// `quick` stops each as soon as its figure is likely good enough: seconds, not minutes.
pub(crate) fn run(filters: &[String], quick: bool) -> Result<()> {
    let mut command = shell::cargo(["bench", "--package", "mc-benches", "--bench", "*", "--"]);
    if quick {
        command.arg("--quick");
    }
    if !filters.is_empty() {
        // criterion takes one filter, as a regular expression.
        command.arg(filters.join("|"));
    }
    shell::run(&mut command)
}
