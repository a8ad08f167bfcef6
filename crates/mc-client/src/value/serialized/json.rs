//! JSON.

use std::borrow::Cow;

use mc_proto::Payload;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{unreadable, unwritable};
use crate::error::Error;
use crate::value::{Format, FromValue, IntoValue, Value};

/// Any `T` as JSON.
///
/// It is stored as text, unless the codec's client has flags for JSON: what reads text anywhere can parse it.
/// Text, bytes and single numbers that another client stored are read as JSON, too.
///
/// ```
/// use mc_client::value::{FromValue, IntoValue, Json};
///
/// let point = Json((1, 2)).into_value()?;
/// let Json((x, y)) = Json::<(i32, i32)>::from_value(point)?;
/// assert_eq!((x, y), (1, 2));
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Json<T>(pub T);

impl<'a, T: Serialize> IntoValue<'a> for Json<T> {
    fn into_value(self) -> Result<Value<'a>, Error> {
        let text = serde_json::to_vec(&self.0).map_err(|it| unwritable(Format::Json, it))?;
        let text = Payload::Shared(text.into());
        Ok(Value::Serialized(Format::Json, text))
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        let text = text(&value)?;
        let read = serde_json::from_slice(&text);
        read.map(Self).map_err(|it| unreadable(Format::Json, it))
    }
}

/// What to parse.
fn text<'a>(value: &'a Value<'_>) -> Result<Cow<'a, [u8]>, Error> {
    Ok(match value {
        Value::Serialized(Format::Json, text)
        | Value::Text(text)
        | Value::Bytes(text)
        | Value::Untyped(text) => text.as_slice().into(),
        Value::Bool(truth) => truth.to_string().into_bytes().into(),
        Value::Integer(number) => number.to_string().into_bytes().into(),
        Value::Float(number) => format!("{number:?}").into_bytes().into(),
        Value::None => b"null".into(),
        other => return Err(other.is_not("JSON")),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read<T: DeserializeOwned>(given: impl IntoValue<'static>) -> Result<T, String> {
        let read = Json::from_value(given.into_value().unwrap());
        read.map(|Json(it)| it).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read() {
        let map = BTreeMap::from([("a".to_owned(), vec![Some(1.5), None])]);
        let value = Json(&map).into_value().unwrap();
        let text = Payload::Borrowed(br#"{"a":[1.5,null]}"#);
        assert_eq!(value, Value::Serialized(Format::Json, text));
        assert_eq!(read(value), Ok(map));
    }

    #[test]
    fn what_others_stored_is_read() {
        assert_eq!(read("[1]"), Ok(vec![1]));
        assert_eq!(read(b"[1]"), Ok(vec![1]));
        assert_eq!(read(7), Ok(7));
        assert_eq!(read(true), Ok(true));
        assert_eq!(read(1.5), Ok(1.5));
        assert_eq!(read(None::<u8>), Ok(None::<u8>));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(
            read::<Vec<u8>>("[1"),
            Err(
                "the value cannot be read as JSON: EOF while parsing a list at line 1 column 2"
                    .to_owned()
            )
        );
        let pickle = Value::Serialized(Format::Pickle, Payload::Borrowed(b"N."));
        assert_eq!(
            read::<u8>(pickle),
            Err("the value is a Python pickle, JSON was asked for".to_owned())
        );
        let error = Json(BTreeMap::from([((1, 2), 3)]))
            .into_value()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the value cannot be written as JSON: key must be a string"
        );
    }
}
