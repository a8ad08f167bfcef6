//! A call about many keys: rounds of requests to many servers, folded into one result for each key.

use std::iter;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mc_proto::{Reply, Request};

use super::groups::{Group, Groups};
use crate::cluster::{Cluster, Snapshot, Turn, Unawaited};
use crate::command::ManyKeys;
use crate::error::{Error, ErrorKind, Outcome};
use crate::lost::{self, Lost};
use crate::trace;
use crate::value::Values;

/// One call about many keys.
///
/// A shell asks for the [`groups`](Self::groups) of a round, sends the [requests](Self::request) of all of
/// them at once, and tells what came of each by [`answered`](Self::answered); and so on until there are no groups.
pub(crate) struct Rounds<'c, C: ManyKeys> {
    command: &'c C,
    deadline: Instant,
    /// The positions of the keys to ask for in the next round.
    open: Vec<usize>,
    /// What is known for each key so far: of an open one, how it failed first.
    results: Vec<Option<Result<C::Output, Error>>>,
    turn: Turn,
    /// Whether each key travels by itself, as some had no answer of their own when they did not.
    alone: bool,
    trace: trace::Call,
}

/// What came of each request of a group, in order: the reply, `None` if none is awaited, or why there is none.
pub(crate) type Replies = Vec<Result<Option<Reply>, Error>>;

impl<'c, C: ManyKeys> Rounds<'c, C> {
    /// Begins the call: its clock starts, its values are encoded. The command stays with the shell.
    pub(crate) fn begin<L>(
        command: &'c mut C,
        within: Option<Duration>,
        cluster: &Cluster<L>,
        snapshot: &Snapshot<L>,
    ) -> Self {
        let keys = command.keys().len();
        let trace = trace::Call::begins(keys);
        let mut results: Vec<_> = (0..keys).map(|_| None).collect();
        command.encode(cluster.values(), &mut |at, error| {
            results[at] = Some(Err(error));
        });
        let mut open: Vec<_> = (0..keys).collect();
        open.retain(|at| results[*at].is_none());
        Self {
            command,
            deadline: snapshot.deadline(Instant::now(), within),
            open,
            results,
            turn: snapshot.turn(C::REPLICAS),
            alone: false,
            trace,
        }
    }

    /// When the call must be over.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The next round: its keys, checked, and grouped by server. None when the call is over.
    /// What becomes of the requests must be told to the cluster.
    pub(crate) fn groups<'k, L>(
        &mut self,
        cluster: &Cluster<L>,
        snapshot: &'k Snapshot<L>,
    ) -> Vec<Group<'k>>
    where
        'c: 'k,
    {
        let together = match self.alone || self.unawaited(snapshot).is_some() {
            true => 1,
            false => snapshot.together(C::TOGETHER),
        };
        let (command, open) = (self.command, std::mem::take(&mut self.open));
        let mut groups = Groups::new(snapshot.nodes.len(), open.len());
        let allowed = snapshot.allows(C::CAS);
        for at in open {
            let key = match &allowed {
                Ok(()) => snapshot.key(command.keys().get(at)),
                Err(error) => Err(error.clone()),
            };
            let routed = key.and_then(|key| {
                let route = cluster.route(snapshot, key, self.turn)?;
                groups.add(at, key, route);
                Ok(())
            });
            if let Err(error) = routed {
                self.settle(at, Err(error));
            }
        }
        groups.cut(together, |at| command.weight(at))
    }

    /// How to send requests whose answers are not awaited, if they are not.
    pub(crate) fn unawaited<L>(&self, snapshot: &Snapshot<L>) -> Option<Unawaited> {
        let unawaited = snapshot.unawaited(C::BUFFERED);
        unawaited.filter(|_| self.command.unawaited().is_some())
    }

    /// The request of a group at this index.
    pub(crate) fn request<'a>(
        &self,
        group: &'a Group<'a>,
        index: usize,
    ) -> Result<Request<'a>, Error>
    where
        'c: 'a,
    {
        let range = group.range(index);
        let (at, keys) = (&group.at[range.clone()], &group.keys[range]);
        let request = self.command.requests(at, keys)?;
        self.trace.sends(match &request {
            Request::Batch(each) => each.first().map_or("batch", Request::name),
            request => request.name(),
        });
        Ok(request)
    }

    /// Takes what came of each request of each group, and ends the round.
    pub(crate) fn answered<L>(
        &mut self,
        groups: &[Group<'_>],
        replies: Vec<Replies>,
        cluster: &Cluster<L>,
        snapshot: &Snapshot<L>,
    ) {
        for (group, replies) in groups.iter().zip(replies) {
            let server = &snapshot.nodes[group.server].name;
            let told = |error| snapshot.told(error, server);
            for (index, reply) in replies.into_iter().enumerate() {
                if !group.copies {
                    let at = &group.at[group.range(index)];
                    self.fold(at, reply, server, told, cluster.values());
                }
            }
        }
        self.turn.next();
        self.open.sort_unstable();
    }

    /// Takes what came of one request: a result for each of its keys.
    fn fold(
        &mut self,
        at: &[usize],
        reply: Result<Option<Reply>, Error>,
        server: &Arc<str>,
        told: impl Fn(Error) -> Error,
        values: &Values,
    ) {
        let command = self.command;
        match reply {
            Ok(Some(Reply::Values(items))) => {
                for (at, item) in at.iter().zip(items) {
                    self.settle(*at, command.found(item, values).map_err(&told));
                }
            }
            Ok(Some(Reply::Value(item))) => {
                for (at, item) in at.iter().zip([item]) {
                    self.settle(*at, command.found(item, values).map_err(&told));
                }
            }
            Ok(Some(Reply::Batch(mut replies))) => {
                let ended = lost::ending(&mut replies, server);
                let (answered, behind) = at.split_at(replies.len());
                for (at, reply) in answered.iter().zip(&replies) {
                    self.take(*at, reply, &told);
                }
                let lost = || Lost::Refused.into_error().at(server);
                let errors = ended.into_iter().chain(iter::repeat_with(lost));
                for (at, error) in behind.iter().zip(errors) {
                    self.settle(*at, Err(error));
                }
            }
            Ok(Some(reply)) => {
                for at in at {
                    self.take(*at, &reply, &told);
                }
            }
            Ok(None) => {
                for at in at {
                    let assumed = command.unawaited();
                    assumed.into_iter().for_each(|it| self.settle(*at, Ok(it)));
                }
            }
            Err(error) => {
                for at in at {
                    self.settle(*at, Err(error.clone()));
                }
            }
        }
    }

    /// Takes the reply to the request of one key.
    fn take(&mut self, at: usize, reply: &Reply, told: impl Fn(Error) -> Error) {
        self.settle(at, self.command.result(reply).map_err(told));
        if matches!(reply, Reply::Unplaced(_)) {
            self.alone = true;
            self.open.push(at);
        }
    }

    /// The results, in the order of the keys.
    pub(crate) fn finish(self) -> Vec<Result<C::Output, Error>> {
        let settled = |result: Option<_>| result.expect("a call ends with all results");
        let results: Vec<_> = self.results.into_iter().map(settled).collect();
        if let Some(error) = results.iter().find_map(|result| result.as_ref().err()) {
            self.trace.failed(error);
        }
        results
    }

    /// What came of a key: the next round tries again, or it is settled.
    #[inline]
    fn settle(&mut self, at: usize, result: Result<C::Output, Error>) {
        match result {
            Ok(output) => self.results[at] = Some(Ok(output)),
            Err(error) => self.fail(at, error),
        }
    }

    /// The same, for one that failed.
    #[cold]
    fn fail(&mut self, at: usize, error: Error) {
        let known = &mut self.results[at];
        let elsewhere = error.is_loss() && self.turn.clone().next();
        if elsewhere || (known.is_none() && error.may_go_elsewhere()) {
            self.open.push(at);
        } else if known
            .as_ref()
            .is_some_and(|known| tells_more(known, &error))
        {
            return;
        }
        *known = Some(Err(error));
    }
}

/// Whether what is known of a key is the better answer than how another try of it failed: that the server is down by
/// now, or that nothing was sent this time.
fn tells_more<T>(known: &Result<T, Error>, again: &Error) -> bool {
    let may_be_done = |first: &Error| first.outcome() == Outcome::MaybeApplied;
    let not_sent = again.outcome() == Outcome::NotSent;
    again.kind() == ErrorKind::ServerDown || (not_sent && known.as_ref().is_err_and(may_be_done))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_done_is_not_forgotten() {
        let error = |kind, outcome| Error::new(kind, outcome, "");
        let maybe = || Err::<(), _>(error(ErrorKind::ServerTooLarge, Outcome::MaybeApplied));
        let unsent = |kind| error(kind, Outcome::NotSent);
        let rejected = error(ErrorKind::ServerTooLarge, Outcome::Rejected);
        assert!(tells_more(&maybe(), &unsent(ErrorKind::Connect)));
        assert!(tells_more(&maybe(), &unsent(ErrorKind::ServerDown)));
        assert!(!tells_more(&maybe(), &rejected));
        let first = || Err::<(), _>(unsent(ErrorKind::Closed));
        assert!(!tells_more(&first(), &unsent(ErrorKind::Connect)));
        assert!(tells_more(&first(), &unsent(ErrorKind::ServerDown)));
    }
}
