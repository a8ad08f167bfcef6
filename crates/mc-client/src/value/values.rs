//! A client's codec with its limit: what its commands store and read values by.

use std::sync::Arc;

use bytes::Bytes;
use mc_proto::{Limits, Payload, SendError};

use super::{Codec, Compress, Encoded, FromValue, Pylibmc, Value};
use crate::error::{Error, ErrorKind};

/// How a client stores its values.
#[derive(Debug, Clone)]
pub struct Values {
    pub(crate) codec: Arc<dyn Codec>,
    /// The longest value, as it is stored; 1 MiB unless set.
    pub(crate) max_len: usize,
}

/// How many times as long as the longest stored value one may be when it is inflated.
///
/// zlib makes a megabyte of zeros one thousandth as long; what is worth its place in a cache is seldom below
/// one fiftieth.
const INFLATED: usize = 64;

impl Default for Values {
    fn default() -> Self {
        Self {
            codec: Arc::new(Pylibmc::default()),
            max_len: Limits::default().max_value_len,
        }
    }
}

impl Values {
    /// What is stored for `value`; see [`Codec::encode`].
    #[inline]
    pub(crate) fn encode<'a>(
        &self,
        value: Value<'a>,
        compress: Compress,
    ) -> Result<Encoded<'a>, Error> {
        match value {
            Value::Stored(stored) => Ok(stored),
            value => self.codec.encode(value, compress),
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
            flags: self.codec.counter_flags(),
            data: Payload::Shared(number.to_string().into()),
        }
    }

    /// What an item is to its reader: a `T`, or a miss if the codec or the type says so.
    pub(crate) fn decode<T: FromValue>(&self, flags: u32, data: Bytes) -> Result<Option<T>, Error> {
        let max_len = self.max_len.saturating_mul(INFLATED);
        match T::decode(&*self.codec, flags, data, max_len) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::Miss => Ok(None),
            Err(error) => Err(error),
        }
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
        let values = Values {
            codec: Arc::new(Old),
            ..Values::default()
        };
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
        let values = Values {
            codec: Arc::new(Old),
            ..Values::default()
        };
        let stored = Encoded {
            flags: 7,
            data: Payload::Borrowed(b"x"),
        };
        let encoded = values.encode(Value::Stored(stored.clone()), Compress::default());
        assert_eq!(encoded.unwrap(), stored);
    }
}
