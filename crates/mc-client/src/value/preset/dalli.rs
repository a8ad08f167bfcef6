//! Dalli's values.

use bytes::Bytes;
use mc_proto::Payload;

use super::{Compression, digits, float_digits, foreign, marshal};
use crate::error::Error;
use crate::value::compress::{Frame, if_able};
use crate::value::{Codec, Compress, CompressLevel, Encoded, Format, Integer, Value};

/// The rules of Ruby's Dalli.
///
/// | value | flags | bytes |
/// |---|--:|---|
/// | all, by Dalli's default | 1 | Ruby's `Marshal` of it |
/// | all but text and bytes, if it is told so | 1 | JSON, see [`serializer`](Self::serializer) |
/// | bytes; text, counters and `raw` values when read | 0 | as they are; what they are asked for as |
/// | text, if Dalli is told `string_fastpath` | 4 | UTF-8 |
/// | … compressed | + 2 | zlib; gzip is read, too, for its `GzipCompressor` |
///
/// Of what Ruby marshals, strings, numbers, `true`, `false` and `nil` are read and written; the rest is left alone.
/// A counter is raw, as Dalli's own are: only one that `incr` or `decr` has created can be counted with.
/// JSON goes to a Ruby that marshals as the string that it is.
///
/// # Source
/// Dalli 5 `lib/dalli/flags.rb`, `lib/dalli/protocol/value_serializer.rb` and `value_compressor.rb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dalli {
    /// What Dalli's own `serializer` is.
    pub serializer: DalliSerializer,
    /// Values of at least so many bytes are compressed, if that makes them shorter; with 0 none is.
    /// The default is Dalli's `compression_min_size`, 4096.
    pub min_compress_len: usize,
    /// How hard it tries; with 0 nothing is compressed.
    pub compress_level: CompressLevel,
}

/// What Dalli serializes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DalliSerializer {
    /// Ruby's `Marshal`, its default.
    #[default]
    Marshal,
    /// `serializer: JSON`. Text and bytes are written as `string_fastpath` does, which every Dalli reads.
    Json,
}

impl Default for Dalli {
    fn default() -> Self {
        Self {
            serializer: DalliSerializer::default(),
            min_compress_len: if_able(4096),
            compress_level: CompressLevel::default(),
        }
    }
}

const RAW: u32 = 0;
const SERIALIZED: u32 = 1;
const COMPRESSED: u32 = 2;
const UTF_8: u32 = 4;

impl Codec for Dalli {
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
        let (flags, data) = match self.serializer {
            DalliSerializer::Marshal => marshalled(value)?,
            DalliSerializer::Json => as_json(value)?,
        };
        let compression = Compression {
            frame: Frame::Zlib,
            flag: COMPRESSED,
            min_len: self.min_compress_len,
            level: self.compress_level,
        };
        compression.apply(flags, data, compress)
    }

    fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
        let data = if flags & COMPRESSED == 0 {
            data
        } else {
            Frame::inflate(&data, max_len)?
        };
        Ok(if flags & SERIALIZED != 0 {
            match self.serializer {
                DalliSerializer::Marshal => marshal::read(data),
                DalliSerializer::Json => from_json(data),
            }
        } else if flags & UTF_8 != 0 {
            Value::Text(Payload::Shared(data))
        } else {
            Value::Untyped(Payload::Shared(data))
        })
    }
}

fn marshalled(value: Value<'_>) -> Result<(u32, Payload<'_>), Error> {
    let value = match value {
        Value::Untyped(bytes) => return Ok((RAW, bytes)),
        Value::Serialized(Format::Marshal, dump) => return Ok((SERIALIZED, dump)),
        Value::Serialized(Format::Json, text) => Value::Text(text),
        Value::Serialized(Format::MessagePack, bytes) => Value::Bytes(bytes),
        value => value,
    };
    match marshal::of(&value) {
        Some(dump) => Ok((SERIALIZED, Payload::Shared(dump))),
        None => Err(foreign(&value, "Dalli")),
    }
}

fn as_json(value: Value<'_>) -> Result<(u32, Payload<'_>), Error> {
    Ok(match value {
        Value::Text(text) => (UTF_8, text),
        Value::Bytes(bytes) | Value::Untyped(bytes) => (RAW, bytes),
        Value::Serialized(Format::MessagePack, bytes) => (RAW, bytes),
        Value::Serialized(Format::Json, text) => (SERIALIZED, text),
        Value::None => (SERIALIZED, Payload::Borrowed(b"null")),
        Value::Bool(truth) => (SERIALIZED, digits(truth)),
        Value::Integer(number) => (SERIALIZED, digits(number)),
        Value::Float(number) if number.is_finite() => {
            (SERIALIZED, float_digits(number, Default::default()))
        }
        other => return Err(foreign(&other, "JSON")),
    })
}

/// A number, a bool or `null`, or the JSON as it is.
fn from_json(json: Bytes) -> Value<'static> {
    let text = str::from_utf8(&json).unwrap_or_default();
    let float = || text.parse().ok().filter(|number: &f64| number.is_finite());
    match text {
        "null" => Value::None,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match (Integer::parse(&json), float()) {
            (Some(number), _) => Value::Integer(number),
            (None, Some(number)) => Value::Float(number),
            (None, None) => Value::Serialized(Format::Json, Payload::Shared(json)),
        },
    }
}
