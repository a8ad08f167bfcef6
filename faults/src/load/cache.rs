//! What a load asks of a client, whichever it is.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use mc_client::{Client, Error, Outcome};

/// A client that a load can be put on: one of ours, or one that is broken on purpose.
pub(crate) trait Cache: Clone + Send + Sync + 'static {
    /// Asks, and waits for the answer no longer than `within`.
    fn ask(
        &self,
        asked: Asked<'_>,
        within: Duration,
    ) -> impl Future<Output = Result<Told, Failure>> + Send;
}

/// One operation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asked<'a> {
    Get(&'a str),
    Gets(&'a str),
    GetMany(&'a [&'a str]),
    Set(&'a str, &'a [u8]),
    /// With the cas unique that the value must still have.
    Cas(&'a str, &'a [u8], u64),
    /// A number that counts from 0.
    Start(&'a str),
    /// By one.
    Incr(&'a str),
}

/// What a client says that the answer was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Value(Option<Bytes>),
    Item(Option<(Bytes, u64)>),
    /// One for each key, in their order.
    Values(Vec<Option<Bytes>>),
    /// Whether it was stored.
    Stored(bool),
    Number(Option<u64>),
}

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) is_timeout: bool,
    /// Whether what was asked may have been done all the same.
    pub(crate) outcome: Outcome,
    pub(crate) words: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.words, self.outcome)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            is_timeout: error.is_timeout(),
            outcome: error.outcome(),
            words: error.to_string(),
        }
    }
}

impl Cache for Client {
    async fn ask(&self, asked: Asked<'_>, within: Duration) -> Result<Told, Failure> {
        Ok(match asked {
            Asked::Get(key) => Told::Value(self.get(key).deadline(within).await?),
            Asked::Gets(key) => {
                let item = self.gets(key).deadline(within).await?;
                Told::Item(item.map(|item| (item.value, item.cas)))
            }
            Asked::GetMany(keys) => {
                let found = self.get_many(keys).deadline(within).await;
                Told::Values(found.all()?)
            }
            Asked::Set(key, value) => {
                self.set(key, value).deadline(within).await?;
                Told::Stored(true)
            }
            Asked::Cas(key, value, unique) => {
                let outcome = self.cas(key, value, unique).deadline(within).await?;
                Told::Stored(outcome == mc_client::CasOutcome::Stored)
            }
            Asked::Start(key) => {
                self.set(key, 0_u64).deadline(within).await?;
                Told::Stored(true)
            }
            Asked::Incr(key) => Told::Number(self.incr(key, 1).deadline(within).await?),
        })
    }
}
