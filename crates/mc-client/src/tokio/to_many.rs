//! A call about many keys: one pipelined batch to each server, all servers at once.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mc_proto::Key;

use super::client::Client;
use super::link::Link;
use super::ticket::Ticket;
use crate::cluster::{Group, Snapshot};
use crate::command::{Call, Many, ManyKeys};
use crate::error::{Error, ErrorKind};

/// The async shell, for a command about many keys.
#[derive(Debug, Clone, Copy)]
pub struct ToMany<'c>(pub(super) &'c Client);

/// The future of a call to many servers.
pub type Boxed<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

impl<'c, C> IntoFuture for Call<ToMany<'c>, C>
where
    C: ManyKeys<Key: Send + Sync, Output: Send> + Send + Sync + 'c,
{
    type Output = Many<C::Key, C::Output>;
    type IntoFuture = Boxed<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            shell: ToMany(client),
            command,
            deadline: within,
        } = self;
        Box::pin(async move {
            let results = Asking::new(client, &command, within).results().await;
            Many::new(command.into_keys(), results)
        })
    }
}

/// One many-key call on its way.
struct Asking<'a, C> {
    client: &'a Client,
    command: &'a C,
    deadline: Instant,
}

impl<'a, C> Asking<'a, C>
where
    C: ManyKeys<Key: Send + Sync, Output: Send> + Sync,
{
    fn new(client: &'a Client, command: &'a C, within: Option<Duration>) -> Self {
        let deadline = client.cluster().snapshot().deadline(Instant::now(), within);
        Self {
            client,
            command,
            deadline,
        }
    }

    /// One result for each key. What was not sent is tried once more, where its key goes by then.
    async fn results(&self) -> Vec<Result<C::Output, Error>> {
        let mut results = self.ask(0..self.command.keys().len()).await;
        results.sort_unstable_by_key(|(at, _)| *at);
        let unsent =
            |result: &Result<_, Error>| result.as_ref().is_err_and(Error::may_go_elsewhere);
        let again = results
            .iter()
            .filter(|(_, result)| unsent(result))
            .map(|(at, _)| *at);
        let again: Vec<usize> = again.collect();
        for (at, second) in self.ask(again).await {
            // That the server is down by now tells less than how it failed.
            if !second
                .as_ref()
                .is_err_and(|error| error.kind() == ErrorKind::ServerDown)
            {
                results[at].1 = second;
            }
        }
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// One result for each position, in any order.
    async fn ask(
        &self,
        at: impl IntoIterator<Item = usize>,
    ) -> Vec<(usize, Result<C::Output, Error>)> {
        let cluster = self.client.cluster();
        let snapshot = Arc::clone(&cluster.snapshot());
        let mut results = Vec::new();
        let refuse = |at, error| results.push((at, Err(error)));
        let groups = cluster.group(&snapshot, self.command.keys(), at, refuse);
        let asking = groups.iter().map(|group| self.ask_server(&snapshot, group));
        results.extend(join_all(asking).await.into_iter().flatten());
        results
    }

    /// Queues all requests of one server's group, then takes the replies in order.
    async fn ask_server(
        &self,
        snapshot: &Snapshot<Link>,
        group: &Group,
    ) -> Vec<(usize, Result<C::Output, Error>)> {
        let mut tickets = Vec::new();
        for at in group.at.chunks(C::KEYS_A_REQUEST) {
            tickets.push((at, self.queue(snapshot, group.server, at).await));
        }
        let mut results = Vec::with_capacity(group.at.len());
        for (at, ticket) in tickets {
            let answers = match ticket {
                Ok(ticket) => self.answers(ticket).await,
                Err(error) => Err(error),
            };
            match answers {
                Ok(answers) => results.extend(at.iter().copied().zip(answers)),
                Err(error) => results.extend(at.iter().map(|at| (*at, Err(error.clone())))),
            }
        }
        results
    }

    async fn queue(
        &self,
        snapshot: &Snapshot<Link>,
        server: usize,
        at: &[usize],
    ) -> Result<Ticket, Error> {
        let key = |at: &usize| snapshot.key(self.command.keys()[*at].as_ref());
        let keys = at
            .iter()
            .map(key)
            .collect::<Result<Vec<Key<'_>>, Error>>()?;
        let link = &snapshot.nodes[server].link;
        let request = self.command.request(at, &keys);
        let request = request.inspect_err(|_| link.abandon())?;
        link.queue(&request, self.deadline).await
    }

    async fn answers(&self, ticket: Ticket) -> Result<Vec<Result<C::Output, Error>>, Error> {
        let server = Arc::clone(ticket.server());
        let answers = self
            .command
            .results(ticket.await?)
            .map_err(|error| error.at(&server))?;
        Ok(answers
            .into_iter()
            .map(|answer| answer.map_err(|error| error.at(&server)))
            .collect())
    }
}
