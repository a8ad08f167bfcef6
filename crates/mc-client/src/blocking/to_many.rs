//! A call about many keys: one pipelined batch to each server, all servers at once.

use std::time::Instant;

use mc_proto::{Protocol, Reply};

use super::client::Client;
use super::link::Link;
use super::part::Part;
use super::requests::{Push, Requests};
use super::serve::serve;
use crate::call::{Group, Replies, Rounds};
use crate::cluster::{Snapshot, Unawaited};
use crate::command::{Call, Many, ManyKeys};
use crate::error::Error;

/// The blocking shell, for a command about many keys.
#[derive(Debug, Clone, Copy)]
pub struct ToMany<'c>(pub(super) &'c Client);

impl<C: ManyKeys<Key: Sync, Output: Sync> + Sync> Call<ToMany<'_>, C> {
    /// Sends the command to all servers at once and waits for their answers, until the deadline at most.
    ///
    /// A server without a connection that is ready is connected to in a thread of its own, if it is not the
    /// only one that is asked.
    pub fn call(self) -> Many<C::Key, C::Output> {
        let Self {
            shell: ToMany(client),
            command,
            deadline: within,
        } = self;
        let cluster = client.cluster();
        let mut rounds = Rounds::begin(command, within, cluster, &cluster.snapshot());
        loop {
            let snapshot = cluster.snapshot();
            let groups = rounds.groups(cluster, &snapshot);
            if groups.is_empty() {
                return rounds.finish();
            }
            let now = Instant::now();
            let part = |group| {
                let batch = Batch::new(&rounds, &snapshot, group);
                Part::new(cluster, &snapshot, group.server, batch, now)
            };
            let mut parts: Vec<_> = groups.iter().map(part).collect();
            let mut all: Vec<_> = parts.iter_mut().collect();
            serve(&mut all, rounds.deadline());
            let replies = parts.into_iter().map(|part| part.requests.finish());
            let replies = replies.collect();
            rounds.answered(&groups, replies, cluster, &snapshot);
        }
    }
}

/// The requests of one server's group.
struct Batch<'r, C: ManyKeys> {
    rounds: &'r Rounds<C>,
    snapshot: &'r Snapshot<Link>,
    /// The positions of the keys of each.
    requests: Vec<&'r [usize]>,
    replies: Vec<Option<Result<Option<Reply>, Error>>>,
}

impl<'r, C: ManyKeys> Batch<'r, C> {
    fn new(rounds: &'r Rounds<C>, snapshot: &'r Snapshot<Link>, group: &'r Group) -> Self {
        let requests: Vec<_> = group.requests().collect();
        Self {
            rounds,
            snapshot,
            replies: requests.iter().map(|_| None).collect(),
            requests,
        }
    }

    fn finish(self) -> Replies {
        let replies = self.replies.into_iter();
        let answered = replies.map(|reply| reply.expect("a part ends with all answers"));
        answered.collect()
    }
}

impl<C: ManyKeys> Requests for Batch<'_, C> {
    fn len(&self) -> usize {
        self.requests.len()
    }

    fn unawaited(&self) -> Option<Unawaited> {
        self.rounds.unawaited(self.snapshot)
    }

    fn queue(&self, at: usize, _: Protocol, push: &mut Push<'_>) -> Result<(), Error> {
        let positions = self.requests[at];
        let keys = self.rounds.keys(self.snapshot, positions)?;
        push(&self.rounds.request(positions, &keys)?)
    }

    fn answered(&mut self, at: usize, result: Result<Option<Reply>, Error>) {
        self.replies[at] = Some(result);
    }
}
