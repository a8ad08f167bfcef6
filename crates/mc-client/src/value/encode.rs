//! Rust values → flags and bytes.

use bytes::Bytes;
use mc_proto::Payload;

use super::Kind;

/// A value as it is stored: 32 bits of flags and the bytes.
#[derive(Debug, Clone)]
pub struct Encoded<'a> {
    /// Opaque to the server, given back with the value; see [the table](super).
    pub flags: u32,
    /// The bytes, borrowed or shared.
    pub data: Payload<'a>,
}

/// A type that can be stored.
///
/// Implemented for bytes (`&[u8]`, `&[u8; N]`, `Vec<u8>`, [`Bytes`]), text (`&str`, `String`),
/// `bool` and all integers. [`Encoded`] itself stores any flags with any bytes.
///
/// ```
/// use mc_client::IntoValue;
///
/// let stored = 42.into_value();
/// assert_eq!((stored.flags, stored.data.as_slice()), (4, &b"42"[..]));
/// ```
pub trait IntoValue<'a> {
    /// The flags and bytes to store.
    fn into_value(self) -> Encoded<'a>;
}

impl<'a> IntoValue<'a> for Encoded<'a> {
    fn into_value(self) -> Self {
        self
    }
}

/// Types whose bytes are there already, borrowed or owned.
macro_rules! as_they_are {
    ($($type:ty: $kind:ident, |$it:ident| $data:expr;)*) => {$(
        impl<'a> IntoValue<'a> for $type {
            fn into_value(self) -> Encoded<'a> {
                let $it = self;
                Encoded { flags: Kind::$kind as u32, data: $data }
            }
        }
    )*};
}

as_they_are! {
    &'a [u8]: Bytes, |it| Payload::Borrowed(it);
    &'a Vec<u8>: Bytes, |it| Payload::Borrowed(it);
    Vec<u8>: Bytes, |it| Payload::Shared(it.into());
    Bytes: Bytes, |it| Payload::Shared(it);
    &'a str: Text, |it| Payload::Borrowed(it.as_bytes());
    &'a String: Text, |it| Payload::Borrowed(it.as_bytes());
    String: Text, |it| Payload::Shared(it.into());
    bool: Bool, |it| Payload::Borrowed(if it { b"1" } else { b"0" });
}

impl<'a, const N: usize> IntoValue<'a> for &'a [u8; N] {
    fn into_value(self) -> Encoded<'a> {
        self.as_slice().into_value()
    }
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl<'a> IntoValue<'a> for $type {
            fn into_value(self) -> Encoded<'a> {
                Encoded { flags: Kind::Integer as u32, data: Payload::Shared(self.to_string().into()) }
            }
        }
    )*};
}

integers!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
