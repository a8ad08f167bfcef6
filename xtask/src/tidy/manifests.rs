//! A member's manifest is a name, a description and its edges; the rest is inherited from the root.

use toml::{Table, Value};

use super::assert_manifests;

/// What every package inherits. Keywords and categories may be its own, as they describe it.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license"];

/// What a manifest says itself and should not.
fn violations(name: &str, manifest: &Table) -> Vec<String> {
    let empty = Value::Table(Table::new());
    let section = |key: &str| manifest.get(key).unwrap_or(&empty);
    let mut violations = Vec::new();
    for key in INHERITED {
        if !section("package").get(key).is_some_and(is_inherited) {
            violations.push(format!("{name}: package.{key} is not inherited"));
        }
    }
    if section("package").get("description").is_none() {
        violations.push(format!("{name}: package.description is missing"));
    }
    if !is_inherited(section("lints")) {
        violations.push(format!("{name}: lints are not inherited"));
    }
    for key in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let rows = section(key).as_table().into_iter().flatten();
        let own = rows.filter(|(_, dependency)| !is_inherited(dependency));
        violations.extend(own.map(|(to, _)| format!("{name}: {key}.{to} is not inherited")));
    }
    violations
}

/// `workspace = true`.
fn is_inherited(value: &Value) -> bool {
    value.get("workspace") == Some(&Value::Boolean(true))
}

#[test]
fn every_manifest_inherits() {
    assert_manifests(violations);
}

#[test]
fn a_manifest_of_its_own_is_caught() {
    let inherited: String = INHERITED
        .iter()
        .map(|key| format!("{key}.workspace = true\n"))
        .collect();
    let good = format!(
        "[package]\nname = 'x'\ndescription = 'x'\n{inherited}\
         [dependencies]\nfnv = {{ workspace = true, features = [] }}\n\
         [lints]\nworkspace = true\n"
    );
    let check = |from: &str, to: &str, caught: &[&str]| {
        assert!(good.contains(from));
        let manifest = good.replace(from, to).parse().unwrap();
        assert_eq!(violations("x", &manifest), caught, "{to}");
    };
    check("fnv", "fnv", &[]);
    check(
        "edition.workspace = true",
        "edition = '2021'",
        &["x: package.edition is not inherited"],
    );
    check(
        "license.workspace = true",
        "",
        &["x: package.license is not inherited"],
    );
    check(
        "description = 'x'",
        "",
        &["x: package.description is missing"],
    );
    check("[lints]", "[other]", &["x: lints are not inherited"]);
    check(
        "{ workspace = true, features = [] }",
        "'1'",
        &["x: dependencies.fnv is not inherited"],
    );
}
