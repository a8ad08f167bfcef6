//! The pool and what it lends.

use deadpool::Runtime;
use deadpool::managed::{self, Object, Timeouts};
use mc_client::Builder;

use crate::{Config, Error, Manager};

/// A client lent by a pool: used like an [`mc_client::Client`], and given back when it is dropped.
pub type Lease = Object<Manager>;

/// A pool of async clients. Cheap to clone; clones are the same pool.
#[derive(Debug, Clone)]
pub struct Pool {
    lent: managed::Pool<Manager>,
}

impl Pool {
    /// An empty pool, whose clients are made from `builder` as they are asked for.
    ///
    /// A size of 0 counts as 1.
    pub fn new(builder: Builder, config: Config) -> Self {
        let timeouts = Timeouts {
            wait: config.wait,
            create: Some(config.connect),
            recycle: None,
        };
        let lent = managed::Pool::builder(Manager { builder })
            .max_size(config.max_size.max(1))
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1);
        let lent = lent
            .build()
            .expect("a runtime is named, as the timeouts need");
        Self { lent }
    }

    /// Lends a client: one that came back, or a new one, or waits until one does.
    ///
    /// # Errors
    /// [`Error`] with the stage: nobody gave one back in time, or none of the servers of a new one answered.
    pub async fn get(&self) -> Result<Lease, Error> {
        Ok(self.lent.get().await?)
    }

    /// How many clients there are, and how many of them wait to be lent.
    pub fn size(&self) -> (usize, usize) {
        let status = self.lent.status();
        (status.size, status.available)
    }

    /// Lends no more; clients that come back are dropped.
    pub fn close(&self) {
        self.lent.close();
    }
}
