//! A call to every server, all at once.

use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use mc_proto::Reply;
use tokio::task::coop::consume_budget;

use super::client::Client;
use super::link::Link;
use super::to_many::Boxed;
use crate::cluster::Node;
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
            let asking = snapshot
                .nodes
                .iter()
                .enumerate()
                .map(async |(index, node)| {
                    let admit = || client.cluster().admit(&snapshot, index);
                    let reply = ask(node, &command, admit, deadline).await;
                    let result = reply.and_then(|reply| {
                        let result = command.result(reply);
                        result.map_err(|error| snapshot.told(error, &node.name))
                    });
                    (Arc::clone(&node.name), result)
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

async fn ask<C: Every>(
    node: &Node<Link>,
    command: &C,
    admit: impl FnOnce() -> Result<(), Error>,
    deadline: Instant,
) -> Result<Reply, Error> {
    let request = command.request()?;
    admit()?;
    let ticket = node.link.queue(|_| Ok(request.clone()), deadline).await?;
    ticket.await
}
