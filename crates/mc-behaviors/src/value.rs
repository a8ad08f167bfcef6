//! A behavior's value as it is written by name: the types that pylibmc's users hand over, and [`Duration`].

use std::fmt;
use std::time::Duration;

use mc_dist::Distribution;
use mc_hash::Algorithm;

/// A value given to or read from a behavior by name.
///
/// Every variant may be given; which of them a behavior takes is its [`Shape`](crate::Shape).
/// What is read is an [`Int`](Self::Int) (booleans read 0 and 1, as in pylibmc), a [`Str`](Self::Str) for `hash` and
/// `distribution`, [`Bytes`](Self::Bytes) or [`None`](Self::None) for `namespace`,
/// and a [`Duration`](Self::Duration) for a time that is no whole number of its behavior's unit.
///
/// ```
/// use mc_behaviors::Value;
/// use std::time::Duration;
///
/// assert_eq!(Value::from(true), Value::Bool(true));
/// assert_eq!(Value::from(-1), Value::Int(-1));
/// assert_eq!(Value::from("md5"), Value::Str("md5".to_owned()));
/// assert_eq!(Value::from(Duration::from_secs(1)).to_string(), "1s");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A whole number, wide enough for every range to be checked rather than cut.
    Int(i128),
    /// A truth value; pylibmc counts it as 0 or 1.
    Bool(bool),
    /// A name.
    Str(String),
    /// Bytes: a namespace.
    Bytes(Vec<u8>),
    /// A number with a fraction, which no behavior takes.
    Float(f64),
    /// A span of time, whatever the behavior's unit.
    Duration(Duration),
    /// Nothing: the reading of a namespace that is not set.
    None,
    /// A list, which no behavior takes.
    List,
}

impl Value {
    /// What kind of value this is, in words for an error.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Int(_) => "an integer",
            Self::Bool(_) => "a boolean",
            Self::Str(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::Float(_) => "a float",
            Self::Duration(_) => "a duration",
            Self::None => "none",
            Self::List => "a list",
        }
    }
}

/// As in Rust's source, so that strings and bytes are quoted and escaped.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Bool(truth) => truth.fmt(f),
            Self::Str(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "b\"{}\"", bytes.escape_ascii()),
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Duration(time) => write!(f, "{time:?}"),
            Self::None => f.write_str("none"),
            Self::List => f.write_str("[…]"),
        }
    }
}

/// Conversions that lose nothing.
macro_rules! from {
    ($($from:ty => $variant:ident $convert:expr;)*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant($convert(value))
            }
        }
    )*};
}

from! {
    i32 => Int i128::from;
    i64 => Int i128::from;
    i128 => Int i128::from;
    u32 => Int i128::from;
    u64 => Int i128::from;
    bool => Bool bool::from;
    &str => Str str::to_owned;
    String => Str String::from;
    &[u8] => Bytes <[u8]>::to_vec;
    Vec<u8> => Bytes Vec::from;
    f64 => Float f64::from;
    Duration => Duration Duration::from;
    Algorithm => Str |one: Algorithm| one.name().to_owned();
    Distribution => Str |one: Distribution| one.name().to_owned();
}
