//! Python's `repr` of its plain data, as far as the vectors go.

use mc_client::value::Python;

/// Flags of a bool, which pylibmc reads as an integer.
const BOOL: u32 = 2;

/// Whether Python shows `value`, that was stored with these flags, as `shown`.
pub(super) fn is(value: &Python, flags: u32, shown: &str) -> bool {
    let ours = match value {
        Python::Bool(truth) if flags & BOOL != 0 => u8::from(*truth).to_string(),
        value => of(value),
    };
    let shown = without_bytearrays(shown);
    match has_set(value) {
        // In any order.
        true => sorted(&ours) == sorted(&shown),
        false => ours == shown,
    }
}

/// A bytearray as the bytes that it holds.
fn without_bytearrays(shown: &str) -> String {
    let mut parts = shown.split("bytearray(b");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let quote = part.chars().next().unwrap_or_default();
        let mut is_escaped = true;
        let end = part.find(|c| {
            let ends = c == quote && !is_escaped;
            is_escaped = c == '\\' && !is_escaped;
            ends
        });
        let (bytes, rest) = part.split_at(end.map_or(0, |end| end + 1));
        // A bytearray's single quotes are escaped in double ones, too.
        let bytes = match quote {
            '"' => bytes.replace("\\'", "'"),
            _ => bytes.to_owned(),
        };
        plain.push('b');
        plain.push_str(&bytes);
        plain.push_str(rest.strip_prefix(')').unwrap_or(rest));
    }
    plain
}

fn has_set(value: &Python) -> bool {
    match value {
        Python::Set(_) | Python::FrozenSet(_) => true,
        Python::List(items) | Python::Tuple(items) => items.iter().any(has_set),
        Python::Dict(pairs) => pairs
            .iter()
            .any(|(key, value)| has_set(key) || has_set(value)),
        _ => false,
    }
}

/// The name of a value's type.
pub(super) fn type_of(value: &Python) -> &'static str {
    match value {
        Python::None => "NoneType",
        Python::Bool(_) => "bool",
        Python::Int(_) => "int",
        Python::Float(_) => "float",
        Python::Str(_) => "str",
        Python::Bytes(_) => "bytes",
        Python::List(_) => "list",
        Python::Tuple(_) => "tuple",
        Python::Set(_) => "set",
        Python::FrozenSet(_) => "frozenset",
        Python::Dict(_) => "dict",
        _ => "another",
    }
}

/// The `repr`.
pub(super) fn of(value: &Python) -> String {
    let list = |items: &[Python]| items.iter().map(of).collect::<Vec<_>>().join(", ");
    match value {
        Python::None => "None".to_owned(),
        Python::Bool(true) => "True".to_owned(),
        Python::Bool(false) => "False".to_owned(),
        Python::Int(number) => number.to_string(),
        Python::Float(number) => float(*number),
        Python::Str(text) => quoted(text, text.chars().map(letter)),
        Python::Bytes(bytes) => {
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            format!("b{}", quoted(&text, bytes.iter().map(|byte| octet(*byte))))
        }
        Python::List(items) => format!("[{}]", list(items)),
        Python::Tuple(items) if items.len() == 1 => format!("({},)", list(items)),
        Python::Tuple(items) => format!("({})", list(items)),
        Python::Set(items) if items.is_empty() => "set()".to_owned(),
        Python::Set(items) => format!("{{{}}}", list(items)),
        Python::FrozenSet(items) if items.is_empty() => "frozenset()".to_owned(),
        Python::FrozenSet(items) => format!("frozenset({{{}}})", list(items)),
        Python::Dict(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, value)| format!("{}: {}", of(key), of(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    }
}

/// Rust and Python change to an exponent at the same sizes; Python's has a sign and two digits.
fn float(number: f64) -> String {
    let shown = halved_to_even(number, format!("{number:?}").to_lowercase());
    let Some((digits, exponent)) = shown.split_once('e') else {
        return shown;
    };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// As many digits, and of two that are as near the even one, as Python has it: Rust has the greater.
fn halved_to_even(number: f64, shown: String) -> String {
    let mantissa = shown.split('e').next().unwrap_or_default();
    let decimals = mantissa
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    let even = match shown.contains('e') {
        true => format!("{number:.decimals$e}"),
        false => format!("{number:.decimals$}"),
    };
    match even.parse() == Ok(number) {
        true => even,
        false => shown,
    }
}

/// In single quotes, or double ones if there are only single ones inside.
fn quoted(text: &str, letters: impl Iterator<Item = String>) -> String {
    let letters: String = letters.collect();
    if text.contains('\'') && !text.contains('"') {
        format!("\"{letters}\"")
    } else {
        format!("'{}'", letters.replace('\'', "\\'"))
    }
}

fn octet(byte: u8) -> String {
    match byte {
        b' '..=b'~' | b'\t' | b'\n' | b'\r' => letter(char::from(byte)),
        byte => format!("\\x{byte:02x}"),
    }
}

fn letter(letter: char) -> String {
    match letter {
        '\\' => "\\\\".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        letter if !is_hidden(letter) => letter.to_string(),
        letter => match u32::from(letter) {
            code @ ..0x100 => format!("\\x{code:02x}"),
            code @ ..0x1_0000 => format!("\\u{code:04x}"),
            code => format!("\\U{code:08x}"),
        },
    }
}

/// Whether Python does not print it: controls, formats, private ones, and spaces other than the plain one.
fn is_hidden(letter: char) -> bool {
    let is_format = matches!(
        letter,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0001}'..='\u{e007f}'
    );
    let is_private = matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
    letter.is_control() || is_format || is_private || letter != ' ' && letter.is_whitespace()
}

fn sorted(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters
}

#[test]
fn bytearrays_hold_bytes() {
    let check = |shown: &str, plain: &str| assert_eq!(without_bytearrays(shown), plain);
    check("[bytearray(b'a')]", "[b'a']");
    check(r#"bytearray(b"\'")"#, r#"b"'""#);
    check(r"(bytearray(b'\'\\'), bytearray(b''))", r"(b'\'\\', b'')");
}

#[test]
fn pythons_words() {
    let check = |value: Python, shown: &str| assert_eq!(of(&value), shown);
    check(Python::Float(1e300), "1e+300");
    check(Python::Float(4.5e-5), "4.5e-05");
    check(Python::Float(0.0001), "0.0001");
    check(Python::Float(1e16), "1e+16");
    check(Python::Float(598_194_085_648_209.3), "598194085648209.2");
    check(Python::Float(1.5), "1.5");
    check(Python::Float(-0.0), "-0.0");
    check(Python::Float(f64::NEG_INFINITY), "-inf");
    check(Python::Float(f64::NAN), "nan");
    check(Python::Str("it's\n\u{a0}".to_owned()), "\"it's\\n\\xa0\"");
    check(
        Python::Str("\u{200b}\u{e000}".to_owned()),
        "'\\u200b\\ue000'",
    );
    check(Python::Str("'\"".to_owned()), "'\\'\"'");
    check(Python::Bytes(b"\xff'\\".to_vec()), "b\"\\xff'\\\\\"");
    check(Python::Tuple(vec![Python::None]), "(None,)");
}
