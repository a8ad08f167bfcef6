//! `lru_crawler metadump`: what a server holds, item by item, without the values.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mc_proto::{Classes, Excerpt, Request};

use super::streamed::{field, unescaped};
use super::{Call, Streamed, sealed};
use crate::error::{Error, ErrorKind, Outcome};

/// `lru_crawler metadump <classes>`: a row for each item that a server holds.
///
/// The binary protocol has no word for it. A server runs one dump at a time, and refuses another meanwhile.
#[derive(Debug, Clone)]
pub struct Metadump {
    classes: Classes,
    only: Option<String>,
}

/// What a server tells of an item in a [`Metadump`]. What it does not tell is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DumpedItem {
    /// The name of the server that holds it.
    pub server: Arc<str>,
    /// The key as the server holds it, namespace included.
    pub key: Vec<u8>,
    /// When it expires; `None` for never.
    pub expires: Option<SystemTime>,
    /// When it was last asked for, or stored.
    pub last_access: Option<SystemTime>,
    /// Its cas unique.
    pub cas: Option<u64>,
    /// Whether it was asked for since it was stored.
    pub fetched: Option<bool>,
    /// Its slab class.
    pub class: Option<u8>,
    /// How much memory it takes, in bytes, key and all.
    pub size: Option<u64>,
    /// The 32 bits that were stored with it; memcached tells them since 1.6.30.
    pub flags: Option<u32>,
}

impl Default for Metadump {
    fn default() -> Self {
        Self {
            classes: Classes::All,
            only: None,
        }
    }
}

impl<S> Call<S, Metadump> {
    /// Dumps the items of some slab classes only, or all in another order.
    pub fn classes(mut self, classes: Classes) -> Self {
        self.command.classes = classes;
        self
    }
}

impl sealed::Sealed for Metadump {}

impl Streamed for Metadump {
    type Row = DumpedItem;

    const WATCHES: bool = false;

    fn request(&self) -> Request<'_> {
        Request::Metadump(self.classes)
    }

    /// ```text
    /// key=a%20b exp=-1 la=1700000000 cas=2 fetch=no cls=1 size=64
    /// ```
    fn row(server: &Arc<str>, row: &[u8]) -> Result<DumpedItem, Error> {
        let text = String::from_utf8_lossy(row);
        let word = |name| field(&text, name);
        let Some(key) = word("key") else {
            let message = format!("a row of metadump has no key: '{}'", Excerpt::new(row));
            return Err(Error::new(
                ErrorKind::Protocol,
                Outcome::MaybeApplied,
                message,
            ));
        };
        let number = |name| word(name)?.parse::<u64>().ok();
        let time = |name| number(name).and_then(at);
        Ok(DumpedItem {
            server: Arc::clone(server),
            key: unescaped(key.as_bytes()),
            expires: time("exp"),
            last_access: time("la"),
            cas: number("cas"),
            fetched: word("fetch").map(|it| it == "yes"),
            class: word("cls").and_then(|digits| digits.parse().ok()),
            size: number("size"),
            flags: word("flags").and_then(|digits| digits.parse().ok()),
        })
    }

    fn only(&mut self) -> &mut Option<String> {
        &mut self.only
    }
}

/// A number of seconds since 1970 as a time.
fn at(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(row: &str) -> Result<DumpedItem, Error> {
        Metadump::row(&"cache1".into(), row.as_bytes())
    }

    #[test]
    fn a_row_is_read_whatever_is_left_out() {
        let item = read("key=a%20b%ff exp=-1 la=60 cas=2 fetch=no cls=1 size=64").unwrap();
        let expected = DumpedItem {
            server: "cache1".into(),
            key: b"a b\xff".into(),
            expires: None,
            last_access: Some(UNIX_EPOCH + Duration::from_secs(60)),
            cas: Some(2),
            fetched: Some(false),
            class: Some(1),
            size: Some(64),
            flags: None,
        };
        assert_eq!(item, expected);
        let item = read("key=k exp=100 fetch=yes flags=16 later=1").unwrap();
        assert_eq!(item.expires, Some(UNIX_EPOCH + Duration::from_secs(100)));
        assert_eq!((item.fetched, item.flags), (Some(true), Some(16)));
        assert_eq!((item.cas, item.size), (None, None));
    }

    #[test]
    fn a_row_without_a_key_is_none() {
        let error = read("exp=-1 la=60").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!(
            error.to_string(),
            "a row of metadump has no key: 'exp=-1 la=60'"
        );
    }
}
