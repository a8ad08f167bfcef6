//! A call to every server, all at once.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::task::coop::consume_budget;

use super::client::Client;
use super::link::Link;
use super::to_many::Boxed;
use crate::cluster::Snapshot;
use crate::command::{Call, Every, FlushBuffers, PerServer};
use crate::error::Error;

/// The async shell, for a command to every server.
#[derive(Debug, Clone, Copy)]
pub struct ToAll<'c>(pub(super) &'c Client);

impl<'c, C> IntoFuture for Call<ToAll<'c>, C>
where
    C: Every<Output: Send> + Send + Sync + 'c,
{
    type Output = PerServer<C::Output>;
    type IntoFuture = Boxed<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            shell: ToAll(client),
            command,
            deadline: within,
        } = self;
        Box::pin(async move {
            // As a call about one key does.
            consume_budget().await;
            let now = Instant::now();
            let snapshot = Arc::clone(&client.cluster().snapshot());
            let deadline = snapshot.deadline(now, within);
            let asking = (0..snapshot.nodes.len()).map(async |index| {
                let result = result(client, &snapshot, index, &command, deadline).await;
                (Arc::clone(&snapshot.nodes[index].name), result)
            });
            PerServer::new(join_all(asking).await)
        })
    }
}

impl<'c> IntoFuture for Call<ToAll<'c>, FlushBuffers> {
    type Output = PerServer<()>;
    type IntoFuture = Boxed<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let ToAll(client) = self.shell;
        Box::pin(async move {
            let snapshot = Arc::clone(&client.cluster().snapshot());
            let deadline = snapshot.deadline(Instant::now(), self.deadline);
            let flushing = snapshot.nodes.iter().map(async |node| {
                let result = node.link.flush(deadline).await;
                (Arc::clone(&node.name), result)
            });
            PerServer::new(join_all(flushing).await)
        })
    }
}

/// Asks every server, until one has answered.
pub(super) async fn any<C: Every>(client: &Client, command: C) -> Result<C::Output, Error> {
    let snapshot = Arc::clone(&client.cluster().snapshot());
    let deadline = snapshot.deadline(Instant::now(), None);
    let asking = 0..snapshot.nodes.len();
    let asking = asking.map(|index| result(client, &snapshot, index, &command, deadline));
    let mut results = FuturesUnordered::from_iter(asking);
    let mut last = Err(Error::no_servers());
    while let Some(result) = results.next().await {
        last = result;
        if last.is_ok() {
            break;
        }
    }
    last
}

/// What comes of a command to the server at this index.
async fn result<C: Every>(
    client: &Client,
    snapshot: &Snapshot<Link>,
    index: usize,
    command: &C,
    deadline: Instant,
) -> Result<C::Output, Error> {
    let node = &snapshot.nodes[index];
    let request = command.request()?;
    client.cluster().admit(snapshot, index)?;
    let ticket = node.link.queue(|_| Ok(request.clone()), deadline).await?;
    let result = command.result(ticket.await?);
    result.map_err(|error| snapshot.told(error, &node.name))
}
