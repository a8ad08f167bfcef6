//! Rust types that can be stored.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use mc_proto::Payload;

use super::{Encoded, Integer, Raw, Value};
use crate::error::Error;

/// A type that can be stored.
///
/// Implemented for bytes (`&[u8]`, `[u8; N]`, `Vec<u8>`, [`Bytes`], …), text (`&str`, `String`, …), `bool`, all
/// integers and floats, and for `Option` of each, whose `None` is Python's. [`Encoded`] and [`Raw`] store any
/// flags with any bytes.
///
/// What is borrowed stays borrowed, what is owned is not copied.
///
/// ```
/// use mc_client::{IntoValue, Value};
///
/// assert_eq!(42.into_value()?, Value::Integer(42.into()));
/// assert_eq!(None::<u64>.into_value()?, Value::None);
/// # Ok::<(), mc_client::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored as it is",
    label = "no value",
    note = "wrap it in `Json` (feature `serde`), `MessagePack` (`msgpack`) or `Pickle` (`pickle`), or implement `IntoValue`"
)]
pub trait IntoValue<'a> {
    /// The value to store.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) if it cannot be serialized.
    fn into_value(self) -> Result<Value<'a>, Error>;
}

macro_rules! into_value {
    ($($type:ty: |$it:pat_param| $value:expr;)*) => {$(
        impl<'a> IntoValue<'a> for $type {
            fn into_value(self) -> Result<Value<'a>, Error> {
                let $it = self;
                Ok($value)
            }
        }
    )*};
}

into_value! {
    &'a [u8]: |it| Value::Bytes(Payload::Borrowed(it));
    &'a Vec<u8>: |it| Value::Bytes(Payload::Borrowed(it));
    Vec<u8>: |it| Value::Bytes(Payload::Shared(it.into()));
    Box<[u8]>: |it| Value::Bytes(Payload::Shared(it.into()));
    Bytes: |it| Value::Bytes(Payload::Shared(it));
    &'a Bytes: |it| Value::Bytes(Payload::Shared(it.clone()));
    BytesMut: |it| Value::Bytes(Payload::Shared(it.freeze()));

    &'a str: |it| Value::Text(Payload::Borrowed(it.as_bytes()));
    &'a String: |it| Value::Text(Payload::Borrowed(it.as_bytes()));
    String: |it| Value::Text(Payload::Shared(it.into()));
    Box<str>: |it| Value::Text(Payload::Shared(it.into_boxed_bytes().into()));
    &'a Arc<str>: |it| Value::Text(Payload::Borrowed(it.as_bytes()));

    bool: |it| Value::Bool(it);
    &'a bool: |it| Value::Bool(*it);
    f32: |it| Value::Float(it.into());
    &'a f32: |it| Value::Float((*it).into());
    f64: |it| Value::Float(it);
    &'a f64: |it| Value::Float(*it);

    Value<'a>: |it| it;
    Encoded<'a>: |it| Value::Stored(it);
    Raw: |Raw { flags, data }| Value::Stored(Encoded { flags, data: Payload::Shared(data) });
}

macro_rules! integers {
    ($($type:ty)*) => { into_value! { $(
        $type: |it| Value::Integer(Integer::from(it));
        &'a $type: |it| Value::Integer(Integer::from(*it));
    )* } };
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);

impl<'a, const N: usize> IntoValue<'a> for &'a [u8; N] {
    fn into_value(self) -> Result<Value<'a>, Error> {
        self.as_slice().into_value()
    }
}

impl<'a, const N: usize> IntoValue<'a> for [u8; N] {
    fn into_value(self) -> Result<Value<'a>, Error> {
        Bytes::copy_from_slice(&self).into_value()
    }
}

impl<'a> IntoValue<'a> for Cow<'a, [u8]> {
    fn into_value(self) -> Result<Value<'a>, Error> {
        match self {
            Self::Borrowed(bytes) => bytes.into_value(),
            Self::Owned(bytes) => bytes.into_value(),
        }
    }
}

impl<'a> IntoValue<'a> for Cow<'a, str> {
    fn into_value(self) -> Result<Value<'a>, Error> {
        match self {
            Self::Borrowed(text) => text.into_value(),
            Self::Owned(text) => text.into_value(),
        }
    }
}

impl<'a, T: IntoValue<'a>> IntoValue<'a> for Option<T> {
    fn into_value(self) -> Result<Value<'a>, Error> {
        self.map_or(Ok(Value::None), T::into_value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<'a>(given: impl IntoValue<'a>, expected: Value<'_>) {
        assert_eq!(given.into_value().unwrap(), expected);
    }

    #[test]
    fn each_type_is_the_value_that_it_says() {
        let bytes = || Value::Bytes(Payload::Borrowed(b"ab"));
        let (vec, shared) = (b"ab".to_vec(), Bytes::from("ab"));
        check(&b"ab"[..], bytes());
        check(b"ab", bytes());
        check(*b"ab", bytes());
        check(&vec, bytes());
        check(vec, bytes());
        check(Box::<[u8]>::from(*b"ab"), bytes());
        check(&shared, bytes());
        check(shared, bytes());
        check(BytesMut::from("ab"), bytes());
        check(Cow::Borrowed(&b"ab"[..]), bytes());
        check(Cow::<[u8]>::Owned(b"ab".to_vec()), bytes());

        let text = || Value::Text(Payload::Borrowed(b"ab"));
        let (string, arc) = ("ab".to_owned(), Arc::<str>::from("ab"));
        check("ab", text());
        check(&string, text());
        check(string, text());
        check(Box::<str>::from("ab"), text());
        check(&arc, text());
        check(Cow::Borrowed("ab"), text());
        check(Cow::<str>::Owned("ab".to_owned()), text());

        check(true, Value::Bool(true));
        check(-1i8, Value::Integer((-1).into()));
        check(1.5f32, Value::Float(1.5));
        let (number, float) = &(u128::MAX, 1.5);
        check(number, Value::Integer((*number).into()));
        check(float, Value::Float(*float));
        check(Some("ab"), text());
        check(None::<&str>, Value::None);

        let (flags, data) = (9, Bytes::from("x"));
        let stored = || Encoded {
            flags,
            data: Payload::Borrowed(b"x"),
        };
        check(stored(), Value::Stored(stored()));
        check(Raw { flags, data }, Value::Stored(stored()));
    }

    #[test]
    fn nothing_is_copied_that_need_not_be() {
        let text = "borrowed".to_owned();
        let Value::Text(Payload::Borrowed(bytes)) = (&text).into_value().unwrap() else {
            panic!("a &String is borrowed");
        };
        assert_eq!(bytes.as_ptr(), text.as_ptr());
        let at = text.as_ptr();
        let Value::Text(Payload::Shared(bytes)) = text.into_value().unwrap() else {
            panic!("a String is kept");
        };
        assert_eq!(bytes.as_ptr(), at);
    }
}
