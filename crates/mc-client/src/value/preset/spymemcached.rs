//! spymemcached's values, and xmemcached's.

use bytes::Bytes;
use mc_proto::Payload;

use super::{Compression, bool_digit, foreign};
use crate::error::Error;
use crate::value::compress::{Frame, if_able};
use crate::value::{Codec, Compress, CompressLevel, Encoded, Format, Value};

/// The rules of Java's spymemcached and xmemcached: their `SerializingTranscoder`.
///
/// | value | flags | bytes |
/// |---|--:|---|
/// | text, JSON | 0 | UTF-8 |
/// | serialized Java | 1 | not read |
/// | bool | 0x100 | `0` or `1` |
/// | integer | 0x300, a Java `long`; read from the others, too | the highest first, without the zeros in front |
/// | float | 0x700, a Java `double`; read from 0x600, a `float` | as its bits, which are an integer |
/// | bytes, MessagePack | 0x800 | as they are |
/// | … compressed | + 2 | gzip; zlib is read, too, as xmemcached may write it |
///
/// A Java `int` (0x200) or `byte` (0x500) and a `Date` (0x400, in milliseconds since 1970) are read as integers.
/// An integer is always written as a `long`, so that its class does not change with its size; Java has no others
/// of more than 64 bits. Text is read as a number if one is asked for, as counters are stored so: only one that
/// `incr` or `decr` has created can be counted with.
///
/// # Source
/// spymemcached `net/spy/memcached/transcoders/SerializingTranscoder.java` and `TranscoderUtils.java`;
/// xmemcached `net/rubyeye/xmemcached/transcoders/BaseSerializingTranscoder.java`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spymemcached {
    /// Values of at least so many bytes are compressed, if that makes them shorter; with 0 none is.
    /// The default is theirs: 16385, as they compress beyond 16384.
    pub min_compress_len: usize,
    /// How hard it tries; with 0 nothing is compressed.
    pub compress_level: CompressLevel,
}

impl Default for Spymemcached {
    fn default() -> Self {
        Self {
            min_compress_len: if_able(16_385),
            compress_level: CompressLevel::default(),
        }
    }
}

const TEXT: u32 = 0;
const SERIALIZED: u32 = 1;
const GZIP: u32 = 2;

const BOOLEAN: u32 = 1 << 8;
const INT: u32 = 2 << 8;
const LONG: u32 = 3 << 8;
const DATE: u32 = 4 << 8;
const BYTE: u32 = 5 << 8;
const FLOAT: u32 = 6 << 8;
const DOUBLE: u32 = 7 << 8;
const BYTES: u32 = 8 << 8;
const SPECIAL: u32 = 0xff00;

impl Codec for Spymemcached {
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
        let (flags, data) = match value {
            Value::Text(text) | Value::Untyped(text) => (TEXT, text),
            Value::Serialized(Format::Json, text) => (TEXT, text),
            Value::Bytes(bytes) | Value::Serialized(Format::MessagePack, bytes) => (BYTES, bytes),
            Value::Serialized(Format::Java, object) => (SERIALIZED, object),
            Value::Bool(truth) => (BOOLEAN, bool_digit(truth)),
            Value::Integer(number) => match i64::try_from(number) {
                Ok(number) => (LONG, pack(number.to_be_bytes())),
                Err(_) => return Err(foreign(&value, "Java, whose longs have 64 bits,")),
            },
            Value::Float(number) => (DOUBLE, pack(number.to_be_bytes())),
            other => return Err(foreign(&other, "spymemcached")),
        };
        let compression = Compression {
            frame: Frame::Gzip,
            flag: GZIP,
            min_len: self.min_compress_len,
            level: self.compress_level,
        };
        compression.apply(flags, data, compress)
    }

    fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
        let data = if flags & GZIP == 0 {
            data
        } else {
            Frame::inflate(&data, max_len)?
        };
        if flags & SERIALIZED != 0 {
            return Ok(Value::Serialized(Format::Java, Payload::Shared(data)));
        }
        Ok(match flags & SPECIAL {
            TEXT => Value::Untyped(Payload::Shared(data)),
            BYTES => Value::Bytes(Payload::Shared(data)),
            BOOLEAN => Value::Bool(&data[..] == b"1"),
            INT => Value::Integer(i32::from_be_bytes(unpack(&data)?).into()),
            LONG | DATE => Value::Integer(i64::from_be_bytes(unpack(&data)?).into()),
            BYTE => Value::Integer(i8::from_be_bytes(unpack(&data)?).into()),
            FLOAT => Value::Float(f32::from_be_bytes(unpack(&data)?).into()),
            DOUBLE => Value::Float(f64::from_be_bytes(unpack(&data)?)),
            _ => {
                return Err(Error::wrong_type(format!(
                    "the value's flags {flags} tell no type"
                )));
            }
        })
    }
}

/// A number without the zeros in front.
fn pack(number: [u8; 8]) -> Payload<'static> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    Payload::Shared(Bytes::copy_from_slice(
        number.get(zeros..).unwrap_or_default(),
    ))
}

/// A number with them.
fn unpack<const N: usize>(packed: &[u8]) -> Result<[u8; N], Error> {
    let mut number = [0; N];
    let start = N.checked_sub(packed.len()).ok_or_else(|| {
        let len = packed.len();
        Error::wrong_type(format!(
            "the value is marked as a number of {N} bytes, but has {len}"
        ))
    })?;
    if let Some(end) = number.get_mut(start..) {
        end.copy_from_slice(packed);
    }
    Ok(number)
}
