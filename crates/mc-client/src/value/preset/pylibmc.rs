//! pylibmc's values, and python-memcached's.

use std::mem;

use bytes::Bytes;
use mc_proto::Payload;

use super::{Compression, bool_digit, digits, foreign, marked_integer, pickle};
use crate::error::Error;
use crate::value::compress::Frame;
use crate::value::{Codec, Compress, CompressLevel, Encoded, Format, Integer, Value};

/// pylibmc's rules, the default.
///
/// | value | flags | bytes |
/// |---|--:|---|
/// | bytes, MessagePack | 0 | as they are |
/// | float, `None`, pickle | 1 | a pickle |
/// | bool | 2 | `0` or `1` |
/// | integer | 4 | decimal digits, read up to 128 bits |
/// | text, JSON | 16 | UTF-8 |
/// | … compressed | + 8 | zlib |
///
/// Other bits are ignored. A bool is read as an integer by Python.
///
/// ```
/// use mc_client::value::Compress;
/// use mc_client::{Codec, IntoValue, Pylibmc};
///
/// let mut codec = Pylibmc::default();
/// codec.min_compress_len = 100;
/// codec.compress_level = 9.try_into()?;
/// let stored = codec.encode("a".repeat(300).into_value()?, Compress::default())?;
/// # if cfg!(feature = "zlib") {
/// assert_eq!(stored.flags, 16 + 8);
/// assert!(stored.data.as_slice().len() < 30);
/// # }
/// # Ok::<(), mc_client::Error>(())
/// ```
///
/// # Source
/// pylibmc `_pylibmcmodule.h`, `PYLIBMC_FLAG_…`, and `_pylibmcmodule.c`, `_PylibMC_serialize_native`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pylibmc {
    /// Values of at least so many bytes are compressed, if that makes them shorter; with 0, the default, none is.
    pub min_compress_len: usize,
    /// How hard it tries; with 0 nothing is compressed.
    pub compress_level: CompressLevel,
}

const BYTES: u32 = 0;
const PICKLE: u32 = 1;
const BOOL: u32 = 2;
const INTEGER: u32 = 4;
const ZLIB: u32 = 8;
const TEXT: u32 = 16;

/// The bits that tell the type; all others but [`ZLIB`] are ignored.
const TYPE: u32 = PICKLE | BOOL | INTEGER | TEXT;

impl Codec for Pylibmc {
    #[inline]
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
        let (flags, data) = match value {
            Value::Bytes(bytes) | Value::Untyped(bytes) => (BYTES, bytes),
            Value::Serialized(Format::MessagePack, bytes) => (BYTES, bytes),
            Value::Text(text) | Value::Serialized(Format::Json, text) => (TEXT, text),
            Value::Bool(truth) => (BOOL, bool_digit(truth)),
            Value::Integer(number) => (INTEGER, digits(number)),
            Value::Float(number) => (PICKLE, Payload::Shared(pickle::of_float(number))),
            Value::None => (PICKLE, Payload::Borrowed(pickle::OF_NONE)),
            Value::Serialized(Format::Pickle, pickle) => (PICKLE, pickle),
            other => return Err(foreign(&other, "pylibmc")),
        };
        let compression = Compression {
            frame: Frame::Zlib,
            flag: ZLIB,
            min_len: self.min_compress_len,
            level: self.compress_level,
        };
        compression.apply(flags, data, compress)
    }

    #[inline(always)]
    fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
        // Most values; short enough to become a part of the caller.
        match flags & (TYPE | ZLIB) {
            BYTES => Ok(Value::Bytes(Payload::Shared(data))),
            TEXT => Ok(Value::Text(Payload::Shared(data))),
            _ => read(flags, data, max_len),
        }
    }

    fn counter_flags(&self) -> u32 {
        INTEGER
    }
}

impl Pylibmc {
    /// Takes the bytes out of a value of which nothing but those is stored, as of most; with its flags.
    #[inline]
    pub(in crate::value) fn take_plain<'a>(
        &self,
        value: &mut Value<'a>,
        compress: Compress,
    ) -> Option<Encoded<'a>> {
        let (flags, data) = match value {
            Value::Bytes(bytes) => (BYTES, bytes),
            Value::Text(text) => (TEXT, text),
            _ => return None,
        };
        let is_plain = compress.over.unwrap_or(self.min_compress_len) == 0;
        is_plain.then(|| Encoded {
            flags,
            data: mem::replace(data, Payload::Borrowed(&[])),
        })
    }
}

/// A value of any kind.
fn read(flags: u32, mut data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
    if flags & ZLIB != 0 {
        data = Frame::inflate(&data, max_len)?;
    }
    Ok(match flags & TYPE {
        BYTES => Value::Bytes(Payload::Shared(data)),
        TEXT => Value::Text(Payload::Shared(data)),
        BOOL => bool(marked_integer(&data)?),
        INTEGER => Value::Integer(marked_integer(&data)?),
        PICKLE => pickle::read(data),
        _ => {
            let message = format!("the value's flags {flags} tell more than one type");
            return Err(Error::wrong_type(message));
        }
    })
}

/// Numbers other than 0 and 1 are stored as a bool by nobody, and read by Python all the same.
fn bool(number: Integer) -> Value<'static> {
    match u8::try_from(number) {
        Ok(0) => Value::Bool(false),
        Ok(1) => Value::Bool(true),
        _ => Value::Integer(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::IntoValue;

    #[test]
    fn writes_pylibmcs_flags() {
        let rows = [
            ("b".as_bytes().into_value(), 0, &b"b"[..]),
            ("t".into_value(), 16, b"t"),
            (true.into_value(), 2, b"1"),
            ((-7i8).into_value(), 4, b"-7"),
            (
                u128::MAX.into_value(),
                4,
                b"340282366920938463463374607431768211455",
            ),
            (1.5.into_value(), 1, b"\x80\x02G\x3f\xf8\0\0\0\0\0\0."),
            (None::<u8>.into_value(), 1, b"\x80\x02N."),
        ];
        for (value, flags, data) in rows {
            let encoded = Pylibmc::default()
                .encode(value.unwrap(), Compress::default())
                .unwrap();
            assert_eq!((encoded.flags, encoded.data.as_slice()), (flags, data));
        }
    }

    fn check(flags: u32, data: &'static str, expected: Result<Value<'_>, &str>) {
        let got = Pylibmc::default().decode(flags, Bytes::from(data), 0);
        assert_eq!(
            got.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned),
            "{flags} {data:?}"
        );
    }

    #[test]
    fn reads_pylibmcs_flags() {
        check(0, "b", Ok(Value::Bytes(Payload::Borrowed(b"b"))));
        check(16, "t", Ok(Value::Text(Payload::Borrowed(b"t"))));
        check(2, "1", Ok(Value::Bool(true)));
        check(2, "5", Ok(Value::Integer(5.into())));
        check(4, "9 ", Ok(Value::Integer(9.into())));
        check(1, "N.", Ok(Value::None));
        let list = Payload::Borrowed(b"(l.");
        check(1, "(l.", Ok(Value::Serialized(Format::Pickle, list)));
        // Bits that pylibmc does not know are ignored.
        check(0xff00_0010, "x", Ok(Value::Text(Payload::Borrowed(b"x"))));
    }

    #[test]
    fn says_what_cannot_be_read() {
        check(20, "1", Err("the value's flags 20 tell more than one type"));
        check(
            4,
            "12abc",
            Err("the value is marked as an integer, but \"12abc\" is none of at most 128 bits"),
        );
    }
}
