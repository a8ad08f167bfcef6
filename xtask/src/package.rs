//! `cargo xtask package`: what would be published, built as those who depend on it build it.

mod fresh;

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::root;
use crate::shell::{self, cargo};
use crate::workspace;

/// What every package holds beside its sources.
const NEEDED: [&str; 3] = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// What cargo adds.
const ADDED: [&str; 4] = [
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
];

/// Looks at the contents of each package, then packs all and builds them from what was packed.
///
/// Crates that stand on others find those in a registry of cargo's own, made for the occasion; cargo can since 1.90.
/// `options` are cargo's.
pub(crate) fn run(options: &[&str]) -> Result<()> {
    let members = workspace::members()?;
    let (published, others): (Vec<_>, Vec<_>) = members.iter().partition(|m| m.is_published());
    for member in &published {
        let wrong = violations(&contents(&member.name)?);
        ensure!(
            wrong.is_empty(),
            "the package of {} {}",
            member.name,
            wrong.join(", ")
        );
    }
    let target = root().join("target/packages");
    fresh::forget(&target, published.iter().map(|member| &*member.name))?;
    let mut pack = package(["--workspace", "--target-dir"]);
    pack.arg(&target).args(options);
    pack.args(others.iter().flat_map(|other| ["--exclude", &other.name]));
    shell::run(&mut pack)?;
    println!("package: {} crates packed and built", published.len());
    Ok(())
}

/// Changes that are not committed are packed as well, and what a crate leaves out is not told.
fn package<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let always = ["package", "--quiet", "--allow-dirty"];
    cargo(always.into_iter().chain(arguments))
}

/// The paths of the files in the package of one crate.
fn contents(name: &str) -> Result<Vec<String>> {
    let output = package(["--list", "--package", name])
        .output()
        .context("cannot run cargo")?;
    ensure!(
        output.status.success(),
        "cargo cannot list the package of {name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let listed = String::from_utf8(output.stdout)?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// What a package lacks, and what does not belong in it: anything but sources.
fn violations(files: &[String]) -> Vec<String> {
    let is_there = |needed: &&str| files.iter().any(|file| file == needed);
    let lacking = NEEDED.iter().filter(|needed| !is_there(needed));
    let is_source = |file: &str| file.starts_with("src/") && file.ends_with(".rs");
    let belongs = |file: &str| is_source(file) || NEEDED.contains(&file) || ADDED.contains(&file);
    let strange = files.iter().filter(|file| !belongs(file));
    lacking
        .map(|file| format!("lacks {file}"))
        .chain(strange.map(|file| format!("has {file} in it")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &str, expected: &[&str]) {
        let files: Vec<_> = files.split(' ').map(str::to_owned).collect();
        assert_eq!(violations(&files), expected);
    }

    #[test]
    fn a_package_is_sources_and_a_readme_and_licenses() {
        let good = "Cargo.toml README.md LICENSE-APACHE LICENSE-MIT src/lib.rs src/tests/a.rs";
        check(good, &[]);
        check(
            "src/lib.rs LICENSE-APACHE LICENSE-MIT",
            &["lacks README.md"],
        );
        check("README.md LICENSE-MIT", &["lacks LICENSE-APACHE"]);
        check(
            &format!("{good} tests/it/main.rs src/hash.tsv"),
            &["has tests/it/main.rs in it", "has src/hash.tsv in it"],
        );
    }

    #[test]
    fn every_crate_but_the_chores_benches_and_faults_is_published() {
        let members = workspace::members().unwrap();
        let others = members.iter().filter(|member| !member.is_published());
        assert!(
            others
                .map(|member| &member.name)
                .eq(["mc-benches", "mc-faults", "xtask"])
        );
    }
}
