//! The commands whose answer is rows.

use mc_proto::LogTopic;

use super::Client;
use crate::command::{Call, Metadump, Watch};
use crate::tokio::rows::ToRows;

/// Rows: from every server, or from one, each over a connection of its own.
impl Client {
    /// What each server holds, item by item, without the values.
    ///
    /// The call connects to all servers; see [`Rows`](crate::Rows) for what it gives. Between two rows a server may
    /// take as long as a call may.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// let mut items = client.metadump().await;
    /// while let Some(item) = items.next().await {
    ///     let item = item?;
    ///     println!("{}: {}, {:?} bytes", item.server, item.key.escape_ascii(), item.size);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn metadump(&self) -> Call<ToRows<'_>, Metadump> {
        Call::new(ToRows(self), Metadump::default())
    }

    /// What each server writes to its log from now on: on these topics, or, if there are none, on
    /// [`LogTopic::Fetchers`].
    ///
    /// Once the call has come back, every server that could be reached is being watched; see [`Rows`](crate::Rows)
    /// for what it gives. It ends only when every server has gone.
    ///
    /// ```no_run
    /// # async fn example(client: mc_client::Client) -> Result<(), mc_client::Error> {
    /// use mc_client::command::LogTopic;
    ///
    /// let mut log = client.watch([LogTopic::Evictions]).server("cache1").await;
    /// while let Some(entry) = log.next().await {
    ///     let entry = entry?;
    ///     println!("{}: {:?} had to leave", entry.server(), entry.key());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self, topics: impl IntoIterator<Item = LogTopic>) -> Call<ToRows<'_>, Watch> {
        Call::new(ToRows(self), Watch::new(topics))
    }
}
