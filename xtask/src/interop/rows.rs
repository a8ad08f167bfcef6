//! The values that are exchanged: as Python writes each, and as Rust does.

use std::fmt::Debug;

use bytes::Bytes;
use mc_client::{Error, FromValue, IntoValue, Value};

/// One value.
pub(super) struct Row {
    /// What Python evaluates to it.
    pub(super) python: String,
    pub(super) rust: Value<'static>,
    expect: Box<dyn Fn(Value<'static>) -> Result<(), String>>,
}

impl Row {
    fn new<T>(python: impl Into<String>, rust: T) -> Result<Self, Error>
    where
        T: IntoValue<'static> + FromValue + Clone + PartialEq + Debug + 'static,
    {
        Ok(Self {
            python: python.into(),
            rust: rust.clone().into_value()?,
            expect: Box::new(move |found| match T::from_value(found) {
                Ok(found) if found == rust => Ok(()),
                Ok(found) => Err(format!("{found:?} and not {rust:?}")),
                Err(error) => Err(format!("{error}, and not {rust:?}")),
            }),
        })
    }

    /// Asks for this value's own type; if `found` is another value, says both.
    pub(super) fn expect(&self, found: Value<'static>) -> Result<(), String> {
        (self.expect)(found)
    }
}

/// Every type that both sides have, at its edges. No two that follow each other are equal in Python.
pub(super) fn all() -> Result<Vec<Row>, Error> {
    let long = "the same again, ".repeat(500);
    [
        Row::new("b''", Bytes::new()),
        Row::new(
            r"b'\0\xff\r\nEND\r\n'",
            Bytes::from_static(b"\0\xff\r\nEND\r\n"),
        ),
        Row::new(
            "'the same again, '.encode() * 500",
            Bytes::from(long.clone()),
        ),
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
        Row::new("None", None::<u8>),
    ]
    .into_iter()
    .collect()
}
