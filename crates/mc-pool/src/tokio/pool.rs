//! The pool itself.

use std::time::{Duration, Instant};

use deadpool::Runtime;
use deadpool::managed::{self, PoolError, TimeoutType, Timeouts};
use mc_client::Builder;

use super::config::Config;
use super::lease::Lease;
use super::manager::Manager;
use crate::metrics::{Fill, Meter};
use crate::{Error, Metrics};

/// The largest pool.
const MOST: usize = 1 << 16;

/// A pool of async clients. Cheap to clone; clones are the same pool.
///
/// Whoever waits is served in the order of coming, and the client that has rested longest is lent first.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use mc_client::Client;
/// use mc_pool::{Config, Pool};
///
/// let pool = Pool::new(Client::builder().servers(["cache1"])?, Config::default());
/// let client = pool.get().await?;
/// client.set("greeting", "hello").await?;
/// drop(client); // it goes back
/// assert_eq!(pool.metrics().idle, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Pool {
    lent: managed::Pool<Manager>,
    config: Config,
}

impl Pool {
    /// An empty pool, whose clients are made from `builder` as they are asked for.
    ///
    /// A size of 0 counts as 1, one over 65,536 as that: room for all is made at once.
    pub fn new(builder: Builder, config: Config) -> Self {
        let timeouts = Timeouts {
            wait: config.wait,
            create: Some(config.connect),
            recycle: None,
        };
        let meter = Meter::default();
        let lent = managed::Pool::builder(Manager { builder, meter })
            .max_size(config.max_size.clamp(1, MOST))
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1);
        let lent = lent
            .build()
            .expect("a runtime is named, as the timeouts need");
        Self { lent, config }
    }

    /// Lends a client: one that came back, or a new one, or waits until one does.
    ///
    /// # Errors
    /// [`Error`] with the stage: nobody gave one back in time, none of the servers of a new one answered, or the pool
    /// is closed.
    pub async fn get(&self) -> Result<Lease, Error> {
        let since = Instant::now();
        let meter = &self.lent.manager().meter;
        match self.lent.get().await {
            // It was closed while this one was being made.
            Ok(_) if self.lent.is_closed() => Err(Error::closed()),
            Ok(lent) => {
                meter.reserved(since);
                Ok(Lease::new(lent))
            }
            Err(error) => {
                let error = self.error(error);
                meter.refused(error.stage());
                Err(error)
            }
        }
    }

    /// How full the pool is, and what it has seen.
    ///
    /// A caller for whom a client is being made counts as waiting.
    pub fn metrics(&self) -> Metrics {
        let status = self.lent.status();
        let fill = Fill {
            size: status.size,
            idle: status.available,
            waiting: status.waiting,
        };
        self.lent.manager().meter.metrics(&fill)
    }

    /// Lends no more; clients that come back are dropped.
    pub fn close(&self) {
        self.lent.close();
    }

    fn error(&self, error: PoolError<mc_client::Error>) -> Error {
        let size = self.lent.status().size;
        match error {
            PoolError::Timeout(TimeoutType::Wait) => match self.config.wait {
                None | Some(Duration::ZERO) => Error::empty(size),
                Some(limit) => Error::late(size, limit),
            },
            PoolError::Backend(cause) => Error::unreachable(cause),
            PoolError::Closed => Error::closed(),
            PoolError::Timeout(_)
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => Error::slow(self.config.connect),
        }
    }
}
