//! php-memcached's values.

use bytes::Bytes;
use mc_proto::Payload;

use super::{
    Compression, digits, fastlz, float_digits, foreign, marked_float, marked_integer, rest,
};
use crate::error::{Error, ErrorKind, Outcome};
use crate::value::compress::{Frame, if_able};
use crate::value::{Codec, Compress, CompressLevel, Encoded, Format, Value};

/// The rules of PHP's extension `memcached`.
///
/// | value | flags | bytes |
/// |---|--:|---|
/// | bytes, text | 0 | as they are; PHP's strings do not tell which |
/// | integer | 1 | decimal digits, of 64 bits |
/// | float | 2 | decimal digits, `Infinity`, `-Infinity`, `NaN` |
/// | bool | 3 | `1`, or nothing for false |
/// | `None`, serialized PHP | 4 | `N;` is PHP's `null`; others are not read |
/// | igbinary | 5 | `null` is read, others are not |
/// | JSON | 6 | |
/// | MessagePack | 7 | |
/// | … compressed | + 16 + 32 | 4 bytes of length, the lowest first, and zlib |
/// | … compressed | + 16 + 64 | the same and FastLZ, PHP's default; read, never written |
/// | … compressed | + 16 + 128 | zstd; not read |
///
/// The upper 16 bits are the PHP program's own and ignored.
///
/// # Source
/// php-memcached `php_memcached.c`: `MEMC_VAL_…`, `s_zval_to_payload`, `s_compress_value`,
/// `s_memcached_result_to_zval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhpMemcached {
    /// Values of at least so many bytes are compressed, if that makes them shorter; with 0 none is.
    /// The default is PHP's `memcached.compression_threshold`, 2000.
    pub min_compress_len: usize,
    /// How hard it tries; with 0 nothing is compressed.
    pub compress_level: CompressLevel,
}

impl Default for PhpMemcached {
    fn default() -> Self {
        Self {
            min_compress_len: if_able(2000),
            compress_level: CompressLevel::default(),
        }
    }
}

const STRING: u32 = 0;
const LONG: u32 = 1;
const DOUBLE: u32 = 2;
const BOOL: u32 = 3;
const SERIALIZED: u32 = 4;
const IGBINARY: u32 = 5;
const JSON: u32 = 6;
const MESSAGE_PACK: u32 = 7;
const TYPE: u32 = 0xf;

const COMPRESSED: u32 = 1 << 4;
const ZLIB: u32 = 1 << 5;
const FASTLZ: u32 = 1 << 6;

/// PHP's `serialize(null)`.
const NULL: &[u8] = b"N;";
/// The same by igbinary: its version, then a type.
const IGBINARY_NULL: &[u8] = b"\0\0\0\x02\0";
const FLOATS: [&str; 3] = ["Infinity", "-Infinity", "NaN"];

impl Codec for PhpMemcached {
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
        let (flags, data) = match value {
            Value::Bytes(data) | Value::Text(data) | Value::Untyped(data) => (STRING, data),
            Value::Integer(number) => match i64::try_from(number) {
                Ok(number) => (LONG, digits(number)),
                Err(_) => return Err(foreign(&value, "PHP, whose integers have 64 bits,")),
            },
            Value::Float(number) => (DOUBLE, float_digits(number, FLOATS)),
            Value::Bool(truth) => (BOOL, Payload::Borrowed(if truth { b"1" } else { b"" })),
            Value::None => (SERIALIZED, Payload::Borrowed(NULL)),
            Value::Serialized(Format::Php, data) => (SERIALIZED, data),
            Value::Serialized(Format::Igbinary, data) => (IGBINARY, data),
            Value::Serialized(Format::Json, data) => (JSON, data),
            Value::Serialized(Format::MessagePack, data) => (MESSAGE_PACK, data),
            other => return Err(foreign(&other, "PHP")),
        };
        let compression = Compression {
            frame: Frame::Zlib,
            flag: COMPRESSED | ZLIB,
            min_len: self.min_compress_len,
            level: self.compress_level,
        };
        let plain = data.clone();
        let stored = compression.apply(flags, data, compress)?;
        Ok(with_len(stored, flags, plain))
    }

    fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
        let data = if flags & COMPRESSED == 0 {
            data
        } else {
            inflate(flags, &data, max_len)?
        };
        let serialized = |format, data| Value::Serialized(format, Payload::Shared(data));
        Ok(match flags & TYPE {
            STRING => Value::Untyped(Payload::Shared(data)),
            LONG => Value::Integer(marked_integer(&data)?),
            DOUBLE => Value::Float(marked_float(&data)?),
            BOOL => Value::Bool(data.first() == Some(&b'1')),
            SERIALIZED if data == NULL => Value::None,
            IGBINARY if data == IGBINARY_NULL => Value::None,
            SERIALIZED => serialized(Format::Php, data),
            IGBINARY => serialized(Format::Igbinary, data),
            JSON => serialized(Format::Json, data),
            MESSAGE_PACK => serialized(Format::MessagePack, data),
            _ => {
                return Err(Error::wrong_type(format!(
                    "the value's flags {flags} tell no type"
                )));
            }
        })
    }

    fn counter_flags(&self) -> u32 {
        LONG
    }
}

/// A compressed value behind the length that it had, if that is shorter than the `plain` one.
fn with_len<'a>(stored: Encoded<'a>, flags: u32, plain: Payload<'a>) -> Encoded<'a> {
    if stored.flags & COMPRESSED == 0 {
        return stored;
    }
    let len = plain.as_slice().len();
    let head = u32::try_from(len).unwrap_or(u32::MAX).to_le_bytes();
    let data = [&head[..], stored.data.as_slice()].concat();
    if data.len() >= len {
        return Encoded { flags, data: plain };
    }
    Encoded {
        data: Payload::Shared(data.into()),
        ..stored
    }
}

/// What a value was before it was compressed, which must be as long as is said in front of it.
fn inflate(flags: u32, data: &Bytes, max_len: usize) -> Result<Bytes, Error> {
    let damaged = || Error::wrong_type("the value is marked as compressed, but cannot be inflated");
    let len = data.first_chunk().ok_or_else(damaged)?;
    let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX);
    if len > max_len {
        let message =
            format!("the value is {len} bytes when it is inflated, {max_len} is the most");
        return Err(Error::new(
            ErrorKind::ValueTooLarge,
            Outcome::Rejected,
            message,
        ));
    }
    let data = rest(data, 4);
    let whole = if flags & ZLIB != 0 {
        Frame::inflate(&data, len).map_err(|error| match error.kind() {
            ErrorKind::ValueTooLarge => damaged(),
            _ => error,
        })?
    } else if flags & FASTLZ != 0 {
        fastlz::inflate(&data, len).ok_or_else(damaged)?
    } else {
        let message = format!("the value's compression (flags {flags}) is neither zlib nor FastLZ");
        return Err(Error::wrong_type(message));
    };
    if whole.len() == len {
        Ok(whole)
    } else {
        Err(damaged())
    }
}
