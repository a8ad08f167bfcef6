//! pymemcache's values.

use bytes::Bytes;
use mc_proto::Payload;

use super::{Compression, digits, foreign, marked_integer, pickle};
use crate::error::Error;
use crate::value::compress::Frame;
use crate::value::{Codec, Compress, CompressLevel, Encoded, Format, Value};

/// pymemcache's rules: its `pickle_serde`, alone or in a `CompressedSerde`.
///
/// | value | flags | bytes |
/// |---|--:|---|
/// | bytes, MessagePack | 0 | as they are |
/// | bool, float, `None`, pickle | 1 | a pickle |
/// | integer | 2, read from 4, too | decimal digits |
/// | text, JSON | 16 | UTF-8 |
/// | … compressed | + 8 | zlib |
///
/// Where more than one type is told, text counts before integer, and that before pickle. Other bits are ignored.
///
/// # Source
/// pymemcache `pymemcache/serde.py`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pymemcache {
    /// Values of at least so many bytes are compressed, if that makes them shorter; with 0, the default, none is.
    /// Only a client with a `CompressedSerde` reads them, whose own default is 400.
    pub min_compress_len: usize,
    /// How hard it tries; with 0 nothing is compressed.
    pub compress_level: CompressLevel,
}

const BYTES: u32 = 0;
const PICKLE: u32 = 1;
const INTEGER: u32 = 2;
const LONG: u32 = 4;
const ZLIB: u32 = 8;
const TEXT: u32 = 16;

impl Codec for Pymemcache {
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
        let (flags, data) = match value {
            Value::Bytes(bytes) | Value::Untyped(bytes) => (BYTES, bytes),
            Value::Serialized(Format::MessagePack, bytes) => (BYTES, bytes),
            Value::Text(text) | Value::Serialized(Format::Json, text) => (TEXT, text),
            Value::Integer(number) => (INTEGER, digits(number)),
            Value::Bool(truth) => (PICKLE, Payload::Borrowed(pickle::of_bool(truth))),
            Value::Float(number) => (PICKLE, Payload::Shared(pickle::of_float(number))),
            Value::None => (PICKLE, Payload::Borrowed(pickle::OF_NONE)),
            Value::Serialized(Format::Pickle, pickle) => (PICKLE, pickle),
            other => return Err(foreign(&other, "pymemcache")),
        };
        let compression = Compression {
            frame: Frame::Zlib,
            flag: ZLIB,
            min_len: self.min_compress_len,
            level: self.compress_level,
        };
        compression.apply(flags, data, compress)
    }

    fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
        let data = if flags & ZLIB == 0 {
            data
        } else {
            Frame::inflate(&data, max_len)?
        };
        Ok(if flags & TEXT != 0 {
            Value::Text(Payload::Shared(data))
        } else if flags & (INTEGER | LONG) != 0 {
            Value::Integer(marked_integer(&data)?)
        } else if flags & PICKLE != 0 {
            pickle::read(data)
        } else {
            Value::Bytes(Payload::Shared(data))
        })
    }

    fn counter_flags(&self) -> u32 {
        INTEGER
    }
}
