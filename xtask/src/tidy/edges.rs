//! Dependencies point down: which of our crates may depend on which.

use toml::{Table, Value};

use super::assert_manifests;
use crate::workspace;

/// A crate and those of ours that it may depend on. `benches`, `faults` and `xtask` may depend on any.
const ALLOWED: &[(&str, &[&str])] = &[
    ("mc-hash", &[]),
    ("mc-dist", &["mc-hash"]),
    ("mc-proto", &[]),
    ("mc-behaviors", &["mc-hash", "mc-dist"]),
    (
        "mc-client",
        &["mc-hash", "mc-dist", "mc-proto", "mc-behaviors"],
    ),
    ("mc-pool", &["mc-client"]),
    ("mc-testkit", &["mc-proto"]),
];

/// What the tests of any crate may use beside its own edges.
const FOR_TESTS: &str = "mc-testkit";

/// On top of all others.
const ON_TOP: &[&str] = &["mc-benches", "mc-faults", "xtask"];

/// The edges of one crate that the table does not have.
fn violations(name: &str, manifest: &Table) -> Vec<String> {
    if ON_TOP.contains(&name) {
        return Vec::new();
    }
    let Some((_, allowed)) = ALLOWED.iter().find(|(crate_name, _)| *crate_name == name) else {
        return vec![format!("{name} is not in the table of allowed edges")];
    };
    let is_ours =
        |to: &String| ON_TOP.contains(&to.as_str()) || ALLOWED.iter().any(|(ours, _)| ours == to);
    let mut violations = Vec::new();
    for (section, to) in edges(manifest) {
        let for_tests = section == "dev-dependencies" && to == FOR_TESTS;
        if is_ours(&to) && !allowed.contains(&to.as_str()) && !for_tests {
            violations.push(format!("{name} may not have {to} in [{section}]"));
        }
    }
    violations
}

/// Each dependency with the kind of its section, those of single targets too.
fn edges(manifest: &Table) -> Vec<(&'static str, String)> {
    let mut edges = Vec::new();
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        if let Some(Value::Table(dependencies)) = manifest.get(section) {
            let name = |(key, value): (&String, &Value)| renamed(value).unwrap_or(key).to_owned();
            edges.extend(dependencies.iter().map(|row| (section, name(row))));
        }
    }
    if let Some(Value::Table(targets)) = manifest.get("target") {
        let tables = targets.values().filter_map(Value::as_table);
        edges.extend(tables.flat_map(self::edges));
    }
    edges
}

/// The true name of a dependency that is used under another.
fn renamed(dependency: &Value) -> Option<&str> {
    dependency.get("package")?.as_str()
}

#[test]
fn every_edge_is_allowed() {
    assert_manifests(violations);
}

#[test]
fn the_table_has_no_crate_that_is_gone() {
    let members = workspace::members().unwrap();
    for name in ALLOWED.iter().map(|(name, _)| name).chain(ON_TOP) {
        assert!(members.iter().any(|member| member.name == *name), "{name}");
    }
}

#[test]
fn a_wrong_edge_is_caught() {
    let check = |name, manifest: &str, caught: &[&str]| {
        assert_eq!(
            violations(name, &manifest.parse().unwrap()),
            caught,
            "{manifest}"
        );
    };
    let up = "mc-hash may not have mc-dist in [dependencies]";
    check("mc-hash", "[dependencies]\nmc-dist.workspace = true", &[up]);
    check(
        "mc-hash",
        "[dependencies]\nx = { package = 'mc-dist', path = '.' }",
        &[up],
    );
    check(
        "mc-hash",
        "[target.'cfg(unix)'.dependencies]\nmc-dist = '1'",
        &[up],
    );
    check(
        "mc-proto",
        "[dependencies]\nmc-testkit = '1'\n[dev-dependencies]\nmc-testkit = '1'\nmc-client = '1'",
        &[
            "mc-proto may not have mc-testkit in [dependencies]",
            "mc-proto may not have mc-client in [dev-dependencies]",
        ],
    );
    check(
        "mc-pool",
        "[build-dependencies]\nxtask = '1'",
        &["mc-pool may not have xtask in [build-dependencies]"],
    );
    check(
        "mc-new",
        "",
        &["mc-new is not in the table of allowed edges"],
    );
    check("mc-dist", "[dependencies]\nmc-hash = '1'\nfnv = '1'", &[]);
    check("xtask", "[dependencies]\nmc-client = '1'", &[]);
}
