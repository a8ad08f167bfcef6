//! Values: Rust types ↔ what is stored, which is bytes and 32 bits of flags.
//!
//! ```text
//! T ── IntoValue ──▶ Value ── Codec::encode ──▶ flags and bytes
//! T ◀── FromValue ── Value ◀── Codec::decode ── flags and bytes
//! ```
//!
//! * [`Value`] is what a value is, before a client has said how it is stored.
//! * [`IntoValue`] and [`FromValue`] are the Rust types that can be stored and read.
//! * [`Codec`] is a client's rules: which flags tell which type. The default is [`Pylibmc`], so that Python's
//!   clients and ours read each other's values; [`Pymemcache`], [`PhpMemcached`], [`Dalli`] and [`Spymemcached`]
//!   do the same for other fleets.
//! * [`Encoded`] stores any flags with any bytes, [`Raw`] reads them; no codec touches either.
//!
//! Reading a value as another type than it was stored as is an error that names both.

mod codec;
mod compress;
mod from;
mod integer;
mod into;
mod or_miss;
mod preset;
#[cfg(any(feature = "serde", feature = "msgpack", feature = "pickle"))]
mod serialized;
mod values;

pub use codec::{Codec, Encoded, Raw};
pub use compress::CompressLevel;
pub use from::FromValue;
pub use integer::Integer;
pub use into::IntoValue;
pub use mc_proto::Payload;
pub use or_miss::OrMiss;
pub use preset::{Dalli, DalliSerializer, PhpMemcached, Pylibmc, Pymemcache, Spymemcached};
#[cfg(feature = "serde")]
pub use serialized::Json;
#[cfg(feature = "msgpack")]
pub use serialized::MessagePack;
#[cfg(feature = "pickle")]
pub use serialized::{Pickle, Python};
pub use values::Values;

use std::fmt;

use crate::error::Error;

/// A value by its type: what a [`Codec`] turns into flags and bytes, and back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Bytes.
    Bytes(Payload<'a>),
    /// Text in UTF-8; if it comes from a server, who reads it as text checks that it is.
    Text(Payload<'a>),
    /// A string of a language that does not tell bytes from text and numbers: it is what it is asked for as.
    Untyped(Payload<'a>),
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(Integer),
    /// A floating-point number.
    Float(f64),
    /// Python's `None`, PHP's `null`, Ruby's `nil`: a value that says there is none, and no miss.
    None,
    /// An object, serialized.
    Serialized(Format, Payload<'a>),
    /// Flags and bytes that no codec touches.
    Stored(Encoded<'a>),
}

/// How an object is serialized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Python's `pickle`, of any protocol.
    Pickle,
    /// JSON, in UTF-8.
    Json,
    /// MessagePack.
    MessagePack,
    /// PHP's `serialize`.
    Php,
    /// PHP's igbinary.
    Igbinary,
    /// Ruby's `Marshal`.
    Marshal,
    /// Java's `ObjectOutputStream`.
    Java,
}

impl Value<'_> {
    /// The error that says what was found and what was `asked` for, such as "text" or "an integer".
    pub fn is_not(&self, asked: &str) -> Error {
        Error::wrong_type(format!("the value is {self}, {asked} was asked for"))
    }
}

/// The type, with its article; never the content.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes(_) => "bytes",
            Self::Text(_) => "text",
            Self::Untyped(_) => "a string",
            Self::Bool(_) => "a bool",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::None => "None",
            Self::Serialized(format, _) => return format.fmt(f),
            Self::Stored(stored) => return write!(f, "stored with flags {}", stored.flags),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pickle => "a Python pickle",
            Self::Json => "JSON",
            Self::MessagePack => "MessagePack",
            Self::Php => "serialized PHP",
            Self::Igbinary => "igbinary",
            Self::Marshal => "marshalled Ruby",
            Self::Java => "serialized Java",
        })
    }
}
