//! The values that are exchanged: as Python writes each, and as Rust does.

use std::collections::BTreeMap;
use std::fmt::Debug;

use bytes::Bytes;
use mc_client::value::{Pickle, Python};
use mc_client::{Error, FromValue, IntoValue, Value};

/// One value.
pub(super) struct Row {
    /// What Python evaluates to it.
    pub(super) python: &'static str,
    pub(super) rust: Value<'static>,
    expect: Box<dyn Fn(Value<'static>) -> Result<(), String>>,
}

impl Row {
    fn new<T>(python: &'static str, rust: T) -> Result<Self, Error>
    where
        T: IntoValue<'static> + FromValue + Debug,
    {
        // Printed, 0.0 and -0.0 differ, and a NaN is itself.
        let printed = format!("{rust:?}");
        Ok(Self {
            python,
            rust: rust.into_value()?,
            expect: Box::new(move |found| match T::from_value(found) {
                Ok(found) if format!("{found:?}") == printed => Ok(()),
                Ok(found) => Err(format!("{found:?} and not {printed}")),
                Err(error) => Err(format!("{error}, and not {printed}")),
            }),
        })
    }

    /// Asks for this value's own type; if `found` is another value, says both.
    pub(super) fn expect(&self, found: Value<'static>) -> Result<(), String> {
        (self.expect)(found)
    }
}

/// Every type that both sides have, at its edges. No two that follow each other are taken for one another.
pub(super) fn all() -> Result<Vec<Row>, Error> {
    plain().into_iter().chain(pickled()).collect()
}

/// What each library has an own form for, or Python's pickle a short one.
fn plain() -> Vec<Result<Row, Error>> {
    let long = "the same again, ".repeat(500);
    vec![
        Row::new("b''", Bytes::new()),
        Row::new(
            r"b'\0\xff\r\nEND\r\n'",
            Bytes::from_static(b"\0\xff\r\nEND\r\n"),
        ),
        Row::new("b'the same again, ' * 500", Bytes::from(long.clone())),
        Row::new("''", String::new()),
        Row::new("'grüße, 日本'", "grüße, 日本".to_owned()),
        Row::new("'the same again, ' * 500", long),
        Row::new("True", true),
        Row::new("False", false),
        Row::new("-1", -1_i8),
        Row::new("2**64 - 1", u64::MAX),
        Row::new("-2**63", i64::MIN),
        Row::new("2**128 - 1", u128::MAX),
        Row::new("-2**127", i128::MIN),
        Row::new("0", 0_u8),
        Row::new("1.5", 1.5),
        Row::new("-0.0", -0.0),
        Row::new("1.7976931348623157e308", f64::MAX),
        Row::new("5e-324", f64::from_bits(1)),
        Row::new("float('-inf')", f64::NEG_INFINITY),
        Row::new("float('nan')", f64::NAN),
        Row::new("None", None::<u8>),
    ]
}

/// What Python pickles.
fn pickled() -> Vec<Result<Row, Error>> {
    let int = |number: i128| Python::Int(number.into());
    let text = |text: &str| Python::Str(text.to_owned());
    let everything = vec![
        Python::None,
        Python::Bool(true),
        int(-1 << 100),
        Python::Float(0.1),
        text("é\n"),
        Python::Bytes(vec![0, 255]),
    ];
    let nested = Python::Dict(vec![
        (
            text("key"),
            Python::List(vec![Python::Tuple(vec![int(1)]), Python::None]),
        ),
        (
            int(2),
            Python::Dict(vec![(Python::Tuple(vec![int(3), int(4)]), text(""))]),
        ),
    ]);
    vec![
        Row::new("[]", Python::List(vec![])),
        Row::new("()", Python::Tuple(vec![])),
        Row::new("{}", Python::Dict(vec![])),
        Row::new("set()", Python::Set(vec![])),
        Row::new("{1, 2, 3}", Python::Set(vec![int(1), int(2), int(3)])),
        Row::new("frozenset({7})", Python::FrozenSet(vec![int(7)])),
        Row::new(
            r"[None, True, -2**100, 0.1, 'é\n', b'\0\xff']",
            Python::List(everything.clone()),
        ),
        Row::new(
            r"(None, True, -2**100, 0.1, 'é\n', b'\0\xff')",
            Python::Tuple(everything),
        ),
        Row::new("{'key': [(1,), None], 2: {(3, 4): ''}}", nested),
        Row::new("list(range(2000))", Pickle(Vec::from_iter(0_u32..2000))),
        Row::new(
            "{'name': 'Ann', 'town': 'Ulm'}",
            Pickle(BTreeMap::from(
                [("name", "Ann"), ("town", "Ulm")]
                    .map(|(key, value)| (key.to_owned(), value.to_owned())),
            )),
        ),
        Row::new("(7, 'x', 0.5)", Pickle((7, "x".to_owned(), 0.5))),
    ]
}
