//! Commands to every server: `version`, `flush_all`, `verbosity` and the administrative ones.

use std::sync::Arc;
use std::time::Duration;

use mc_proto::{Admin, Reply, Request};

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

/// `version`: a server's version.
#[derive(Debug, Clone, Copy)]
pub struct Version;

/// `flush_all`: all items expire, at once or after a delay.
#[derive(Debug, Clone, Copy)]
pub struct FlushAll {
    pub(crate) delay: Duration,
}

/// `verbosity <level>`: how much a server writes to its own log.
#[derive(Debug, Clone, Copy)]
pub struct Verbosity {
    pub(crate) level: u32,
}

/// A change of how a server is run: of its memory, slabs, LRU or crawler.
#[derive(Debug, Clone, Copy)]
pub struct Administer {
    pub(crate) change: Admin,
}

impl<S> Call<S, FlushAll> {
    /// Flushes so long from now; in whole seconds, a fraction is rounded up.
    pub fn delay(mut self, after: Duration) -> Self {
        self.command.delay = after;
        self
    }
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
        done("flush_all", &reply)
    }
}

impl sealed::Sealed for Verbosity {}

impl Every for Verbosity {
    type Output = ();

    fn request(&self) -> Result<Request<'_>, Error> {
        Ok(Request::Verbosity { level: self.level })
    }

    fn result(&self, reply: Reply) -> Result<(), Error> {
        done("verbosity", &reply)
    }
}

impl sealed::Sealed for Administer {}

impl Every for Administer {
    type Output = ();

    fn request(&self) -> Result<Request<'_>, Error> {
        Ok(Request::Admin(self.change))
    }

    fn result(&self, reply: Reply) -> Result<(), Error> {
        done(self.change.name(), &reply)
    }
}

/// The meaning of a reply to a command that has nothing to tell but that it was done.
fn done(command: &str, reply: &Reply) -> Result<(), Error> {
    match reply {
        Reply::Ok => Ok(()),
        other => Err(failed(command, other)),
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

    /// Each server's name with its result.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Result<T, Error>)> {
        self.results
            .iter()
            .map(|(server, result)| (&**server, result))
    }

    /// The result of a server, by the name that it was configured with.
    pub fn get(&self, server: &str) -> Option<&Result<T, Error>> {
        let found = self.iter().find(|(name, _)| *name == server);
        found.map(|(_, result)| result)
    }

    /// The servers that failed, each with its cause.
    pub fn failed(&self) -> impl Iterator<Item = (&str, &Error)> {
        self.iter()
            .filter_map(|(server, result)| Some((server, result.as_ref().err()?)))
    }

    /// Whether no server failed.
    pub fn is_ok(&self) -> bool {
        self.results.iter().all(|(_, result)| result.is_ok())
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
