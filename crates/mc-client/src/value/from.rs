//! Rust types that can be read.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use mc_proto::Payload;

use super::{Codec, Encoded, Integer, Raw, Value};
use crate::error::Error;

/// A type that can be read.
///
/// Implemented for bytes (`Vec<u8>`, [`Bytes`], …), text (`String`, …), `bool`, all integers and floats, for
/// `Option` of each, whose `None` is Python's, for [`Value`], which any value can be read as, and for [`Raw`],
/// which takes flags and bytes untouched.
///
/// `Bytes` and `Raw` share the buffer that the value was received in, together with its neighbours, and keep
/// all of it alive; the others copy. To hold on to small values for long, take a `Vec<u8>`.
///
/// # Errors
/// [`ErrorKind::WrongType`](crate::ErrorKind::WrongType) if the value was stored as another type, or is a number
/// that the type cannot hold; the message names what was found and what was asked for.
/// [`Error::miss`] lets a `get` answer that there is no value.
///
/// ```
/// use mc_client::{FromValue, IntoValue};
///
/// assert_eq!(String::from_value("hello".into_value()?)?, "hello");
/// let error = u64::from_value("hello".into_value()?).unwrap_err();
/// assert_eq!(error.to_string(), "the value is text, an integer was asked for");
/// # Ok::<(), mc_client::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a value cannot be read as `{Self}`",
    label = "no type of a value",
    note = "wrap it in `Json` (feature `serde`), `MessagePack` (`msgpack`) or `Pickle` (`pickle`), or implement `FromValue`"
)]
pub trait FromValue: Sized {
    /// Reads a value.
    fn from_value(value: Value<'static>) -> Result<Self, Error>;

    /// Reads a value from its flags and bytes; what is inflated may be `max_len` bytes long.
    ///
    /// A type around one that reads them in a way of its own ([`Raw`], [`OrMiss`](crate::value::OrMiss)) hands this on to it.
    #[inline(always)]
    fn decode<C: Codec + ?Sized>(
        codec: &C,
        flags: u32,
        data: Bytes,
        max_len: usize,
    ) -> Result<Self, Error> {
        Self::from_value(codec.decode(flags, data, max_len)?)
    }
}

impl FromValue for Value<'static> {
    fn from_value(value: Self) -> Result<Self, Error> {
        Ok(value)
    }
}

impl FromValue for Raw {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        let Value::Stored(Encoded { flags, data }) = value else {
            return Err(value.is_not("flags and bytes"));
        };
        let data = shared(data);
        Ok(Self { flags, data })
    }

    fn decode<C: Codec + ?Sized>(_: &C, flags: u32, data: Bytes, _: usize) -> Result<Self, Error> {
        Ok(Self { flags, data })
    }
}

impl FromValue for Bytes {
    #[inline(always)]
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        match value {
            Value::Bytes(bytes) | Value::Untyped(bytes) => Ok(shared(bytes)),
            other => Err(other.is_not("bytes")),
        }
    }
}

impl FromValue for String {
    #[inline]
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        match value {
            Value::Text(bytes) | Value::Untyped(bytes) => Self::from_utf8(copied(&bytes))
                .map_err(|cause| Error::wrong_type("the text is not UTF-8").because(cause)),
            other => Err(other.is_not("text")),
        }
    }
}

/// Any integer is read, too: zero is false, as in Python.
impl FromValue for bool {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        match value {
            Value::Bool(truth) => Ok(truth),
            other => integer(&other, "a bool").map(|number| !number.is_zero()),
        }
    }
}

/// An integer is read, too, and rounded to the nearest float.
impl FromValue for f64 {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        match &value {
            Value::Float(number) => Ok(*number),
            Value::Untyped(text) => parse(text).ok_or_else(|| value.is_not("a float")),
            other => integer(other, "a float").map(Integer::to_f64),
        }
    }
}

/// Rounded to the nearest. A float beyond the largest is none.
impl FromValue for f32 {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        if let Value::Integer(number) = &value {
            return Ok(number.to_f32());
        }
        let number = f64::from_value(value)?;
        let nearest = number as Self;
        match number.is_finite() && nearest.is_infinite() {
            true => Err(Error::wrong_type(format!(
                "the value is the float {number:e}, one of 32 bits was asked for"
            ))),
            false => Ok(nearest),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        match value {
            Value::None => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }

    /// What `T` reads in a way of its own, such as [`Raw`], it reads here, too.
    fn decode<C: Codec + ?Sized>(
        codec: &C,
        flags: u32,
        data: Bytes,
        max_len: usize,
    ) -> Result<Self, Error> {
        let value = codec.decode(flags, data.clone(), max_len);
        let read = value.and_then(Self::from_value);
        read.or_else(|_| T::decode(codec, flags, data, max_len).map(Some))
    }
}

/// A bool is read as 0 or 1, as in Python.
macro_rules! integers {
    ($($type:ty)*) => {$(
        impl FromValue for $type {
            fn from_value(value: Value<'static>) -> Result<Self, Error> {
                integer(&value, "an integer")?.try_into()
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// Types that are read as another and made of it.
macro_rules! by_way_of {
    ($($type:ty: $other:ty, |$it:ident| $made:expr;)*) => {$(
        impl FromValue for $type {
            fn from_value(value: Value<'static>) -> Result<Self, Error> {
                let $it = <$other>::from_value(value)?;
                Ok($made)
            }
        }
    )*};
}

by_way_of! {
    Vec<u8>: Bytes, |it| it.to_vec();
    Box<[u8]>: Bytes, |it| it.as_ref().into();
    BytesMut: Bytes, |it| it.into();
    Cow<'static, [u8]>: Vec<u8>, |it| it.into();
    Box<str>: String, |it| it.into();
    Arc<str>: String, |it| it.into();
    Cow<'static, str>: String, |it| it.into();
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        let bytes = Bytes::from_value(value)?;
        bytes.as_ref().try_into().map_err(|_| {
            let len = bytes.len();
            Error::wrong_type(format!("the value is {len} bytes, {N} were asked for"))
        })
    }
}

fn integer(value: &Value<'_>, asked: &str) -> Result<Integer, Error> {
    match value {
        Value::Integer(number) => Ok(*number),
        Value::Bool(truth) => Ok(u8::from(*truth).into()),
        Value::Untyped(text) => Integer::parse(text.as_slice()).ok_or_else(|| value.is_not(asked)),
        other => Err(other.is_not(asked)),
    }
}

fn parse(text: &Payload<'_>) -> Option<f64> {
    str::from_utf8(text.as_slice()).ok()?.trim().parse().ok()
}

/// The bytes, which stay where they are.
#[inline]
fn shared(bytes: Payload<'static>) -> Bytes {
    match bytes {
        Payload::Borrowed(bytes) => Bytes::from_static(bytes),
        Payload::Shared(bytes) => bytes,
    }
}

/// The bytes alone: the buffer that they were received in may be a thousand times as long.
fn copied(bytes: &Payload<'_>) -> Vec<u8> {
    bytes.as_slice().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::IntoValue;

    fn check<T: FromValue + PartialEq + std::fmt::Debug>(
        given: impl IntoValue<'static>,
        expected: Result<T, &str>,
    ) {
        let value = given.into_value().unwrap();
        let got = T::from_value(value.clone()).map_err(|error| error.to_string());
        assert_eq!(got, expected.map_err(str::to_owned), "{value:?}");
    }

    fn untyped(text: &'static str) -> Value<'static> {
        Value::Untyped(Payload::Borrowed(text.as_bytes()))
    }

    #[test]
    fn reads_what_was_asked_for() {
        check("ab".as_bytes(), Ok(Bytes::from("ab")));
        check("ab".as_bytes(), Ok(b"ab".to_vec()));
        check("ab".as_bytes(), Ok(Box::<[u8]>::from(*b"ab")));
        check("ab".as_bytes(), Ok(BytesMut::from("ab")));
        check("ab".as_bytes(), Ok(*b"ab"));
        check("ab".as_bytes(), Ok(Cow::Borrowed(&b"ab"[..])));
        check("é", Ok("é".to_owned()));
        check("é", Ok(Box::<str>::from("é")));
        check("é", Ok(Arc::<str>::from("é")));
        check("é", Ok(Cow::Borrowed("é")));
        check(-12, Ok(-12i64));
        check(true, Ok(true));
        check(1.5, Ok(1.5f64));
        check(1.5, Ok(1.5f32));
        check(Some(7), Ok(Some(7u8)));
        check(None::<u8>, Ok(None::<u8>));
        check("any", Ok(Value::Text(Payload::Borrowed(b"any"))));
    }

    #[test]
    fn numbers_are_read_as_python_computes_with_them() {
        check(0, Ok(false));
        check(-2, Ok(true));
        check(true, Ok(1u32));
        check(3, Ok(3.0f64));
        check(true, Ok(1.0f64));
        check(-3, Ok(-3.0f64));
    }

    #[test]
    fn a_string_without_a_type_is_what_it_is_asked_for_as() {
        check(untyped("7"), Ok(Bytes::from("7")));
        check(untyped("7"), Ok("7".to_owned()));
        check(untyped("7 "), Ok(7u8));
        check(untyped("7"), Ok(7.0f64));
        check(untyped("1"), Ok(true));
        check::<u8>(
            untyped("x"),
            Err("the value is a string, an integer was asked for"),
        );
        check::<f64>(
            untyped("x"),
            Err("the value is a string, a float was asked for"),
        );
    }

    #[test]
    fn names_what_was_found_and_asked() {
        check::<String>(b"a", Err("the value is bytes, text was asked for"));
        check::<Bytes>("a", Err("the value is text, bytes was asked for"));
        check::<i32>(1.5, Err("the value is a float, an integer was asked for"));
        check::<bool>("a", Err("the value is text, a bool was asked for"));
        check::<f64>("a", Err("the value is text, a float was asked for"));
        check::<u8>(
            None::<u8>,
            Err("the value is None, an integer was asked for"),
        );
        check::<u8>(256, Err("the integer 256 is not within u8"));
        check::<[u8; 3]>(b"ab", Err("the value is 2 bytes, 3 were asked for"));
        check::<Raw>("a", Err("the value is text, flags and bytes was asked for"));
        let invalid = Value::Text(Payload::Borrowed(b"\xff"));
        check::<String>(invalid, Err("the text is not UTF-8"));
    }

    #[test]
    fn floats_of_32_bits() {
        let number = 1_152_921_573_326_323_713_i64;
        check::<f32>(number, Ok(number as f32));
        check::<f32>(
            1e300,
            Err("the value is the float 1e300, one of 32 bits was asked for"),
        );
        check::<f32>(f64::INFINITY, Ok(f32::INFINITY));
    }

    #[test]
    fn flags_and_bytes_are_optional_too() {
        let decode = |flags, data: &'static [u8]| {
            let codec = crate::Pylibmc::default();
            Option::<Raw>::decode(&codec, flags, data.into(), 100)
        };
        let raw = |flags, data: &'static [u8]| Raw {
            flags,
            data: data.into(),
        };
        assert_eq!(decode(16, b"text").unwrap(), Some(raw(16, b"text")));
        assert_eq!(decode(0xffff, b"?").unwrap(), Some(raw(0xffff, b"?")));
    }

    /// The buffer that it was received in may be a thousand times as long.
    #[test]
    fn a_copy_takes_no_more_than_it_needs() {
        let received = || {
            let mut buffer = BytesMut::with_capacity(64 << 10);
            buffer.extend_from_slice(b"hello");
            Payload::Shared(buffer.freeze())
        };
        let text = String::from_value(Value::Text(received())).unwrap();
        assert_eq!(text.capacity(), 5);
        let bytes = Vec::<u8>::from_value(Value::Bytes(received())).unwrap();
        assert_eq!(bytes.capacity(), 5);
    }
}
