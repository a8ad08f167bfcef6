//! A client's rules for flags and bytes.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use mc_proto::Payload;

use super::{CompressLevel, Value};
use crate::error::Error;

/// How values are stored: which flags tell which type, and what is compressed.
///
/// A client has one, and all that share values should have the same.
///
/// ```
/// use bytes::Bytes;
/// use mc_client::value::Compress;
/// use mc_client::{Codec, FromValue, IntoValue, Pylibmc};
///
/// let codec = Pylibmc::default();
/// let stored = codec.encode("hello".into_value()?, Compress::default())?;
/// assert_eq!((stored.flags, stored.data.as_slice()), (16, &b"hello"[..]));
///
/// let text = String::decode(&codec, 16, Bytes::from("hello"), 1 << 20)?;
/// assert_eq!(text, "hello");
/// # Ok::<(), mc_client::Error>(())
/// ```
pub trait Codec: fmt::Debug + Send + Sync {
    /// The flags and bytes that `value` is stored as.
    ///
    /// `compress` is the call's own word on compression.
    ///
    /// A [`Value::Stored`] never comes here.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) if this client has no such values.
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error>;

    /// The value that was stored as `flags` and `data`. What is inflated may be `max_len` bytes long.
    ///
    /// # Errors
    /// [`ErrorKind::WrongType`](crate::ErrorKind::WrongType) if the bytes are not what the flags say,
    /// [`ErrorKind::ValueTooLarge`](crate::ErrorKind::ValueTooLarge) if they are longer inflated.
    /// [`Error::miss`] lets a `get` answer that there is no value.
    fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error>;

    /// The flags of a counter, that `incr` or `decr` creates with its initial value.
    ///
    /// Servers count in decimal digits, so these are what is stored, whatever the codec makes of other integers;
    /// with these flags its client reads them, as a number if it can. 0 without a codec's own word.
    fn counter_flags(&self) -> u32 {
        0
    }
}

/// A codec that is shared, or chosen at run time.
impl<C: Codec + ?Sized> Codec for Arc<C> {
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
        C::encode(self, value, compress)
    }

    fn decode(&self, flags: u32, data: Bytes, max_len: usize) -> Result<Value<'static>, Error> {
        C::decode(self, flags, data, max_len)
    }

    fn counter_flags(&self) -> u32 {
        C::counter_flags(self)
    }
}

/// A call's own word on compression; what it leaves open is up to the codec's settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compress {
    /// Values of at least so many bytes are compressed; with 0 none is.
    pub over: Option<usize>,
    /// How hard to try.
    pub level: Option<CompressLevel>,
}

impl Compress {
    /// Not at all.
    pub const NEVER: Self = Self::over(0);

    /// Values of at least so many bytes.
    #[must_use]
    pub const fn over(bytes: usize) -> Self {
        Self {
            over: Some(bytes),
            level: None,
        }
    }
}

/// A value as it is stored: 32 bits of flags and the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded<'a> {
    /// Opaque to the server, given back with the value; the [`Codec`] says what they mean.
    pub flags: u32,
    /// The bytes, borrowed or shared.
    pub data: Payload<'a>,
}

/// A value as it was found, whatever its type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Raw {
    /// The flags that it was stored with.
    pub flags: u32,
    /// The stored bytes.
    pub data: Bytes,
}
