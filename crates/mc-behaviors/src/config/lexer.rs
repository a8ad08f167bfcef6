//! From text to tokens: the longest match wins, and of two as long the earlier rule, as in libmemcached's scanner.

use super::{DISTRIBUTIONS, HASHES, INERT, NUMBERS, OTHERS, SWITCHES, WORDS};

/// What stands at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// ` `, `=` or `,`.
    Sign(char),
    /// Digits.
    Number(&'a str),
    /// The digits after `:`, five at most.
    Port(&'a str),
    /// The digits after `/?`, five at most.
    Weight(&'a str),
    /// An option or another word of the language, as the tables spell it.
    Word(&'static str),
    /// `--` and letters or digits that are no option.
    Option,
    /// Four numbers of three digits at most, between dots.
    Address(&'a str),
    /// Three characters or more, letters, digits, dots, dashes, underscores and double quotes, the outer ones letters or
    /// digits.
    Name(&'a str),
    /// What stands between double quotes.
    Quoted(&'a str),
    /// From `#` at the start of a line to its end, which must be there.
    Comment,
    /// Anything else.
    Unknown,
    /// The end of the text.
    End,
}

/// A token, where it begins, and how it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme<'a> {
    pub(super) token: Token<'a>,
    pub(super) at: usize,
    pub(super) text: &'a str,
}

/// The first token of `text` at or after byte `at`. Tabs and line ends between tokens mean nothing.
pub(super) fn lexeme(text: &str, at: usize) -> Lexeme<'_> {
    let rest = text[at..].trim_start_matches(['\t', '\r', '\n']);
    let at = text.len() - rest.len();
    let begins_line = at == 0 || text[..at].ends_with('\n');
    let comment = begins_line.then(|| comment(rest)).flatten();
    let (token, length) = comment.unwrap_or_else(|| longest(rest));
    Lexeme {
        token,
        at,
        text: &rest[..length],
    }
}

/// The token at the start of `rest` and its length in bytes.
fn longest(rest: &str) -> (Token<'_>, usize) {
    let Some(first) = rest.chars().next() else {
        return (Token::End, 0);
    };
    let rules = [
        sign, number, port, weight, word, option, address, name, quoted, wide,
    ];
    let matches = rules.into_iter().filter_map(|rule| rule(rest));
    let unknown = (Token::Unknown, first.len_utf8());
    matches
        .chain([unknown])
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .unwrap_or(unknown)
}

type Match<'a> = Option<(Token<'a>, usize)>;

fn sign(rest: &str) -> Match<'_> {
    let first = rest.chars().next()?;
    [' ', '=', ',']
        .contains(&first)
        .then_some((Token::Sign(first), 1))
}

fn number(rest: &str) -> Match<'_> {
    let length = digits(rest);
    (length > 0).then(|| (Token::Number(&rest[..length]), length))
}

fn port(rest: &str) -> Match<'_> {
    short_number(rest, ":").map(|(digits, length)| (Token::Port(digits), length))
}

fn weight(rest: &str) -> Match<'_> {
    short_number(rest, "/?").map(|(digits, length)| (Token::Weight(digits), length))
}

/// Up to five digits after a sign.
fn short_number<'a>(rest: &'a str, sign: &str) -> Option<(&'a str, usize)> {
    let after = rest.strip_prefix(sign)?;
    let length = digits(after).min(5);
    (length > 0).then(|| (&after[..length], sign.len() + length))
}

/// The longest word of the language, in either case.
fn word(rest: &str) -> Match<'_> {
    let starts = |word: &&str| {
        let start = rest.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    let word = words().filter(starts).max_by_key(|word| word.len())?;
    Some((Token::Word(word), word.len()))
}

/// Every option and every other word.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    options()
        .chain(WORDS)
        .chain(DISTRIBUTIONS.iter().map(|(name, _)| *name))
        .chain(HASHES.iter().map(|(name, _)| *name))
}

/// Every option.
pub(super) fn options() -> impl Iterator<Item = &'static str> {
    let behaviors = SWITCHES.iter().chain(&NUMBERS).map(|(name, _)| *name);
    OTHERS.into_iter().chain(behaviors).chain(INERT)
}

fn option(rest: &str) -> Match<'_> {
    let after = rest.strip_prefix("--")?;
    let length = span(after, |byte| byte.is_ascii_alphanumeric());
    Some((Token::Option, 2 + length))
}

fn address(rest: &str) -> Match<'_> {
    let mut length = 0;
    for part in 0..4 {
        if part > 0 {
            length += rest[length..].strip_prefix('.').map(|_| 1)?;
        }
        let digits = digits(&rest[length..]).min(3);
        length += (digits > 0).then_some(digits)?;
    }
    Some((Token::Address(&rest[..length]), length))
}

fn name(rest: &str) -> Match<'_> {
    let inner = span(rest, |byte| {
        byte.is_ascii_alphanumeric() || b"._-\"".contains(&byte)
    });
    let name = rest[..inner].trim_end_matches(['.', '_', '-', '"']);
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    (begins && name.len() >= 3).then_some((Token::Name(name), name.len()))
}

/// A backslash takes the next character with it, but no line end.
fn quoted(rest: &str) -> Match<'_> {
    let inner = rest.strip_prefix('"')?;
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((Token::Quoted(&inner[..at]), at + 2)),
            '\\' => _ = characters.next().filter(|(_, next)| *next != '\n')?,
            _ => {}
        }
    }
    None
}

/// Text in quotes behind an `L`, of which the reference loses track: it takes the first quote for text.
fn wide(rest: &str) -> Match<'_> {
    let (_, length) = quoted(rest.strip_prefix(['L', 'l'])?)?;
    Some((Token::Unknown, length + 1))
}

fn comment(rest: &str) -> Match<'_> {
    let end = rest.strip_prefix('#')?.find('\n')?;
    Some((Token::Comment, end + 2))
}

fn digits(text: &str) -> usize {
    span(text, |byte| byte.is_ascii_digit())
}

/// How many bytes at the start of `text` are of a kind.
fn span(text: &str, is_of_kind: impl Fn(u8) -> bool) -> usize {
    let end = text.bytes().position(|byte| !is_of_kind(byte));
    end.unwrap_or(text.len())
}
