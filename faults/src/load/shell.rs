//! Both clients as one, asked by any number of threads: over the async one's connection they are pipelined, over the
//! blocking one's each has its own.

use std::fmt;
use std::future::IntoFuture;
use std::num::NonZero;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use mc_client::metrics::ServerMetrics;
use mc_client::{Behaviors, Client, Error, Protocol, blocking};
use mc_testkit::Address;
use tokio::runtime::Runtime;

/// Later than the end of any run.
const HOUR: Duration = Duration::from_secs(3600);

/// What both clients are tried with.
pub(crate) const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// The settings of a client that hardly ever leaves its server alone, so that a load stays on it.
pub(crate) fn patient() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.failure_limit = NonZero::<u32>::MAX;
    behaviors.retry_timeout = Duration::from_millis(1);
    behaviors
}

/// Which client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Async,
    Blocking,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Async, Self::Blocking];

    /// A client of one server.
    pub(crate) fn connect(
        self,
        server: &Address,
        protocol: Protocol,
        behaviors: Behaviors,
    ) -> Result<Shell> {
        let servers = [server.to_string()];
        Ok(match self {
            Self::Async => {
                let builder = Client::builder().servers(servers)?.behaviors(behaviors);
                let client = builder.protocol(protocol).max_value_len(MOST).build()?;
                Shell::Async(client, super::runtime(2)?)
            }
            Self::Blocking => {
                let builder = blocking::Client::builder().servers(servers)?;
                let builder = builder.behaviors(behaviors).protocol(protocol);
                Shell::Blocking(Box::new(builder.max_value_len(MOST).build()?))
            }
        })
    }
}

/// The longest value.
const MOST: usize = 2 << 20;

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Async => "async",
            Self::Blocking => "blocking",
        })
    }
}

/// A client of either kind. Every call waits for its answer.
pub(crate) enum Shell {
    Async(Client, Runtime),
    Blocking(Box<blocking::Client>),
}

impl Shell {
    pub(crate) fn get(&self, key: &str, within: Duration) -> Result<Option<Bytes>, Error> {
        match self {
            Self::Async(client, runtime) => {
                runtime.block_on(client.get(key).deadline(within).into_future())
            }
            Self::Blocking(client) => client.get(key).deadline(within).call(),
        }
    }

    pub(crate) fn get_many(
        &self,
        keys: &[String],
        within: Duration,
    ) -> Result<Vec<Option<Bytes>>, Error> {
        match self {
            Self::Async(client, runtime) => {
                let call = client.get_many(keys).deadline(within);
                runtime.block_on(call.into_future()).all()
            }
            Self::Blocking(client) => client.get_many(keys).deadline(within).call().all(),
        }
    }

    pub(crate) fn set(&self, key: &str, value: &[u8], within: Duration) -> Result<(), Error> {
        match self {
            Self::Async(client, runtime) => {
                runtime.block_on(client.set(key, value).deadline(within).into_future())
            }
            Self::Blocking(client) => client.set(key, value).deadline(within).call(),
        }
    }

    pub(crate) fn set_many<'v>(
        &'v self,
        items: impl IntoIterator<Item = (&'v str, &'v [u8])>,
        within: Duration,
    ) -> Result<(), Error> {
        match self {
            Self::Async(client, runtime) => {
                let call = client.set_many(items).deadline(within);
                runtime.block_on(call.into_future()).all().map(drop)
            }
            Self::Blocking(client) => {
                let stored = client.set_many(items).deadline(within).call();
                stored.all().map(drop)
            }
        }
    }

    pub(crate) fn incr(&self, key: &str, within: Duration) -> Result<Option<u64>, Error> {
        match self {
            Self::Async(client, runtime) => {
                runtime.block_on(client.incr(key, 1).deadline(within).into_future())
            }
            Self::Blocking(client) => client.incr(key, 1).deadline(within).call(),
        }
    }

    pub(crate) fn stats(&self, within: Duration) -> Result<(), Error> {
        match self {
            Self::Async(client, runtime) => {
                let call = client.stats().deadline(within);
                runtime.block_on(call.into_future()).all().map(drop)
            }
            Self::Blocking(client) => client.stats().deadline(within).call().all().map(drop),
        }
    }

    /// In an hour: what the servers hold stays.
    pub(crate) fn flush_all(&self, within: Duration) -> Result<(), Error> {
        match self {
            Self::Async(client, runtime) => {
                let call = client.flush_all().delay(HOUR).deadline(within);
                runtime.block_on(call.into_future()).all().map(drop)
            }
            Self::Blocking(client) => client
                .flush_all()
                .delay(HOUR)
                .deadline(within)
                .call()
                .all()
                .map(drop),
        }
    }

    /// What it has seen of its server.
    pub(crate) fn metrics(&self) -> ServerMetrics {
        let mut servers = match self {
            Self::Async(client, _) => client.metrics(),
            Self::Blocking(client) => client.metrics(),
        };
        servers.pop().expect("it has a server")
    }
}
