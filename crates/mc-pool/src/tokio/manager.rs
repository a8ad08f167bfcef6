//! How a pool makes a client.

use deadpool::managed::{self, Metrics, RecycleResult};
use mc_client::{Builder, Client, Error};

use crate::metrics::Meter;

/// Makes clients from one builder, each with connections of its own.
#[derive(Debug)]
pub(super) struct Manager {
    pub(super) builder: Builder,
    pub(super) meter: Meter,
}

impl managed::Manager for Manager {
    type Type = Client;
    type Error = Error;

    /// A new client, as soon as any of its servers answers: one that is gone or stopped must not hold up the pool.
    async fn create(&self) -> Result<Client, Error> {
        let client = self.builder.clone().build()?;
        client.ready().await?;
        self.meter.created(1);
        Ok(client)
    }

    /// A client needs no cleaning: a call dropped early leaves its connection in step, a lost connection is made
    /// anew by the next call, and one that was held through a panic does not come back.
    async fn recycle(&self, _client: &mut Client, _metrics: &Metrics) -> RecycleResult<Error> {
        Ok(())
    }
}
