//! The async and the blocking client have the same methods.

use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

use super::{Source, assert_none, sources};

/// Where each client's methods are: in the file of this name, and in the directory.
const ASYNC: &str = "crates/mc-client/src/tokio/client";
const BLOCKING: &str = "crates/mc-client/src/blocking/client";

/// What only one of them has, with the reason.
const ALONE: &[(&str, &str)] = &[
    (
        "separate",
        "the blocking client's `clone` makes a client with connections of its own",
    ),
    (
        "ready",
        "a connect blocks: nobody could go on to make the others' connections",
    ),
];

/// The methods that the one has and the other has not, but for those `alone`.
fn violations(one: &[Source], other: &[Source], alone: &[&str]) -> Vec<String> {
    let (one, other) = (methods(one), methods(other));
    let missing = |these: &[String], those: &[String]| -> Vec<String> {
        let missing = these.iter().filter(|method| !those.contains(method));
        missing.cloned().collect()
    };
    let mut violations = missing(&one, &other);
    violations.extend(missing(&other, &one));
    violations.retain(|method| !alone.contains(&method.as_str()));
    violations
}

/// The names behind `pub fn` and `pub async fn`, in order.
fn methods(sources: &[Source]) -> Vec<String> {
    let mut methods = Vec::new();
    for source in sources {
        let tokens = TokenStream::from_str(&source.text).expect("every source of the tree is Rust");
        walk(tokens, &mut methods);
    }
    methods
}

fn walk(tokens: TokenStream, methods: &mut Vec<String>) {
    let mut last = [String::new(), String::new()];
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            walk(group.stream(), methods);
        }
        let word = token.to_string();
        let is_method = match &last {
            [public, function] if function == "fn" => public == "pub" || public == "async",
            _ => false,
        };
        if is_method {
            methods.push(word.clone());
        }
        last.rotate_left(1);
        last[1] = word;
    }
}

/// The sources of one client.
fn of(client: &str) -> Vec<Source> {
    let is_its = |source: &Source| {
        let rest = source.path.strip_prefix(client);
        rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    };
    sources().into_iter().filter(is_its).collect()
}

#[test]
fn both_clients_have_the_same_methods() {
    let alone: Vec<_> = ALONE.iter().map(|(method, _)| *method).collect();
    let (one, other) = (of(ASYNC), of(BLOCKING));
    assert!(methods(&one).len() > 20, "the clients are read");
    assert_none(violations(&one, &other, &alone));
}

#[test]
fn the_table_has_no_method_that_both_have() {
    let (one, other) = (methods(&of(ASYNC)), methods(&of(BLOCKING)));
    for (method, _) in ALONE {
        let has = |methods: &[String]| methods.iter().any(|known| known == method);
        assert_ne!(has(&one), has(&other), "{method}");
    }
}

#[test]
fn a_method_of_one_client_alone_is_caught() {
    let check = |one: &str, other: &str, caught: &[&str]| {
        let source = |text| [Source::new("client.rs", text)];
        let found = violations(&source(one), &source(other), &["clone_of_one"]);
        assert_eq!(found, caught, "{one} {other}");
    };
    let get = "impl Client { pub fn get(&self) {} fn private(&self) {} }";
    check(get, get, &[]);
    check(get, "impl Client {}", &["get"]);
    check("impl Client { pub async fn get(&self) {} }", get, &[]);
    check("", "impl Client { pub fn gat(&self) {} }", &["gat"]);
    check("impl Client { pub fn clone_of_one(&self) {} }", "", &[]);
    check("/// pub fn get", "", &[]);
    check("impl Client { pub(super) fn inner(&self) {} }", "", &[]);
}
