//! A client's codec with its limit: what its commands store and read values by.

use std::any::Any;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use mc_proto::{Limits, Payload, SendError};

use super::{Codec, Compress, Encoded, FromValue, Pylibmc, Value};
use crate::error::{Error, ErrorKind};

/// How a client stores its values.
#[derive(Debug, Clone)]
pub struct Values {
    codec: Chosen,
    /// The longest value, as it is stored; 1 MiB unless set.
    pub(crate) max_len: usize,
}

/// The codec. The one that most clients have is known to the compiler, which makes each value cheaper.
#[derive(Debug, Clone)]
enum Chosen {
    Pylibmc(Pylibmc),
    Other(Arc<dyn Codec>),
}

/// How many times as long as the longest stored value one may be when it is inflated.
///
/// zlib makes a megabyte of zeros one thousandth as long; what is worth its place in a cache is seldom below
/// one fiftieth.
const INFLATED: usize = 64;

impl Default for Values {
    fn default() -> Self {
        Self {
            codec: Chosen::Pylibmc(Pylibmc::default()),
            max_len: Limits::default().max_value_len,
        }
    }
}

impl Chosen {
    fn encode<'a>(&self, value: Value<'a>, compress: Compress) -> Result<Encoded<'a>, Error> {
        match self {
            Self::Pylibmc(codec) => codec.encode(value, compress),
            Self::Other(codec) => codec.encode(value, compress),
        }
    }
}

impl Values {
    /// Stores values as another codec says from now on.
    pub(crate) fn set_codec(&mut self, codec: impl Codec + 'static) {
        self.codec = match (&codec as &dyn Any).downcast_ref() {
            Some(pylibmc) => Chosen::Pylibmc(*pylibmc),
            None => Chosen::Other(Arc::new(codec)),
        };
    }

    /// Makes flags and bytes of a value, where it lies; see [`Codec::encode`].
    #[inline]
    pub(crate) fn encode(&self, value: &mut Value<'_>, compress: Compress) -> Result<(), Error> {
        if let Value::Stored(_) = value {
            return Ok(());
        }
        let plain = match &self.codec {
            Chosen::Pylibmc(codec) => codec.take_plain(value, compress),
            Chosen::Other(_) => None,
        };
        let stored = match plain {
            Some(stored) => stored,
            None => {
                self.check_plain_len(value)?;
                let value = mem::replace(value, Value::None);
                self.codec.encode(value, compress)?
            }
        };
        // Nothing is left in it to drop.
        mem::forget(mem::replace(value, Value::Stored(stored)));
        Ok(())
    }

    /// What is compressed must not be longer than what is read back.
    fn check_plain_len(&self, value: &Value<'_>) -> Result<(), Error> {
        let max = self.max_len.saturating_mul(INFLATED);
        let (Value::Bytes(plain)
        | Value::Text(plain)
        | Value::Untyped(plain)
        | Value::Serialized(_, plain)) = value
        else {
            return Ok(());
        };
        let len = plain.as_slice().len();
        match len > max {
            true => Err(Error::unsendable(&SendError::ValueTooLarge { len, max })),
            false => Ok(()),
        }
    }

    /// Whether so many bytes may be stored.
    #[inline]
    pub(crate) fn check_len(&self, len: usize) -> Result<(), Error> {
        let max = self.max_len.min(Limits::LONGEST_VALUE);
        match len > max {
            true => Err(Error::unsendable(&SendError::ValueTooLarge { len, max })),
            false => Ok(()),
        }
    }

    /// What is stored for a new counter; see [`Codec::counter_flags`].
    pub(crate) fn counter(&self, number: u64) -> Encoded<'static> {
        Encoded {
            flags: match &self.codec {
                Chosen::Pylibmc(codec) => codec.counter_flags(),
                Chosen::Other(codec) => codec.counter_flags(),
            },
            data: Payload::Shared(number.to_string().into()),
        }
    }

    /// What an item is to its reader: a `T`, or a miss if the codec or the type says so.
    #[inline(always)]
    pub(crate) fn decode<T: FromValue>(&self, flags: u32, data: Bytes) -> Result<Option<T>, Error> {
        let max_len = self.max_len.saturating_mul(INFLATED);
        match &self.codec {
            // What most values have: where it is known, nothing is left of the codec but a move.
            Chosen::Pylibmc(codec) if flags == 0 => or_miss(T::decode(codec, 0, data, max_len)),
            Chosen::Pylibmc(codec) => or_miss(T::decode(codec, flags, data, max_len)),
            Chosen::Other(codec) => or_miss(T::decode(&**codec, flags, data, max_len)),
        }
    }
}

#[inline(always)]
fn or_miss<T>(decoded: Result<T, Error>) -> Result<Option<T>, Error> {
    match decoded {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::Miss => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes everything for a miss.
    #[derive(Debug)]
    struct Old;

    impl Codec for Old {
        fn encode<'a>(&self, _: Value<'a>, _: Compress) -> Result<Encoded<'a>, Error> {
            Err(Error::unstorable("nothing is stored"))
        }

        fn decode(&self, _: u32, _: Bytes, _: usize) -> Result<Value<'static>, Error> {
            Err(Error::miss())
        }
    }

    #[test]
    fn a_codec_can_say_miss() {
        let mut values = Values::default();
        values.set_codec(Old);
        let found = values.decode::<String>(16, Bytes::from("text"));
        assert_eq!(found.unwrap(), None);
    }

    #[test]
    fn other_errors_stay_errors() {
        let found = Values::default().decode::<String>(0, Bytes::from("bytes"));
        assert_eq!(found.unwrap_err().kind(), ErrorKind::WrongType);
    }

    #[test]
    fn no_codec_touches_what_is_stored_as_it_is() {
        let mut values = Values::default();
        values.set_codec(Old);
        let stored = Encoded {
            flags: 7,
            data: Payload::Borrowed(b"x"),
        };
        let mut value = Value::Stored(stored.clone());
        values.encode(&mut value, Compress::default()).unwrap();
        assert_eq!(value, Value::Stored(stored));
    }
}
