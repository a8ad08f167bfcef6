//! Commands to every server: `stats`, `version`, `flush_all`.

use std::sync::Arc;
use std::time::Duration;

use mc_proto::{PrefixCounts, Reply, Request, StatsTopic};

use super::{Call, failed, sealed};
use crate::error::{Error, ErrorKind};

/// A command that is sent to every server.
pub trait Every: sealed::Sealed {
    /// What the caller gets for each server.
    type Output;

    /// The request, the same for each server.
    fn request(&self) -> Result<Request<'_>, Error>;

    /// The result from one server.
    fn result(&self, reply: Reply) -> Result<Self::Output, Error>;
}

/// `stats`: a server's counters by name, as it writes them.
#[derive(Debug, Clone)]
pub struct Stats {
    pub(crate) topic: Option<StatsTopic>,
}

/// `version`: a server's version.
#[derive(Debug, Clone, Copy)]
pub struct Version;

/// `flush_all`: all items expire, at once or after a delay.
#[derive(Debug, Clone, Copy)]
pub struct FlushAll {
    pub(crate) delay: Duration,
}

impl<S> Call<S, FlushAll> {
    /// Flushes so long from now; in whole seconds, a fraction is rounded up.
    pub fn delay(mut self, after: Duration) -> Self {
        self.command.delay = after;
        self
    }
}

impl sealed::Sealed for Stats {}

impl Every for Stats {
    type Output = Vec<(String, String)>;

    fn request(&self) -> Result<Request<'_>, Error> {
        Ok(Request::Stats { topic: self.topic })
    }

    fn result(&self, reply: Reply) -> Result<Self::Output, Error> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match reply {
            Reply::Stats(rows) => Ok(rows
                .iter()
                .map(|(name, value)| (text(name), text(value)))
                .collect()),
            Reply::Prefixes(rows) => Ok(rows
                .iter()
                .map(|row| (text(&row.prefix), counts(row)))
                .collect()),
            Reply::Ok => Ok(Vec::new()),
            other => Err(failed("stats", &other)),
        }
    }
}

/// As memcached writes them.
fn counts(row: &PrefixCounts) -> String {
    let PrefixCounts {
        gets,
        hits,
        sets,
        deletes,
        ..
    } = row;
    format!("get {gets} hit {hits} set {sets} del {deletes}")
}

impl sealed::Sealed for Version {}

impl Every for Version {
    type Output = String;

    fn request(&self) -> Result<Request<'_>, Error> {
        Ok(Request::Version)
    }

    fn result(&self, reply: Reply) -> Result<String, Error> {
        let Reply::Version(version) = reply else {
            return Err(failed("version", &reply));
        };
        Ok(String::from_utf8_lossy(&version).into_owned())
    }
}

impl sealed::Sealed for FlushAll {}

impl Every for FlushAll {
    type Output = ();

    fn request(&self) -> Result<Request<'_>, Error> {
        let part = u64::from(self.delay.subsec_nanos() > 0);
        let seconds = self.delay.as_secs().saturating_add(part);
        let delay = u32::try_from(seconds).map_err(|_| {
            let message = format!(
                "flush_all delay is {seconds} s, allowed is 0 to {} s",
                u32::MAX
            );
            Error::caller(ErrorKind::InvalidArgument, message)
        })?;
        Ok(Request::FlushAll {
            delay: (delay > 0).then_some(delay),
        })
    }

    fn result(&self, reply: Reply) -> Result<(), Error> {
        match reply {
            Reply::Ok => Ok(()),
            other => Err(failed("flush_all", &other)),
        }
    }
}

/// The results of a call to every server, in the order of the servers.
#[derive(Debug, Clone)]
#[must_use = "a server may have failed"]
pub struct PerServer<T> {
    results: Vec<(Arc<str>, Result<T, Error>)>,
}

impl<T> PerServer<T> {
    pub(crate) fn new(results: Vec<(Arc<str>, Result<T, Error>)>) -> Self {
        Self { results }
    }

    /// Each server, as it was configured, with its result.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Result<T, Error>)> {
        self.results
            .iter()
            .map(|(server, result)| (&**server, result))
    }

    /// The result of every server, or the first error.
    pub fn all(self) -> Result<Vec<T>, Error> {
        self.results.into_iter().map(|(_, result)| result).collect()
    }
}

impl<T> IntoIterator for PerServer<T> {
    type Item = (Arc<str>, Result<T, Error>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.results.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `stats` makes of a server's reply.
    fn check(reply: Reply, expected: &[(&str, &str)]) {
        let rows = Stats { topic: None }.result(reply).unwrap();
        let rows: Vec<_> = rows.iter().map(|(name, text)| (&**name, &**text)).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn stats_of_every_topic_are_rows() {
        let pid = ("pid".into(), "1".into());
        check(Reply::Stats(vec![pid]), &[("pid", "1")]);
        let user = PrefixCounts {
            prefix: "user".into(),
            gets: 4,
            hits: 3,
            sets: 2,
            deletes: 1,
        };
        let counts = "get 4 hit 3 set 2 del 1";
        check(Reply::Prefixes(vec![user]), &[("user", counts)]);
        check(Reply::Ok, &[]);
        assert!(Stats { topic: None }.result(Reply::Stored).is_err());
    }
}
