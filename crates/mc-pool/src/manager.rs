//! How a pool makes a client.

use deadpool::managed::{self, Metrics, RecycleResult};
use mc_client::{Builder, Client, Error};

/// Makes clients from one builder, each with connections of its own.
#[derive(Debug)]
pub struct Manager {
    pub(crate) builder: Builder,
}

impl managed::Manager for Manager {
    type Type = Client;
    type Error = Error;

    /// A new client, if any of its servers answers: the loss of one must not stop the pool.
    async fn create(&self) -> Result<Client, Error> {
        let client = self.builder.clone().build()?;
        let versions = client.version().await;
        if versions.iter().any(|(_, version)| version.is_ok()) {
            return Ok(client);
        }
        versions.all().map(|_| client)
    }

    /// A client needs no cleaning: a call dropped early leaves its connection in step, and a lost
    /// connection is made anew by the next call.
    async fn recycle(&self, _client: &mut Client, _metrics: &Metrics) -> RecycleResult<Error> {
        Ok(())
    }
}
