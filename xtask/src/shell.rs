//! Runs the programs that the chores call, and says which.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::root;

/// cargo at the workspace's root; the same cargo that runs this chore.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(root());
    command
}

/// Prints the command, runs it to its end, and fails with its name if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = show(command);
    println!("$ {shown}");
    let status = command
        .status()
        .with_context(|| format!("cannot run `{shown}`"))?;
    ensure!(status.success(), "`{shown}` failed with {status}");
    Ok(())
}

/// The command as one types it: its own variables, the program without its directory, the arguments.
fn show(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let variables = command.get_envs().filter_map(|(name, value)| {
        let (name, value) = (name.to_string_lossy(), value?.to_string_lossy());
        Some(format!("{name}={}", quoted(&value)))
    });
    let program = program.file_name().unwrap_or_else(|| command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    variables
        .chain(words.map(|word| quoted(&word.to_string_lossy())))
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let check = |command: &mut Command, shown| assert_eq!(show(command), shown);
        check(
            Command::new("/bin/cargo").args(["test", "-p", "mc-hash"]),
            "cargo test -p mc-hash",
        );
        check(
            Command::new("x").args(["a|b", "", "it's"]),
            r"x 'a|b' '' 'it'\''s'",
        );
        check(
            Command::new("x").arg("y").env("FLAGS", "-D warnings"),
            "FLAGS='-D warnings' x y",
        );
    }

    #[test]
    fn a_failure_names_its_command() {
        let text = |command: &mut Command| run(command).unwrap_err().to_string();
        assert_eq!(
            text(&mut Command::new("false")),
            "`false` failed with exit status: 1"
        );
        assert_eq!(
            text(&mut Command::new("no-such-program")),
            "cannot run `no-such-program`"
        );
    }
}
