//! What cannot be read, taken for a miss.

use bytes::Bytes;

use super::{Codec, FromValue, Value};
use crate::error::{Error, ErrorKind};

/// A `T`, where a value that is none is a miss: one of another type, of an older layout, or damaged. One that is too large
/// when it is inflated is an error all the same.
///
/// A cache's values outlive the programs that wrote them. Where a miss is as good, this spares the caller to tell
/// one from the other; errors of servers and connections stay errors.
///
/// ```
/// use mc_client::value::{FromValue, IntoValue, OrMiss};
/// use mc_client::ErrorKind;
///
/// let error = OrMiss::<u64>::from_value("twelve".into_value()?).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Miss); // to a `get`, which answers `None`
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrMiss<T>(pub T);

impl<T: FromValue> FromValue for OrMiss<T> {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        or_miss(T::from_value(value))
    }

    fn decode<C: Codec + ?Sized>(
        codec: &C,
        flags: u32,
        data: Bytes,
        max_len: usize,
    ) -> Result<Self, Error> {
        or_miss(T::decode(codec, flags, data, max_len))
    }
}

fn or_miss<T>(read: Result<T, Error>) -> Result<OrMiss<T>, Error> {
    read.map(OrMiss).map_err(|error| match error.kind() {
        ErrorKind::WrongType => Error::miss().because(error),
        _ => error,
    })
}
