//! A call about many keys: one pipelined batch to each server, all servers at once.

use std::time::Instant;

use mc_proto::{Protocol, Reply, Request};

use super::client::Client;
use super::link::Link;
use super::part::Part;
use super::requests::Requests;
use super::serve::serve;
use crate::call::{Gathering, Group, Rounds};
use crate::cluster::{Snapshot, Unawaited};
use crate::command::{Call, Many, ManyKeys};
use crate::error::Error;

/// The blocking shell, for a command about many keys.
#[derive(Debug, Clone, Copy)]
pub struct ToMany<'c>(pub(super) &'c Client);

impl<C: ManyKeys<Key: Sync, Output: Send + Sync> + Sync> Call<ToMany<'_>, C> {
    /// Sends the command to all servers at once and waits for their answers, until the deadline at most.
    ///
    /// A server without a connection that is ready is connected to in a thread of its own, if it is not the
    /// only one that is asked.
    pub fn call(self) -> Many<C::Key, C::Output> {
        let Self {
            shell: ToMany(client),
            mut command,
            deadline: within,
        } = self;
        let cluster = client.cluster();
        let mut rounds = Rounds::begin(&mut command, within, cluster, &cluster.snapshot());
        loop {
            let snapshot = cluster.snapshot();
            let groups = rounds.groups(cluster, &snapshot);
            if groups.is_empty() {
                let results = rounds.finish();
                return Many::new(command.keys_mut().take(), results);
            }
            let now = Instant::now();
            let part = |group| {
                let batch = Batch {
                    rounds: &rounds,
                    snapshot: &snapshot,
                    group,
                    gathering: rounds.gather(group, cluster, &snapshot),
                };
                Part::new(cluster, &snapshot, group.server, batch, now)
            };
            let mut parts: Vec<_> = groups.iter().map(part).collect();
            let mut all: Vec<_> = parts.iter_mut().collect();
            serve(&mut all, rounds.deadline());
            let gathered = parts.into_iter().map(|it| it.requests.gathering.finish());
            let gathered = gathered.collect();
            rounds.end(&groups, gathered);
        }
    }
}

/// The requests of one server's group.
struct Batch<'r, C: ManyKeys> {
    rounds: &'r Rounds<'r, C>,
    snapshot: &'r Snapshot<Link>,
    group: &'r Group<'r>,
    gathering: Gathering<'r, C, Link>,
}

impl<C: ManyKeys> Requests for Batch<'_, C> {
    fn len(&self) -> usize {
        self.group.len()
    }

    fn unawaited(&self) -> Option<Unawaited> {
        self.rounds.unawaited(self.snapshot)
    }

    fn queue(
        &self,
        at: usize,
        _: Protocol,
        push: impl FnOnce(&Request<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        push(&self.rounds.request(self.group, at, self.snapshot)?)
    }

    fn answered(&mut self, at: usize, result: Result<Option<Reply>, Error>) {
        self.gathering.answered(at, result);
    }
}
