//! The paths that a source names, read from its tokens: comments, strings and test modules do not count.

use std::mem;
use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path as the source has it, such as `std::net::TcpStream` or `Instant::now`, and its line.
///
/// The branches of `use std::{fs, net::TcpStream}` are paths of their own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) text: String,
    pub(super) line: usize,
}

impl Path {
    /// Whether `part` (such as `std::net`) stands in the path, segment by segment.
    pub(super) fn has(&self, part: &str) -> bool {
        let part: Vec<_> = part.split("::").collect();
        let segments: Vec<_> = self.text.split("::").collect();
        segments.windows(part.len()).any(|window| window == part)
    }
}

/// All paths outside `#[cfg(test)]` items.
pub(super) fn paths(source: &str) -> Vec<Path> {
    let tokens = TokenStream::from_str(source).expect("every source of the tree is Rust");
    let mut paths = Vec::new();
    walk(tokens, "", &mut paths);
    paths
}

/// Gathers the paths of `tokens`, each behind `prefix` (empty, or it ends in `::`).
fn walk(tokens: TokenStream, prefix: &str, paths: &mut Vec<Path>) {
    let mut current = prefix.to_owned();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let line = token.span().start().line;
        let mut end = |current: &mut String| {
            let text = mem::replace(current, prefix.to_owned());
            let text = text.trim_end_matches("::").to_owned();
            if text != prefix.trim_end_matches("::") {
                paths.push(Path { text, line });
            }
        };
        match token {
            TokenTree::Ident(ident) => {
                if !current.is_empty() && !current.ends_with("::") {
                    end(&mut current);
                }
                current.push_str(&ident.to_string());
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => current.push(':'),
            TokenTree::Group(group) if opens_branches(&group, &current) => {
                walk(
                    group.stream(),
                    &mem::replace(&mut current, prefix.to_owned()),
                    paths,
                );
            }
            TokenTree::Group(group) => {
                end(&mut current);
                if is_test_mark(&group) {
                    skip_item(&mut tokens);
                } else {
                    walk(group.stream(), "", paths);
                }
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => end(&mut current),
        }
        if tokens.peek().is_none() && current != prefix {
            paths.push(Path {
                text: mem::take(&mut current),
                line,
            });
        }
    }
}

/// The braces of `use std::{…}`.
fn opens_branches(group: &Group, before: &str) -> bool {
    group.delimiter() == Delimiter::Brace && before.ends_with("::")
}

/// `[cfg(test)]`.
fn is_test_mark(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket && group.stream().to_string() == "cfg (test)"
}

/// Skips up to the end of an item: its body, or its semicolon.
fn skip_item(tokens: &mut impl Iterator<Item = TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            _ => {}
        }
    }
}

#[test]
fn paths_are_read_from_tokens() {
    let check = |source: &str, expected: &[&str]| {
        let found: Vec<_> = paths(source).into_iter().map(|path| path.text).collect();
        assert_eq!(found, expected, "{source}");
    };
    check("use std::net;", &["use", "std::net"]);
    check("a::b; c::d", &["a::b", "c::d"]);
    check("f(Instant::now())", &["f", "Instant::now"]);
    check(
        "use std::{fs, net::{TcpStream, self}, io};",
        &[
            "use",
            "std::fs",
            "std::net::TcpStream",
            "std::net::self",
            "std::io",
        ],
    );
    check(
        "let a: b::C = \"std::net\"; // std::fs\n/* std::io */",
        &["let", "a:", "b::C"],
    );
    check("/// std::fs\nfn a() {}", &["doc", "fn", "a"]);
    check(
        "#[cfg(test)] mod tests { use std::fs; } mod b;",
        &["mod", "b"],
    );
    check("#[cfg(test)] mod tests; use std::fs;", &["use", "std::fs"]);
    check("std::fs::read", &["std::fs::read"]);
}

#[test]
fn parts_are_whole_segments() {
    let path = Path {
        text: "std::net::TcpStream".to_owned(),
        line: 1,
    };
    for (part, has) in [
        ("std::net", true),
        ("TcpStream", true),
        ("net::Tcp", false),
        ("td::net", false),
    ] {
        assert_eq!(path.has(part), has, "{part}");
    }
}
