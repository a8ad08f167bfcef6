//! `cargo xtask setup`: what the tests need beside cargo, which is memcached and what belongs to it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell;

/// Something that the tests need, and the package of Debian that brings it.
struct Need {
    name: &'static str,
    package: &'static str,
    is_here: fn(&str) -> bool,
}

impl Need {
    const fn program(name: &'static str, package: &'static str) -> Self {
        Self {
            name,
            package,
            is_here,
        }
    }
}

/// memcached comes first; the demo needs nothing else.
const NEEDS: [Need; 4] = [
    Need::program("memcached", "memcached"),
    Need::program("nutcracker", "nutcracker"),
    Need::program("saslpasswd2", "sasl2-bin"),
    Need {
        name: "SASL's PLAIN and CRAM-MD5",
        package: "libsasl2-modules",
        is_here: |_| has_mechanisms(),
    },
];

/// What `interop` needs: Python, and where packages are Debian's, pylibmc on the libmemcached of the system.
const PYTHON: [Need; 3] = [
    Need::program("python3", "python3"),
    Need {
        name: "Python's venv",
        package: "python3-venv",
        is_here: |_| imports("python3", "ensurepip, venv"),
    },
    Need {
        name: "pylibmc for the system's Python",
        package: "python3-pylibmc",
        is_here: |_| !is_here("apt-get") || imports(SYSTEM_PYTHON, "pylibmc"),
    },
];

/// The Python that the package manager's modules are for, whichever is first on `PATH`.
pub(crate) const SYSTEM_PYTHON: &str = "/usr/bin/python3";

/// A package manager and its commands that install packages, whose names follow the last.
struct Manager {
    program: &'static str,
    needs_root: bool,
    commands: &'static [&'static [&'static str]],
    /// The packages that have the same name as in Debian.
    knows: fn(&str) -> bool,
}

/// In the order in which they are looked for: brew last, as it also lives beside others.
const MANAGERS: &[Manager] = &[
    Manager {
        program: "apt-get",
        needs_root: true,
        commands: &[
            &["update"],
            &["install", "--yes", "--no-install-recommends"],
        ],
        knows: |_| true,
    },
    Manager {
        program: "dnf",
        needs_root: true,
        commands: &[&["install", "--assumeyes"]],
        knows: is_memcached,
    },
    Manager {
        program: "apk",
        needs_root: true,
        commands: &[&["add"]],
        knows: is_memcached,
    },
    Manager {
        program: "pacman",
        needs_root: true,
        commands: &[&["--sync", "--refresh", "--noconfirm"]],
        knows: is_memcached,
    },
    Manager {
        program: "brew",
        needs_root: false,
        commands: &[&["install"]],
        knows: is_memcached,
    },
];

/// Makes sure that everything is here that the tests need, and returns memcached's version.
///
/// What is not on `PATH` or in `/usr/sbin` is asked of the system's package manager.
pub(crate) fn run() -> Result<String> {
    provide(&NEEDS)?;
    told()
}

/// Makes sure that memcached is here, and returns its version.
pub(crate) fn memcached() -> Result<String> {
    provide(&NEEDS[..1])?;
    told()
}

/// Makes sure that what `interop` needs is here.
pub(crate) fn python() -> Result<()> {
    provide(&PYTHON)
}

/// Makes sure that a program is here that some chore needs, whose package has its name.
pub(crate) fn program(name: &'static str) -> Result<()> {
    provide(&[Need::program(name, name)])
}

/// Says that memcached is here, and returns its version.
fn told() -> Result<String> {
    let version = version().context("memcached does not tell its version")?;
    println!("setup: {version} is here");
    Ok(version)
}

fn provide(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    if !missing.is_empty() {
        let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
        let is_root = rustix::process::geteuid().is_root();
        let by_hand = || by_hand(&missing);
        let commands = plan(is_here, is_root, &packages).with_context(by_hand)?;
        println!("setup: installing {}", packages.join(", "));
        for words in commands {
            let mut command = Command::new(words[0]);
            command.args(&words[1..]);
            command.env("DEBIAN_FRONTEND", "noninteractive");
            shell::run(&mut command).with_context(by_hand)?;
        }
        let missing = self::missing(needs);
        ensure!(missing.is_empty(), self::by_hand(&missing));
    }
    Ok(())
}

fn missing(needs: &[Need]) -> Vec<&Need> {
    needs
        .iter()
        .filter(|need| !(need.is_here)(need.name))
        .collect()
}

/// What to do where we cannot do it, in one line.
fn by_hand(missing: &[&Need]) -> String {
    let names: Vec<_> = missing.iter().map(|need| need.name).collect();
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    format!(
        "not installed: {}; install it with the system's package manager (Debian's packages are \
         called {}) and run this again",
        names.join(", "),
        packages.join(", ")
    )
}

/// The commands that install these packages with the first manager that is here, if it knows all.
fn plan(
    is_here: impl Fn(&str) -> bool,
    is_root: bool,
    packages: &[&'static str],
) -> Option<Vec<Vec<&'static str>>> {
    let manager = MANAGERS.iter().find(|manager| is_here(manager.program))?;
    if !packages.iter().all(|package| (manager.knows)(package)) {
        return None;
    }
    let sudo: &[&str] = match manager.needs_root && !is_root {
        true if !is_here("sudo") => return None,
        // -n: never asks for a password, so that nobody waits for an answer.
        true => &["sudo", "-n"],
        false => &[],
    };
    let command = |words: &&[&'static str]| [sudo, &[manager.program], words].concat();
    let mut commands: Vec<_> = manager.commands.iter().map(command).collect();
    commands.last_mut()?.extend(packages);
    Some(commands)
}

/// The one package that has the same name everywhere.
fn is_memcached(package: &str) -> bool {
    package == "memcached"
}

/// What memcached says of itself, such as `memcached 1.6.18`.
fn version() -> Option<String> {
    let output = Command::new(find("memcached")?).arg("-V").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    Some(version.trim().to_owned())
}

/// Whether SASL's library has the mechanisms that we ask of it. Its viewer has two names.
fn has_mechanisms() -> bool {
    let viewer = ["saslpluginviewer", "pluginviewer"]
        .into_iter()
        .find_map(find);
    let output = viewer.and_then(|viewer| Command::new(viewer).arg("-s").output().ok());
    output.is_some_and(|output| {
        let listed = String::from_utf8_lossy(&output.stdout);
        let has = |name| listed.split_whitespace().any(|word| word == name);
        has("PLAIN") && has("CRAM-MD5")
    })
}

/// Whether a Python has these modules.
pub(crate) fn imports(python: &str, modules: &str) -> bool {
    let import = format!("import {modules}");
    let output = Command::new(python).args(["-c", &import]).output();
    output.is_ok_and(|output| output.status.success())
}

fn is_here(program: &str) -> bool {
    find(program).is_some()
}

/// Where a program is: on `PATH`, or where Debian has servers, which most users' `PATH` is without.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let servers = ["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from);
    let mut files = std::env::split_paths(&path)
        .chain(servers)
        .map(|dir| dir.join(program));
    files.find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&str; 4] = ["memcached", "nutcracker", "sasl2-bin", "libsasl2-modules"];

    /// `here`: the programs on `PATH`; `planned`: the commands, or `-`.
    fn check(here: &str, is_root: bool, packages: &[&'static str], planned: &str) {
        let is_here = |program: &str| here.split(' ').any(|one| one == program);
        let shown = plan(is_here, is_root, packages).map(|commands| {
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
        let memcached = |here, is_root, planned| check(here, is_root, &["memcached"], planned);
        let apt = "apt-get update; apt-get install --yes --no-install-recommends memcached";
        memcached("apt-get brew sudo", true, apt);
        memcached("dnf", true, "dnf install --assumeyes memcached");
        memcached("apk sudo", false, "sudo -n apk add memcached");
        let pacman = "pacman --sync --refresh --noconfirm memcached";
        memcached("pacman", true, pacman);
        memcached("brew", false, "brew install memcached");
        memcached("dnf", false, "-");
        memcached("", true, "-");
    }

    #[test]
    fn only_debian_has_debians_names() {
        let apt = "sudo -n apt-get update; sudo -n apt-get install --yes --no-install-recommends \
                   memcached nutcracker sasl2-bin libsasl2-modules";
        check("apt-get sudo", false, &ALL, apt);
        check("dnf", true, &ALL, "-");
        check("brew", false, &ALL[1..], "-");
    }

    #[test]
    fn one_line_tells_what_to_do() {
        let needs: Vec<_> = NEEDS.iter().collect();
        assert_eq!(
            needs.iter().map(|need| need.package).collect::<Vec<_>>(),
            ALL
        );
        assert_eq!(
            by_hand(&needs[2..]),
            "not installed: saslpasswd2, SASL's PLAIN and CRAM-MD5; install it with the system's \
             package manager (Debian's packages are called sasl2-bin, libsasl2-modules) and run \
             this again"
        );
    }

    #[test]
    fn path_is_searched() {
        assert!(is_here("sh"));
        assert!(!is_here("no-such-program"));
    }

    #[test]
    fn what_is_missing_is_found_out() {
        let no_program = Need::program("no-such-program", "none");
        let needs = [Need::program("sh", "dash"), no_program];
        let missing: Vec<_> = missing(&needs).iter().map(|need| need.name).collect();
        assert_eq!(missing, ["no-such-program"]);
    }
}
