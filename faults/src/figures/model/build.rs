//! Builds mc-client's unit tests with the model checker's locks, as it is and with the mistakes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::mutants;

/// The model over the code as it is.
pub(super) fn real() -> Result<PathBuf> {
    build(&root())
}

/// The model over a copy of mc-client with every mistake in it, each of which is made only if it is named.
///
/// The copy is a workspace of its own, with the same dependencies.
pub(super) fn mutated() -> Result<PathBuf> {
    let (root, copy) = (root(), target()?.join("mutants"));
    let crates = root.join("crates");
    if copy.exists() {
        // What is no longer there must not stay in the copy.
        fs::remove_dir_all(&copy)?;
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?
        .replace(
            r#"members = ["crates/*", "benches", "faults", "xtask"]"#,
            r#"members = ["mc-client"]"#,
        )
        .replace(
            r#"path = "crates/"#,
            &format!(r#"path = "{}/"#, crates.display()),
        );
    write(&copy.join("Cargo.toml"), manifest.as_bytes())?;
    write(
        &copy.join("Cargo.lock"),
        &fs::read(root.join("Cargo.lock"))?,
    )?;
    let client = Path::new("mc-client");
    for part in ["Cargo.toml", "examples", "src", "tests"] {
        copy_all(
            &crates.join(client).join(part),
            &copy.join(client).join(part),
        )?;
    }
    mutants::apply(&copy.join(client).join("src"))?;
    build(&copy)
}

/// Where the unit tests are that this makes of mc-client in this workspace.
fn build(workspace: &Path) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["rustc", "--quiet", "--package", "mc-client", "--lib"])
        .args(["--profile", "test"])
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--target-dir")
        .arg(target()?)
        .args(["--", "--cfg", "shuttle"])
        .current_dir(workspace)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    ensure!(
        built.status.success(),
        "mc-client does not build: {}",
        built.status
    );
    let said = String::from_utf8(built.stdout)?;
    let (_, program) = said
        .rsplit_once(r#""executable":""#)
        .context("cargo names no program")?;
    let (program, _) = program.split_once('"').unwrap_or_default();
    Ok(program.into())
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return write(to, &fs::read(from)?);
    }
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        copy_all(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

/// The directory that this program was built in.
fn target() -> Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2);
    Ok(target.context("this program is nowhere")?.to_owned())
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
