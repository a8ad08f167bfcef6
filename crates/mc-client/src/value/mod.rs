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
//! Reading a value as another type than it was stored as is an error that names both; [`OrMiss`] takes it for a miss.
//!
//! | Rust | stored as | read from |
//! |---|---|---|
//! | `&[u8]`, `Vec<u8>`, `Bytes`, `[u8; N]`, … | bytes | bytes |
//! | `&str`, `String`, `Arc<str>`, … | text | text |
//! | `bool` | a bool | a bool; an integer, of which zero is false |
//! | `u8` … `i128` | an integer | an integer that fits; a bool |
//! | `f32`, `f64` | a float | a float; an integer |
//! | `Option<T>` | `T`, or Python's `None` | either |
//! | `Json<T>` (feature `serde`) | JSON | JSON, text, bytes |
//! | `MessagePack<T>` (feature `msgpack`) | MessagePack | MessagePack, bytes |
//! | `Pickle<T>`, `Python` (feature `pickle`) | a pickle | a pickle, and all that Python's clients store without |
//! | [`Encoded`], [`Raw`] | any flags and bytes | `Raw`: any |
//!
//! # A type of one's own
//!
//! ```
//! use mc_client::{Error, FromValue, IntoValue, Value};
//!
//! #[derive(Debug, PartialEq)]
//! struct Point(i32, i32);
//!
//! impl<'a> IntoValue<'a> for Point {
//!     fn into_value(self) -> Result<Value<'a>, Error> {
//!         format!("{},{}", self.0, self.1).into_value()
//!     }
//! }
//!
//! impl FromValue for Point {
//!     fn from_value(value: Value<'static>) -> Result<Self, Error> {
//!         let text = String::from_value(value)?;
//!         let (x, y) = text.split_once(',').ok_or_else(Error::miss)?; // as it was stored a year ago
//!         let parse = |part: &str| {
//!             part.parse().map_err(|it| Error::wrong_type("a point is two integers").because(it))
//!         };
//!         Ok(Self(parse(x)?, parse(y)?))
//!     }
//! }
//!
//! assert_eq!(Point::from_value(Point(1, -2).into_value()?)?, Point(1, -2));
//! # Ok::<(), Error>(())
//! ```
//!
//! # A codec of one's own
//!
//! One that changes what another stores, here so that no other program's values are read:
//!
//! ```
//! use bytes::Bytes;
//! use mc_client::value::{Codec, Compress, Encoded, Pylibmc, Value};
//! use mc_client::Error;
//!
//! #[derive(Debug)]
//! struct OursAlone(Pylibmc);
//!
//! const OURS: u32 = 1 << 31;
//!
//! impl Codec for OursAlone {
//!     fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
//!         let mut stored = self.0.encode(value, compress)?;
//!         stored.flags |= OURS;
//!         Ok(stored)
//!     }
//!
//!     fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
//!         if flags & OURS == 0 {
//!             return Err(Error::miss());
//!         }
//!         self.0.decode(flags & !OURS, data, max_len)
//!     }
//!
//!     fn counter_flags(&self) -> u32 {
//!         self.0.counter_flags() | OURS
//!     }
//! }
//!
//! let client = mc_client::Client::builder().servers(["cache1"])?.codec(OursAlone(Pylibmc::default())).build()?;
//! # Ok::<(), Error>(())
//! ```

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

pub use codec::{Codec, Compress, Encoded, Raw};
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
    #[cold]
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
