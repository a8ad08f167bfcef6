//! What no crate may have, by its lints: `unsafe`, and in mc-proto whatever ends the process.

use std::fs;

use toml::Table;

use super::assert_none;
use crate::root;

/// The lints that mc-proto forbids outside its tests.
const FORBIDDEN: &[&str] = &[
    "arithmetic_side_effects",
    "cast_possible_truncation",
    "cast_possible_wrap",
    "cast_sign_loss",
    "expect_used",
    "get_unwrap",
    "indexing_slicing",
    "panic",
    "string_slice",
    "todo",
    "unimplemented",
    "unreachable",
    "unwrap_in_result",
    "unwrap_used",
];

/// Each manifest that has lints of its own, and where in it they are. That members inherit is another rule's.
const LINTS: &[(&str, &[&str])] = &[
    ("Cargo.toml", &["workspace", "lints"]),
    ("fuzz/Cargo.toml", &["lints"]),
];

fn unsafe_allowed(name: &str, path: &[&str], manifest: &Table) -> Option<String> {
    let mut keys = path.iter().chain(&["rust", "unsafe_code"]);
    let first = keys.next().and_then(|key| manifest.get(*key));
    let level = keys.fold(first, |table, key| table?.get(key));
    let forbids = level.and_then(toml::Value::as_str) == Some("forbid");
    (!forbids).then(|| format!("{name}: unsafe_code is not forbidden"))
}

/// Those of [`FORBIDDEN`] that the source of a crate's root does not forbid.
fn allowed(lib: &str) -> Vec<String> {
    let forbid = lib
        .split_once("forbid(")
        .and_then(|(_, rest)| rest.split_once(')'));
    let lints: Vec<_> = forbid
        .map(|(lints, _)| lints)
        .unwrap_or_default()
        .split(',')
        .collect();
    let is_missing = |lint: &&&str| {
        !lints
            .iter()
            .any(|it| it.trim() == format!("clippy::{lint}"))
    };
    let missing = FORBIDDEN.iter().filter(is_missing);
    missing
        .map(|lint| format!("mc-proto does not forbid {lint}"))
        .collect()
}

#[test]
fn unsafe_is_forbidden_in_every_workspace() {
    assert_none(LINTS.iter().filter_map(|(name, path)| {
        let manifest = fs::read_to_string(root().join(name)).unwrap();
        unsafe_allowed(name, path, &manifest.parse().unwrap())
    }));
}

#[test]
fn mc_proto_forbids_what_ends_the_process() {
    assert_none(allowed(
        &fs::read_to_string(root().join("crates/mc-proto/src/lib.rs")).unwrap(),
    ));
}

#[test]
fn a_lint_that_is_missing_is_caught() {
    let check = |manifest: &str, caught: bool| {
        let found = unsafe_allowed("x", &["lints"], &manifest.parse().unwrap());
        assert_eq!(found.is_some(), caught, "{manifest}");
    };
    check("[lints.rust]\nunsafe_code = 'forbid'", false);
    check("[lints.rust]\nunsafe_code = 'deny'", true);
    check("[lints.rust]\nmissing_docs = 'warn'", true);
    check("", true);
    assert_eq!(allowed("").len(), FORBIDDEN.len());
    let all: Vec<_> = FORBIDDEN
        .iter()
        .map(|lint| format!("clippy::{lint}"))
        .collect();
    assert!(allowed(&format!("#![forbid({})]", all.join(",\n"))).is_empty());
    assert_eq!(
        allowed(&format!("#![forbid({})]", all[1..].join(", "))).len(),
        1
    );
    assert_eq!(
        allowed(&format!("#![warn({})]", all.join(", "))).len(),
        FORBIDDEN.len()
    );
}
