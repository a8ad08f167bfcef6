//! MessagePack.

use mc_proto::Payload;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{unreadable, unwritable};
use crate::error::Error;
use crate::value::{Format, FromValue, IntoValue, Value};

/// Any `T` as MessagePack, with the fields of structs by name, as other languages have them.
///
/// It is stored as bytes, unless the codec's client has flags for MessagePack. Bytes are read as MessagePack, too.
///
/// ```
/// use mc_client::value::{FromValue, IntoValue, MessagePack};
///
/// let point = MessagePack((1, 2)).into_value()?;
/// let MessagePack((x, y)) = MessagePack::<(i32, i32)>::from_value(point)?;
/// assert_eq!((x, y), (1, 2));
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessagePack<T>(pub T);

impl<'a, T: Serialize> IntoValue<'a> for MessagePack<T> {
    fn into_value(self) -> Result<Value<'a>, Error> {
        let bytes =
            rmp_serde::to_vec_named(&self.0).map_err(|it| unwritable(Format::MessagePack, it))?;
        let bytes = Payload::Shared(bytes.into());
        Ok(Value::Serialized(Format::MessagePack, bytes))
    }
}

/// How deep a value may be nested, as in JSON: what is read calls itself for each level, and must not exhaust a stack.
const DEEPEST: usize = 128;

impl<T: DeserializeOwned> FromValue for MessagePack<T> {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        match &value {
            Value::Serialized(Format::MessagePack, bytes)
            | Value::Bytes(bytes)
            | Value::Untyped(bytes) => {
                let bytes = bytes.as_slice();
                let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
                reader.set_max_depth(DEEPEST);
                let read = T::deserialize(&mut reader);
                read.map(Self)
                    .map_err(|it| unreadable(Format::MessagePack, it))
            }
            other => Err(other.is_not("MessagePack")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let map = BTreeMap::from([("a".to_owned(), vec![Some(1), None])]);
        let value = MessagePack(&map).into_value().unwrap();
        let bytes = Payload::Borrowed(b"\x81\xa1a\x92\x01\xc0");
        assert_eq!(value, Value::Serialized(Format::MessagePack, bytes.clone()));
        for value in [value, Value::Bytes(bytes)] {
            assert_eq!(
                MessagePack::from_value(value).unwrap(),
                MessagePack(map.clone())
            );
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let error = |given: Value<'static>| MessagePack::<Vec<u8>>::from_value(given).unwrap_err();
        assert_eq!(
            error("text".into_value().unwrap()).to_string(),
            "the value is text, MessagePack was asked for"
        );
        let message = error(Value::Bytes(Payload::Borrowed(b"\x91"))).to_string();
        assert!(
            message.starts_with("the value cannot be read as MessagePack: "),
            "{message}"
        );
    }

    #[test]
    fn a_nest_is_read_as_deep_as_the_stack_bears() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Nest(Vec<Self>);
        let read = |depth| {
            let nest = [&vec![0x91; depth][..], &[0x90]].concat();
            MessagePack::<Nest>::from_value(nest.into_value().unwrap())
        };
        assert_eq!(read(0).unwrap(), MessagePack(Nest(Vec::new())));
        assert!(read(50).is_ok());
        for depth in [200, 5000] {
            let error = read(depth).unwrap_err();
            assert!(error.to_string().contains("depth"), "{error}");
        }
    }

    proptest! {
        /// A length that is only announced takes no more than the bytes.
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            type Nest = BTreeMap<u8, Vec<Option<String>>>;
            let _ = MessagePack::<Nest>::from_value(bytes.into_value().unwrap());
        }
    }
}
