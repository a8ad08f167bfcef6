//! What every source file keeps to.

use super::{Source, assert_none, code, sources};
use crate::root;

/// Crates that do no I/O, read no clock and spawn nothing.
const PURE: &[&str] = &["mc-hash", "mc-dist", "mc-proto", "mc-behaviors"];

/// What a pure crate does not name outside its tests. IP addresses, as plain data, are in `core::net`.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
];

/// Lines in one file of a crate; past that it is two files.
const MOST_LINES: usize = 500;

/// A file tells first what it is for.
fn without_doc(source: &Source) -> Option<String> {
    let told = ["//! ", "#![doc = include_str!("]
        .iter()
        .any(|doc| source.text.starts_with(doc));
    (!told).then(|| format!("{}: does not begin with `//!`", source.path))
}

/// No file has `unsafe`, with or without the lint's consent.
fn with_unsafe(source: &Source) -> Vec<String> {
    named(source, &["unsafe"])
}

/// A pure crate names nothing that touches the world.
fn impure(source: &Source) -> Vec<String> {
    let pure = PURE
        .iter()
        .any(|name| source.path.starts_with(&format!("crates/{name}/")));
    if pure && source.is_library() {
        named(source, IMPURE)
    } else {
        Vec::new()
    }
}

/// No file of a crate is long.
fn long(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    (source.path.starts_with("crates/") && source.path.contains("/src/") && lines > MOST_LINES)
        .then(|| format!("{}: {lines} lines, {MOST_LINES} is the most", source.path))
}

/// Where the source names any of `parts`.
fn named(source: &Source, parts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in code::paths(&source.text) {
        for part in parts.iter().filter(|part| path.has(part)) {
            found.push(format!("{}:{}: names `{part}`", source.path, path.line));
        }
    }
    found
}

#[test]
fn every_file_begins_with_its_doc() {
    assert_none(sources().iter().filter_map(without_doc));
}

#[test]
fn no_file_is_unsafe() {
    assert_none(sources().iter().flat_map(with_unsafe));
}

#[test]
fn pure_crates_are_pure() {
    assert_none(sources().iter().flat_map(impure));
}

#[test]
fn no_file_is_long() {
    assert_none(sources().iter().filter_map(long));
}

/// mc-hash needs no operating system; without `std` the compiler itself holds it to that.
#[test]
fn mc_hash_is_no_std() {
    let lib = |source: &Source| source.path == "crates/mc-hash/src/lib.rs";
    let source = sources().into_iter().find(lib).unwrap();
    assert!(source.text.contains("\n#![no_std]\n"));
}

/// clippy sees the renamed and the re-exported too. It reads one file per crate, so there are three.
#[test]
fn pure_crates_share_their_clippy_rules() {
    let rules = |name: &&str| {
        std::fs::read_to_string(root().join(format!("crates/{name}/clippy.toml"))).unwrap()
    };
    let with_std: Vec<_> = PURE.iter().filter(|name| **name != "mc-hash").collect();
    assert!(rules(with_std[0]).contains("std::time::Instant::now"));
    assert!(
        with_std
            .iter()
            .all(|name| rules(name) == rules(with_std[0]))
    );
}

#[test]
fn broken_rules_are_caught() {
    let lib = "crates/mc-proto/src/lib.rs";
    let source = |text| Source::new(lib, text);
    let none: [String; 0] = [];

    assert!(without_doc(&source("use a;\n//! late")).is_some());
    assert!(without_doc(&source("//! What it is.\n")).is_none());

    let caught = with_unsafe(&source("fn a() {\n    unsafe {}\n}"));
    assert_eq!(caught, [format!("{lib}:2: names `unsafe`")]);
    assert_eq!(
        with_unsafe(&source("// unsafe\nconst A: &str = \"unsafe\";")),
        none
    );

    let long_text = "\n".repeat(MOST_LINES + 1);
    assert!(long(&source(&long_text)).is_some());
    assert!(long(&source(&long_text[1..])).is_none());
}

#[test]
fn impure_code_is_caught() {
    let check = |path: &str, text: &str, caught: &[&str]| {
        assert_eq!(impure(&Source::new(path, text)), caught, "{text}");
    };
    let lib = "crates/mc-proto/src/lib.rs";
    let all = "use std::{io, net::IpAddr};\nfn a() { std::thread::sleep(b) }\n\
               fn c() { std::time::Instant::now() }\nfn d() { SystemTime::now() }\nuse std::fs;";
    check(
        lib,
        all,
        &[
            "crates/mc-proto/src/lib.rs:1: names `std::net`",
            "crates/mc-proto/src/lib.rs:2: names `std::thread`",
            "crates/mc-proto/src/lib.rs:3: names `Instant::now`",
            "crates/mc-proto/src/lib.rs:4: names `SystemTime::now`",
            "crates/mc-proto/src/lib.rs:5: names `std::fs`",
        ],
    );
    check(lib, "/// [`std::net`]\nfn a(now: Instant) {}", &[]);
    check("crates/mc-proto/src/text/tests.rs", all, &[]);
    check("crates/mc-proto/tests/it/main.rs", all, &[]);
    check("crates/mc-client/src/lib.rs", all, &[]);
}
