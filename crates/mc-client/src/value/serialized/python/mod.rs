//! Python's plain data, as a tree.

mod de;
mod machine;
mod opcode;
mod read;
mod write;

use bytes::Bytes;
use mc_proto::Payload;

use crate::error::Error;
use crate::value::{Format, FromValue, Integer, IntoValue, Value};

/// Any of Python's plain data, when its type is not known before, or when a set or a tuple must stay one.
///
/// It is always stored as a pickle, of protocol 4, which Python reads since 3.4; see [`Pickle`](super::Pickle)
/// for what is read, and within which bounds.
///
/// ```
/// use mc_client::value::{FromValue, IntoValue, Python};
///
/// let set = Python::Set(vec![Python::Str("a".to_owned()), Python::Int(1.into())]);
/// assert_eq!(Python::from_value(set.clone().into_value()?)?, set);
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Python {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of at most 128 bits.
    Int(Integer),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(String),
    /// `bytes`, or a `bytearray` when read.
    Bytes(Vec<u8>),
    /// A `list`.
    List(Vec<Self>),
    /// A `tuple`.
    Tuple(Vec<Self>),
    /// A `set`, in the pickle's order.
    Set(Vec<Self>),
    /// A `frozenset`, in the pickle's order.
    FrozenSet(Vec<Self>),
    /// A `dict`, in its order.
    Dict(Vec<(Self, Self)>),
}

impl<'a> IntoValue<'a> for Python {
    fn into_value(self) -> Result<Value<'a>, Error> {
        (&self).into_value()
    }
}

impl<'a> IntoValue<'a> for &Python {
    fn into_value(self) -> Result<Value<'a>, Error> {
        let pickle = Payload::Shared(write::pickle(self)?);
        Ok(Value::Serialized(Format::Pickle, pickle))
    }
}

impl FromValue for Python {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        Ok(match value {
            Value::Serialized(Format::Pickle, pickle) => read::unpickle(pickle.as_slice())?,
            Value::None => Self::None,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Integer(number) => Self::Int(number),
            Value::Float(number) => Self::Float(number),
            text @ Value::Text(_) => Self::Str(String::from_value(text)?),
            bytes @ (Value::Bytes(_) | Value::Untyped(_)) => {
                Self::Bytes(Bytes::from_value(bytes)?.to_vec())
            }
            other => return Err(other.is_not("a Python value")),
        })
    }
}
