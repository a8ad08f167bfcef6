//! `cargo xtask setup`: what the tests need beside cargo, which is memcached.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// What to do where we cannot do it.
const BY_HAND: &str = "memcached is not installed: install it with the system's package manager \
                       (the package is called memcached) and run this again";

/// A package manager and its commands that install memcached.
struct Manager {
    program: &'static str,
    needs_root: bool,
    commands: &'static [&'static [&'static str]],
}

/// In the order in which they are looked for: brew last, as it also lives beside others.
const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        needs_root: true,
        commands: &[
            &["update"],
            &["install", "--yes", "--no-install-recommends", "memcached"],
        ],
    },
    Manager {
        program: "dnf",
        needs_root: true,
        commands: &[&["install", "--assumeyes", "memcached"]],
    },
    Manager {
        program: "apk",
        needs_root: true,
        commands: &[&["add", "memcached"]],
    },
    Manager {
        program: "pacman",
        needs_root: true,
        commands: &[&["--sync", "--refresh", "--noconfirm", "memcached"]],
    },
    Manager {
        program: "brew",
        needs_root: false,
        commands: &[&["install", "memcached"]],
    },
];

/// Makes sure that memcached can be started, and returns its version.
///
/// It is taken from `PATH`; if it is not there, the system's package manager is asked for it.
pub(crate) fn run() -> Result<String> {
    if let Some(version) = memcached() {
        println!("setup: {version} is here");
        return Ok(version);
    }
    let is_root = rustix::process::geteuid().is_root();
    let Some(commands) = plan(on_path, is_root) else {
        bail!(BY_HAND);
    };
    println!("setup: memcached is missing, installing it");
    for words in commands {
        shell::run(
            Command::new(words[0])
                .args(&words[1..])
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
        .context(BY_HAND)?;
    }
    memcached().context(BY_HAND)
}

/// The commands that install memcached with the first manager that is here.
fn plan(is_here: impl Fn(&str) -> bool, is_root: bool) -> Option<Vec<Vec<&'static str>>> {
    let manager = MANAGERS.iter().find(|manager| is_here(manager.program))?;
    let sudo: &[&str] = match manager.needs_root && !is_root {
        true if !is_here("sudo") => return None,
        // -n: never asks for a password, so that nobody waits for an answer.
        true => &["sudo", "-n"],
        false => &[],
    };
    let command = |words: &&[&'static str]| [sudo, &[manager.program], words].concat();
    Some(manager.commands.iter().map(command).collect())
}

/// What memcached says of itself, such as `memcached 1.6.18`.
fn memcached() -> Option<String> {
    let output = Command::new("memcached").arg("-V").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    Some(version.trim().to_owned())
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `here`: the programs on `PATH`; `planned`: the commands, or `-`.
    fn check(here: &str, is_root: bool, planned: &str) {
        let plan = plan(|program| here.split(' ').any(|one| one == program), is_root);
        let shown = plan.map(|commands| {
            let lines: Vec<_> = commands.iter().map(|words| words.join(" ")).collect();
            lines.join("; ")
        });
        assert_eq!(
            shown.as_deref().unwrap_or("-"),
            planned,
            "{here}, root {is_root}"
        );
    }

    #[test]
    fn the_first_manager_is_asked() {
        let apt = "apt-get update; apt-get install --yes --no-install-recommends memcached";
        check("apt-get brew sudo", true, apt);
        check("dnf", true, "dnf install --assumeyes memcached");
        check("apk sudo", false, "sudo -n apk add memcached");
        check(
            "pacman",
            true,
            "pacman --sync --refresh --noconfirm memcached",
        );
        check("brew", false, "brew install memcached");
        check("dnf", false, "-");
        check("", true, "-");
    }

    #[test]
    fn path_is_searched() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program"));
    }
}
