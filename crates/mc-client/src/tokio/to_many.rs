//! A call about many keys: one pipelined batch to each server, all servers at once.

use std::collections::VecDeque;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::join_all;
use mc_proto::Reply;
use tokio::task::coop::consume_budget;
use tokio::task::yield_now;

use super::client::Client;
use super::link::Link;
use super::ticket::Ticket;
use crate::call::{Gathered, Group, Rounds};
use crate::cluster::{Cluster, Snapshot};
use crate::command::{Call, Many, ManyKeys};
use crate::error::{Error, ErrorKind};

/// The async shell, for a command about many keys.
#[derive(Debug, Clone, Copy)]
pub struct ToMany<'c>(pub(super) &'c Client);

/// The future of a call to many servers.
pub type Boxed<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

impl<'c, C> IntoFuture for Call<ToMany<'c>, C>
where
    C: ManyKeys<Key: Send + Sync, Output: Send + Sync> + Send + Sync + 'c,
{
    type Output = Many<C::Key, C::Output>;
    type IntoFuture = Boxed<'c, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            shell: ToMany(client),
            mut command,
            deadline: within,
        } = self;
        Box::pin(async move {
            // As a call about one key does.
            consume_budget().await;
            let cluster = client.cluster();
            let mut rounds = Rounds::begin(&mut command, within, cluster, &cluster.snapshot());
            loop {
                let snapshot = Arc::clone(&cluster.snapshot());
                let groups = rounds.groups(cluster, &snapshot);
                if groups.is_empty() {
                    let results = rounds.finish();
                    return Many::new(command.keys_mut().take(), results);
                }
                let asking = groups
                    .iter()
                    .map(|group| ask_server(&rounds, cluster, &snapshot, group));
                let gathered = join_all(asking).await;
                rounds.end(&groups, gathered);
            }
        })
    }
}

/// Each time that so many keys are queued, they may leave: the server works on them while others are queued.
const AHEAD: usize = 500;

/// While so many requests about so many keys are under way, the server is at work, and the next can wait: what is
/// queued stays in the processor's cache.
const REQUESTS_ENOUGH: usize = 4;
const KEYS_ENOUGH: usize = 2000;

/// Queues the requests of one server's group, so many at a time, and takes the replies in order.
async fn ask_server<C: ManyKeys>(
    rounds: &Rounds<'_, C>,
    cluster: &Cluster<Link>,
    snapshot: &Snapshot<Link>,
    group: &Group<'_>,
) -> Gathered<C::Output> {
    let mut gathering = rounds.gather(group, cluster, snapshot);
    let mut sent = VecDeque::new();
    for index in 0..group.len() {
        let under_way = |(at, _): &(usize, _)| group.keys_between(*at, index);
        let keys = sent.front().map_or(0, under_way);
        let is_enough = sent.len() >= snapshot.window().messages
            || (sent.len() >= REQUESTS_ENOUGH && keys >= KEYS_ENOUGH);
        if is_enough && let Some((at, first)) = sent.pop_front() {
            gathering.answered(at, reply(first).await);
        }
        let mut next = send(rounds, snapshot, group, index).await;
        // A call that does not wait for others waits for itself.
        while is_overloaded(&next)
            && let Some((at, first)) = sent.pop_front()
        {
            gathering.answered(at, reply(first).await);
            next = send(rounds, snapshot, group, index).await;
        }
        sent.push_back((index, next));
        if group.crosses(index, AHEAD) {
            yield_now().await;
        }
    }
    for (at, sent) in sent {
        gathering.answered(at, reply(sent).await);
    }
    gathering.finish()
}

/// Queues a request; the ticket for its answer, if that is awaited.
async fn send<C: ManyKeys>(
    rounds: &Rounds<'_, C>,
    snapshot: &Snapshot<Link>,
    group: &Group<'_>,
    index: usize,
) -> Result<Option<Ticket>, Error> {
    let link = &snapshot.nodes[group.server].link;
    let request = |_| rounds.request(group, index, snapshot);
    let deadline = rounds.deadline();
    match rounds.unawaited(snapshot) {
        None => link.queue(request, deadline).await.map(Some),
        Some(unawaited) => link.send(request, unawaited, deadline).await.map(|()| None),
    }
}

fn is_overloaded<T>(sent: &Result<T, Error>) -> bool {
    let error = sent.as_ref().err();
    error.is_some_and(|error| error.kind() == ErrorKind::Overloaded)
}

async fn reply(sent: Result<Option<Ticket>, Error>) -> Result<Option<Reply>, Error> {
    match sent? {
        Some(ticket) => ticket.await.map(Some),
        None => Ok(None),
    }
}
