//! The commands to every server.

use std::time::Duration;

use mc_proto::Admin;

use super::Client;
use crate::command::{Administer, Call, FlushAll, FlushBuffers, Stats, Verbosity, Version};
use crate::error::Error;
use crate::tokio::to_all::{self, ToAll};

/// Every server.
impl Client {
    /// Each server's general counters, typed and as it writes them; or, with [`topic`](Call::topic), others.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// use mc_client::StatsTopic;
    ///
    /// for (server, stats) in client.stats().await {
    ///     println!("{server}: hit ratio {:?}", stats?.hit_ratio());
    /// }
    /// for (server, rows) in client.stats().topic(StatsTopic::Settings).await {
    ///     println!("{server}: {:?}", rows?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> Call<ToAll<'_>, Stats> {
        self.all(Stats)
    }

    /// Each server's version.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// for (server, version) in client.version().await {
    ///     println!("{server}: {}", version?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn version(&self) -> Call<ToAll<'_>, Version> {
        self.all(Version)
    }

    /// Lets every item of every server expire, at once or after a [`delay`](Call::delay).
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// client.flush_all().delay(std::time::Duration::from_secs(10)).await.all()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush_all(&self) -> Call<ToAll<'_>, FlushAll> {
        self.all(FlushAll {
            delay: Duration::ZERO,
        })
    }

    /// Sets how much each server writes to its own log: 0 is nothing, memcached knows up to 3.
    ///
    /// memcached does not know it in the binary protocol, and refuses it there.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// client.verbosity(1).await.all()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn verbosity(&self, level: u32) -> Call<ToAll<'_>, Verbosity> {
        self.all(Verbosity { level })
    }

    /// Changes how each server is run: its memory, slabs, LRU or crawler. The binary protocol has no words for it.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// use mc_client::command::Admin;
    ///
    /// client.admin(Admin::CacheMemlimit { megabytes: 256 }).await.all()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn admin(&self, change: Admin) -> Call<ToAll<'_>, Administer> {
        self.all(Administer { change })
    }

    /// Sends what the behavior `buffer_requests` holds back, and waits for the answers.
    ///
    /// With that behavior on, `set` and `delete` return at once. They are sent when something else goes to the same
    /// server, when a watermark is reached (`_io_msg_watermark`, `_io_bytes_watermark`), or by this call, whose result
    /// is each server's first failure since the last one.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// client.behaviors().set("buffer_requests", true)?;
    /// for number in 0..1000 {
    ///     client.set(&format!("key:{number}"), number).await?;
    /// }
    /// client.flush_buffers().await.all()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush_buffers(&self) -> Call<ToAll<'_>, FlushBuffers> {
        self.all(FlushBuffers)
    }

    /// Connects to every server, and waits until one of them has answered: then the client is of use.
    ///
    /// The others go on to be connected to, and are not waited for: one that is gone does not hold up a service that
    /// starts. By default the first call to a server connects to it.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), mc_client::Error> {
    /// let client = mc_client::Client::builder().servers(["cache1", "cache2"])?.build()?;
    /// client.ready().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The last server's, if none answers within the time that a call may take.
    pub async fn ready(&self) -> Result<(), Error> {
        to_all::any(self, Version).await.map(drop)
    }

    fn all<C>(&self, command: C) -> Call<ToAll<'_>, C> {
        Call::new(ToAll(self), command)
    }
}
