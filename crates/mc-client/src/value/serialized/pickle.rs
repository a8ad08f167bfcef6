//! Python's pickle.

use mc_proto::Payload;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_pickle::SerOptions;

use super::{Python, unreadable, unwritable};
use crate::error::Error;
use crate::value::{Format, FromValue, IntoValue, Value};

/// Any `T` as Python's plain data: `None`, bools, numbers, `str`, `bytes`, lists, tuples, dicts and sets.
///
/// * **Written** in pickle protocol 3, which every Python 3 reads; the behavior `pickle_protocol`, kept for those who
///   read it back, changes nothing. A struct or a map becomes a dict, what is like a
///   list becomes one, sets among them; a tuple stays one. For a Python set there is [`Python`].
/// * **Read** from every protocol, 0 to 5. What Python's clients store without a pickle is read, too: so it does not
///   matter whether Python stored a dict, a number or text.
///
/// serde's integers are written up to 64 bits; [`Python`] has 128. `Vec<u8>` is a list of numbers to serde: for Python's
/// `bytes` there are `serde_bytes` and [`Python`].
///
/// Reading runs nothing: a pickle that makes anything but plain data is an error that names it. It takes at most
/// 64 MiB (for a moment three times as much, as what grows is moved) and 64 levels of nesting, whatever the pickle says.
///
/// ```
/// use std::collections::BTreeMap;
/// use mc_client::value::{FromValue, IntoValue, Pickle};
///
/// let scores = BTreeMap::from([("ann".to_owned(), 3)]);
/// let value = Pickle(&scores).into_value()?;
/// assert_eq!(Pickle::<BTreeMap<String, u32>>::from_value(value)?.0, scores);
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pickle<T>(pub T);

impl<'a, T: Serialize> IntoValue<'a> for Pickle<T> {
    fn into_value(self) -> Result<Value<'a>, Error> {
        let pickle = serde_pickle::to_vec(&self.0, SerOptions::new())
            .map_err(|it| unwritable(Format::Pickle, it))?;
        let pickle = Payload::Shared(pickle.into());
        Ok(Value::Serialized(Format::Pickle, pickle))
    }
}

impl<T: DeserializeOwned> FromValue for Pickle<T> {
    fn from_value(value: Value<'static>) -> Result<Self, Error> {
        let read = T::deserialize(Python::from_value(value)?);
        read.map(Self).map_err(|it| unreadable(Format::Pickle, it))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fmt::Debug;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct User {
        name: String,
        age: Option<u8>,
        tags: Vec<Tag>,
        place: (f64, f64),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Tag {
        Plain,
        Named(String),
        Pair(u8, u8),
        Sized { len: u64 },
    }

    fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(given: T) {
        let value = Pickle(&given).into_value().unwrap();
        assert_eq!(Pickle::from_value(value).unwrap(), Pickle(given));
    }

    #[test]
    fn what_is_written_is_read() {
        check(());
        check(true);
        check(-7);
        check(u64::MAX);
        check(i64::MIN);
        check(1.5);
        check("é".to_owned());
        check('é');
        check(Some(1));
        check(None::<u8>);
        check(vec![vec![1], vec![]]);
        check((1, "a".to_owned()));
        check(BTreeSet::from([1, 2]));
        check(BTreeMap::from([(1, "a".to_owned())]));
        check(User {
            name: "ann".to_owned(),
            age: None,
            tags: vec![
                Tag::Plain,
                Tag::Named("x".to_owned()),
                Tag::Pair(1, 2),
                Tag::Sized { len: 3 },
            ],
            place: (1.5, -0.5),
        });
    }

    #[test]
    fn says_what_is_wrong() {
        let list = Value::Serialized(Format::Pickle, Payload::Borrowed(b"(l."));
        assert_eq!(
            Pickle::<u8>::from_value(list).unwrap_err().to_string(),
            "the value cannot be read as a Python pickle: invalid type: sequence, expected u8"
        );
    }
}
