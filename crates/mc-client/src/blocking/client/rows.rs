//! The commands whose answer is rows.

use mc_proto::LogTopic;

use super::Client;
use crate::blocking::rows::ToRows;
use crate::command::{Call, Metadump, Watch};

/// Rows: from every server, or from one, each over a connection of its own.
impl Client {
    /// What each server holds, item by item, without the values.
    ///
    /// The call connects to all servers; see [`Rows`](crate::blocking::Rows) for what it gives. Between two rows a
    /// server may take as long as a call may.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// let items = client.metadump().call();
    /// for item in items {
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
    /// Once the call has come back, every server that could be reached is being watched; see
    /// [`Rows`](crate::blocking::Rows) for what it gives. It ends only when every server has gone.
    ///
    /// ```no_run
    /// # fn example(client: mc_client::blocking::Client) -> Result<(), mc_client::Error> {
    /// use mc_client::command::LogTopic;
    ///
    /// let log = client.watch([LogTopic::Evictions]).server("cache1").call();
    /// for entry in log {
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
