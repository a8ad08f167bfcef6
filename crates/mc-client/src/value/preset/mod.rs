//! The rules of other clients, one file each: flag bits, compression, and what their languages have for numbers.
//!
//! A preset writes what its client reads, and reads what its client writes with any of its own settings.
//! Objects that are serialized in a language's own way come out as [`Value::Serialized`], untouched.

mod dalli;
mod fastlz;
mod marshal;
mod php_memcached;
mod pickle;
mod pylibmc;
mod pymemcache;
mod spymemcached;
#[cfg(test)]
mod tests;

pub use dalli::{Dalli, DalliSerializer};
pub use php_memcached::PhpMemcached;
pub use pylibmc::Pylibmc;
pub use pymemcache::Pymemcache;
pub use spymemcached::Spymemcached;

use bytes::Bytes;
use mc_proto::Payload;

use super::compress::{CompressLevel, Frame};
use super::{Compress, Encoded, Integer, Value};
use crate::error::Error;

/// How a codec compresses values, unless a call has its own word on it.
struct Compression {
    frame: Frame,
    /// The flag that tells it.
    flag: u32,
    min_len: usize,
    level: CompressLevel,
}

impl Compression {
    /// What is stored: compressed and marked so, where that is worth it.
    #[inline]
    fn apply<'a>(
        &self,
        flags: u32,
        data: Payload<'a>,
        call: Compress,
    ) -> Result<Encoded<'a>, Error> {
        let min_len = call.over.unwrap_or(self.min_len);
        let level = call.level.unwrap_or(self.level);
        let short = self.frame.shorten(&data, min_len, level)?;
        Ok(match short {
            Some(short) => Encoded {
                flags: flags | self.flag,
                data: Payload::Shared(short),
            },
            None => Encoded { flags, data },
        })
    }
}

/// The error for a value that `client` has no place for.
fn foreign(value: &Value<'_>, client: &str) -> Error {
    Error::unstorable(format!("{client} cannot read {value}"))
}

fn bool_digit(truth: bool) -> Payload<'static> {
    Payload::Borrowed(if truth { b"1" } else { b"0" })
}

fn digits(number: impl ToString) -> Payload<'static> {
    Payload::Shared(number.to_string().into())
}

/// A float in the fewest digits that read back as it.
fn float_digits(number: f64, [infinite, negative, nan]: [&'static str; 3]) -> Payload<'static> {
    if number.is_nan() {
        Payload::Borrowed(nan.as_bytes())
    } else if number.is_infinite() {
        let name = if number > 0.0 { infinite } else { negative };
        Payload::Borrowed(name.as_bytes())
    } else {
        Payload::Shared(format!("{number:?}").into())
    }
}

/// The integer of a value that is marked as one.
fn marked_integer(digits: &[u8]) -> Result<Integer, Error> {
    Integer::parse(digits).ok_or_else(|| {
        let shown = excerpt(digits);
        Error::wrong_type(format!(
            "the value is marked as an integer, but \"{shown}\" is none of at most 128 bits"
        ))
    })
}

/// The float of a value that is marked as one.
fn marked_float(digits: &[u8]) -> Result<f64, Error> {
    let text = str::from_utf8(digits).unwrap_or_default();
    text.trim().parse().map_err(|cause| {
        let shown = excerpt(digits);
        let message = format!("the value is marked as a float, but \"{shown}\" is none");
        Error::wrong_type(message).because(cause)
    })
}

/// The start of a value, for a message.
fn excerpt(data: &[u8]) -> impl std::fmt::Display {
    data.get(..data.len().min(40))
        .unwrap_or(data)
        .escape_ascii()
}

/// The bytes from `at` on, shared.
fn rest(data: &Bytes, at: usize) -> Bytes {
    data.slice(at.min(data.len())..)
}
