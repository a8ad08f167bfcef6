//! pylibmc's values, and python-memcached's.

use bytes::Bytes;
use mc_proto::Payload;

use super::{Codec, Encoded, Format, Integer, Value, scalar};
use crate::error::Error;

/// pylibmc's rules, the default.
///
/// | value | flags | bytes |
/// |---|--:|---|
/// | bytes | 0 | as they are |
/// | float, `None`, pickle | 1 | a pickle |
/// | bool | 2 | `0` or `1` |
/// | integer | 4 | decimal digits, of any size |
/// | text | 16 | UTF-8 |
/// | … compressed | + 8 | zlib |
///
/// Other bits are ignored. A bool is read as an integer by Python.
///
/// # Source
/// pylibmc `_pylibmcmodule.h`, `PYLIBMC_FLAG_…`, and `_pylibmcmodule.c`, `_PylibMC_serialize_native`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pylibmc {}

const BYTES: u32 = 0;
const PICKLE: u32 = 1;
const BOOL: u32 = 2;
const INTEGER: u32 = 4;
const ZLIB: u32 = 8;
const TEXT: u32 = 16;

/// The bits that tell the type; all others but [`ZLIB`] are ignored.
const TYPE: u32 = PICKLE | BOOL | INTEGER | TEXT;

impl Codec for Pylibmc {
    fn encode<'a>(&self, value: Value<'a>, _: Option<usize>) -> Result<Encoded<'a>, Error> {
        let (flags, data) = match value {
            Value::Bytes(bytes) | Value::Untyped(bytes) => (BYTES, bytes),
            Value::Text(text) => (TEXT, text),
            Value::Bool(truth) => (BOOL, Payload::Borrowed(if truth { b"1" } else { b"0" })),
            Value::Integer(number) => (INTEGER, Payload::Shared(number.to_string().into())),
            Value::Float(number) => (PICKLE, Payload::Shared(scalar::pickle(number))),
            Value::None => (PICKLE, Payload::Borrowed(scalar::PICKLED_NONE)),
            Value::Serialized(Format::Pickle, pickle) => (PICKLE, pickle),
            Value::Stored(stored) => return Ok(stored),
        };
        Ok(Encoded { flags, data })
    }

    fn decode(&self, flags: u32, data: Bytes, _: usize) -> Result<Value<'static>, Error> {
        if flags & ZLIB != 0 {
            let message = format!("the value is compressed by zlib (flags {flags})");
            return Err(Error::wrong_type(message));
        }
        Ok(match flags & TYPE {
            BYTES => Value::Bytes(Payload::Shared(data)),
            TEXT => Value::Text(Payload::Shared(data)),
            BOOL => bool(integer(&data)?),
            INTEGER => Value::Integer(integer(&data)?),
            PICKLE => scalar::unpickle(&data)
                .unwrap_or(Value::Serialized(Format::Pickle, Payload::Shared(data))),
            _ => {
                let message = format!("the value's flags {flags} tell more than one type");
                return Err(Error::wrong_type(message));
            }
        })
    }
}

/// Numbers other than 0 and 1 are stored as a bool by nobody, and read by Python all the same.
fn bool(number: Integer) -> Value<'static> {
    match u8::try_from(number) {
        Ok(0) => Value::Bool(false),
        Ok(1) => Value::Bool(true),
        _ => Value::Integer(number),
    }
}

fn integer(digits: &[u8]) -> Result<Integer, Error> {
    Integer::parse(digits).ok_or_else(|| {
        let shown = digits.get(..digits.len().min(40)).unwrap_or(digits);
        Error::wrong_type(format!(
            "the value is marked as an integer, but \"{}\" is none of at most 128 bits",
            shown.escape_ascii()
        ))
    })
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
            let encoded = Pylibmc::default().encode(value.unwrap(), None).unwrap();
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
