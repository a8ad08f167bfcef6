//! A member's manifest is a name, a description and its edges; the rest is inherited from the root.

use toml::{Table, Value};

use super::assert_manifests;

/// What every package inherits. Keywords and categories may be its own, as they describe it.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license"];

/// What a published package inherits beside: the list of the files in it.
const INHERITED_IF_PUBLISHED: &[&str] = &["include"];

/// What a manifest says itself and should not.
fn violations(name: &str, manifest: &Table) -> Vec<String> {
    let empty = Value::Table(Table::new());
    let section = |key: &str| manifest.get(key).unwrap_or(&empty);
    let mut violations = Vec::new();
    let is_published = section("package").get("publish").is_none();
    let inherited = INHERITED_IF_PUBLISHED.iter().filter(|_| is_published);
    for key in INHERITED.iter().chain(inherited) {
        if !section("package").get(key).is_some_and(is_inherited) {
            violations.push(format!("{name}: package.{key} is not inherited"));
        }
    }
    if section("package").get("description").is_none() {
        violations.push(format!("{name}: package.description is missing"));
    }
    let documentation = Value::String(format!("https://docs.rs/{name}"));
    if is_published && section("package").get("documentation") != Some(&documentation) {
        violations.push(format!(
            "{name}: package.documentation is not {documentation}"
        ));
    }
    if is_published && manifest.contains_key("features") && !is_documented_whole(manifest) {
        violations.push(format!("{name}: docs.rs leaves features out"));
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

/// Whether docs.rs is told to show what every feature adds.
fn is_documented_whole(manifest: &Table) -> bool {
    let mut path = ["metadata", "docs", "rs", "all-features"].into_iter();
    let found = path.try_fold(&manifest["package"], |table, key| table.get(key));
    found == Some(&Value::Boolean(true))
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
        .chain(INHERITED_IF_PUBLISHED)
        .map(|key| format!("{key}.workspace = true\n"))
        .collect();
    let good = format!(
        "[package]\nname = 'x'\ndescription = 'x'\ndocumentation = 'https://docs.rs/x'\n{inherited}\
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
        "include.workspace = true",
        "",
        &["x: package.include is not inherited"],
    );
    check("include.workspace = true", "publish = false", &[]);
    check(
        "docs.rs/x",
        "docs.rs/y",
        &[r#"x: package.documentation is not "https://docs.rs/x""#],
    );
    check(
        "description = 'x'",
        "",
        &["x: package.description is missing"],
    );
    let all = "[package.metadata.docs.rs]\nall-features = true\n[features]\n[lints]";
    check("[lints]", all, &[]);
    check(
        "[lints]",
        "[features]\n[lints]",
        &["x: docs.rs leaves features out"],
    );
    check("[lints]", "[other]", &["x: lints are not inherited"]);
    check(
        "{ workspace = true, features = [] }",
        "'1'",
        &["x: dependencies.fnv is not inherited"],
    );
}
