//! `watch`: a server's log, as it is written.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mc_proto::{LogTopic, LogTopics, Request};

use super::streamed::{field, unescaped};
use super::{Streamed, sealed};
use crate::error::Error;

/// `watch [<topic>…]`: a row for each entry in a server's log, for ever.
///
/// The binary protocol has no word for it. A server that writes faster than its entries are read drops some, and
/// says how many in an entry that has `skipped`.
#[derive(Debug, Clone)]
pub struct Watch {
    topics: LogTopics,
    only: Option<String>,
}

/// An entry in a server's log.
///
/// It is a line of words `name=value`, such as
/// `ts=1700000000.5 gid=7 type=item_get key=greeting status=found clsid=1 cfd=26 size=64`. Which there are is up to
/// the type of the entry, and to the server's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    server: Arc<str>,
    line: String,
}

impl Watch {
    pub(crate) fn new(topics: impl IntoIterator<Item = LogTopic>) -> Self {
        Self {
            topics: topics.into_iter().collect(),
            only: None,
        }
    }
}

impl LogEntry {
    /// The name of the server that wrote it.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The entry as the server wrote it.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// What it has under a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        field(&self.line, name)
    }

    /// When it was written (`ts`).
    pub fn time(&self) -> Option<SystemTime> {
        let since = Duration::try_from_secs_f64(self.get("ts")?.parse().ok()?).ok()?;
        UNIX_EPOCH.checked_add(since)
    }

    /// Its number, which grows from entry to entry (`gid`).
    pub fn id(&self) -> Option<u64> {
        self.get("gid")?.parse().ok()
    }

    /// What it tells of, such as `item_get`, `item_store` or `eviction` (`type`).
    pub fn kind(&self) -> Option<&str> {
        self.get("type")
    }

    /// The key that it tells of, namespace included.
    pub fn key(&self) -> Option<Vec<u8>> {
        self.get("key").map(|word| unescaped(word.as_bytes()))
    }
}

impl sealed::Sealed for Watch {}

impl Streamed for Watch {
    type Row = LogEntry;

    const WATCHES: bool = true;

    fn request(&self) -> Request<'_> {
        Request::Watch(self.topics)
    }

    fn row(server: &Arc<str>, row: &[u8]) -> Result<LogEntry, Error> {
        Ok(LogEntry {
            server: Arc::clone(server),
            line: String::from_utf8_lossy(row).into_owned(),
        })
    }

    fn only(&mut self) -> &mut Option<String> {
        &mut self.only
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_word_by_word() {
        let line = "ts=1.5 gid=7 type=item_get key=a%20b status=found";
        let entry = Watch::row(&"cache1".into(), line.as_bytes()).unwrap();
        assert_eq!((entry.server(), entry.line()), ("cache1", line));
        assert_eq!(entry.time(), Some(UNIX_EPOCH + Duration::from_millis(1500)));
        assert_eq!((entry.id(), entry.kind()), (Some(7), Some("item_get")));
        assert_eq!(entry.key().as_deref(), Some(&b"a b"[..]));
        assert_eq!(entry.get("status"), Some("found"));
        assert_eq!(entry.get("stat"), None);
    }

    #[test]
    fn an_entry_may_lack_everything() {
        let entry = Watch::row(&"cache1".into(), b"skipped=3").unwrap();
        assert_eq!((entry.time(), entry.id(), entry.key()), (None, None, None));
        assert_eq!(entry.get("skipped"), Some("3"));
        let entry = Watch::row(&"cache1".into(), b"ts=-1 gid=x").unwrap();
        assert_eq!((entry.time(), entry.id()), (None, None));
    }
}
