//! Flags and bytes → Rust values.

use bytes::Bytes;

use super::{Kind, ZLIB};
use crate::error::{Error, ErrorKind, Outcome};

/// A type that can be read.
///
/// Implemented for bytes (`Vec<u8>`, [`Bytes`]), text (`String`), `bool` and all integers,
/// and for [`Raw`], which takes any value as it is stored.
///
/// `Bytes` and `Raw` share the buffer that the value was received in, together with its neighbours, and keep
/// all of it alive; the others copy. To hold on to small values for long, take a `Vec<u8>`.
///
/// # Errors
/// [`ErrorKind::WrongType`] if the value was stored as another type, is compressed,
/// or is a number that the type cannot hold; the message names what was found and what was asked for.
///
/// ```
/// use mc_client::{FromValue, IntoValue};
///
/// let text = "hello".into_value();
/// let bytes = bytes::Bytes::from_static(b"hello");
/// assert_eq!(String::from_value(text.flags, bytes.clone()).unwrap(), "hello");
/// let error = u64::from_value(text.flags, bytes).unwrap_err();
/// assert_eq!(error.to_string(), "the value is text (flags 16), an integer was asked for");
/// ```
pub trait FromValue: Sized {
    /// Reads a value from its flags and bytes.
    fn from_value(flags: u32, data: Bytes) -> Result<Self, Error>;
}

/// A value as it is stored, whatever its type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Raw {
    /// The flags that it was stored with.
    pub flags: u32,
    /// The stored bytes.
    pub data: Bytes,
}

impl FromValue for Raw {
    fn from_value(flags: u32, data: Bytes) -> Result<Self, Error> {
        Ok(Self { flags, data })
    }
}

impl FromValue for Bytes {
    fn from_value(flags: u32, data: Bytes) -> Result<Self, Error> {
        expect(flags, &[Kind::Bytes])?;
        Ok(data)
    }
}

impl FromValue for Vec<u8> {
    fn from_value(flags: u32, data: Bytes) -> Result<Self, Error> {
        Bytes::from_value(flags, data).map(|data| data.to_vec())
    }
}

impl FromValue for String {
    fn from_value(flags: u32, data: Bytes) -> Result<Self, Error> {
        expect(flags, &[Kind::Text])?;
        Self::from_utf8(data.to_vec()).map_err(|cause| {
            wrong_type("the value is marked as text but is not UTF-8").because(cause)
        })
    }
}

impl FromValue for bool {
    /// Any integer is read, too: zero is false, as in Python.
    fn from_value(flags: u32, data: Bytes) -> Result<Self, Error> {
        i128::from_value(flags, data).map(|number| number != 0)
    }
}

/// Bools are read as integers, as pylibmc does.
macro_rules! integers {
    ($($type:ty)*) => {$(
        impl FromValue for $type {
            fn from_value(flags: u32, data: Bytes) -> Result<Self, Error> {
                expect(flags, &[Kind::Integer, Kind::Bool])?;
                digits(&data).and_then(|digits| digits.parse().ok()).ok_or_else(|| {
                    let shown = data.get(..data.len().min(40)).unwrap_or_default().escape_ascii();
                    wrong_type(format!("the integer \"{shown}\" is not within {}", stringify!($type)))
                })
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

/// The number's text without the spaces that `decr` pads a stored number with.
fn digits(data: &[u8]) -> Option<&str> {
    str::from_utf8(data.trim_ascii()).ok()
}

/// Checks that `flags` tell one of the types `asked`, uncompressed.
fn expect(flags: u32, asked: &[Kind]) -> Result<(), Error> {
    let kind = Kind::of(flags);
    if flags & ZLIB == 0 && kind.is_some_and(|kind| asked.contains(&kind)) {
        return Ok(());
    }
    let found = kind.map_or_else(|| "of no single type".to_owned(), |kind| kind.to_string());
    let compressed = if flags & ZLIB == 0 {
        ""
    } else {
        ", compressed by zlib"
    };
    let asked = asked[0];
    Err(wrong_type(format!(
        "the value is {found}{compressed} (flags {flags}), {asked} was asked for"
    )))
}

fn wrong_type(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::WrongType, Outcome::Rejected, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::IntoValue;

    fn check<T: FromValue + PartialEq + std::fmt::Debug>(
        flags: u32,
        data: &str,
        expected: Result<T, &str>,
    ) {
        let got = T::from_value(flags, Bytes::copy_from_slice(data.as_bytes()));
        assert_eq!(
            got.map_err(|error| error.to_string()),
            expected.map_err(str::to_owned),
            "{flags} {data:?}"
        );
    }

    #[test]
    fn reads_what_was_asked_for() {
        check(0, "ab", Ok(Bytes::from("ab")));
        check(0, "ab", Ok(b"ab".to_vec()));
        check(16, "é", Ok("é".to_owned()));
        check(4, "-12", Ok(-12i64));
        check(4, "9 ", Ok(9u8));
        check(2, "1", Ok(true));
        check(4, "0", Ok(false));
        check(2, "1", Ok(1u32));
        // Bits that pylibmc does not know are ignored.
        check(0xff00_0010, "x", Ok("x".to_owned()));
        check(
            1 | 8,
            "x",
            Ok(Raw {
                flags: 9,
                data: Bytes::from("x"),
            }),
        );
    }

    /// The buffer that it was received in may be a thousand times as long.
    #[test]
    fn a_copy_takes_no_more_than_it_needs() {
        let received = || {
            let mut buffer = bytes::BytesMut::with_capacity(64 << 10);
            buffer.extend_from_slice(b"hello");
            buffer.freeze()
        };
        assert_eq!(String::from_value(16, received()).unwrap().capacity(), 5);
        let bytes: Vec<u8> = FromValue::from_value(0, received()).unwrap();
        assert_eq!(bytes.capacity(), 5);
    }

    #[test]
    fn names_what_was_found_and_asked() {
        check::<String>(
            0,
            "a",
            Err("the value is bytes (flags 0), text was asked for"),
        );
        check::<Bytes>(
            1,
            "a",
            Err("the value is a Python pickle (flags 1), bytes was asked for"),
        );
        check::<String>(
            24,
            "a",
            Err("the value is text, compressed by zlib (flags 24), text was asked for"),
        );
        check::<i32>(
            20,
            "1",
            Err("the value is of no single type (flags 20), an integer was asked for"),
        );
        check::<u8>(4, "256", Err("the integer \"256\" is not within u8"));
        check::<u8>(4, "", Err("the integer \"\" is not within u8"));
    }

    #[test]
    fn writes_pylibmcs_flags() {
        let rows = [
            ("b".as_bytes().into_value(), 0, "b"),
            ("t".into_value(), 16, "t"),
            (true.into_value(), 2, "1"),
            ((-7i8).into_value(), 4, "-7"),
            (
                u128::MAX.into_value(),
                4,
                "340282366920938463463374607431768211455",
            ),
        ];
        for (encoded, flags, data) in rows {
            assert_eq!(
                (encoded.flags, encoded.data.as_slice()),
                (flags, data.as_bytes())
            );
        }
    }
}
