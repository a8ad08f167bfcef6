//! A call about many keys: rounds of requests to many servers, folded into one result for each key.

use std::iter;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mc_proto::{Key, Reply, Request};

use crate::cluster::{Cluster, Snapshot, Turn, Unawaited};
use crate::command::{Many, ManyKeys};
use crate::error::{Error, ErrorKind, Outcome};
use crate::lost::{self, Lost};
use crate::trace;
use crate::value::Values;

/// One call about many keys.
///
/// A shell asks for the [`groups`](Self::groups) of a round, sends the [requests](Self::request) of all of
/// them at once, and tells what came of each by [`answered`](Self::answered); and so on until there are no groups.
pub(crate) struct Rounds<C: ManyKeys> {
    command: C,
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

/// The keys of one server in one round, cut into requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// The server's index.
    pub(crate) server: usize,
    /// Whether the requests are copies: another server's answers count.
    pub(crate) copies: bool,
    /// The positions in the caller's list, ascending.
    at: Vec<usize>,
    /// Where each request ends in that, but the last, which ends with it.
    ends: Vec<usize>,
    /// How many keys the last request has.
    last: usize,
    /// What it weighs.
    weight: usize,
}

/// Bytes of values in one request, beyond which the next begins.
const MOST_TOGETHER: usize = 256 << 10;

impl Group {
    /// The positions of each request.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &[usize]> {
        let starts = iter::once(0).chain(self.ends.iter().copied());
        let ends = self.ends.iter().copied().chain([self.at.len()]);
        starts.zip(ends).map(|(start, end)| &self.at[start..end])
    }

    /// Puts a key into the last request, or into another one if that is full.
    fn add(&mut self, at: usize, weight: usize, together: usize) {
        if self.last == together || self.weight >= MOST_TOGETHER {
            self.ends.push(self.at.len());
            (self.last, self.weight) = (0, 0);
        }
        self.at.push(at);
        self.last += 1;
        self.weight += weight;
    }
}

impl<C: ManyKeys> Rounds<C> {
    /// Begins a call: its clock starts, its values are encoded.
    pub(crate) fn begin<L>(
        mut command: C,
        within: Option<Duration>,
        cluster: &Cluster<L>,
        snapshot: &Snapshot<L>,
    ) -> Self {
        let trace = trace::Call::begins(command.keys().len());
        let mut results: Vec<_> = (0..command.keys().len()).map(|_| None).collect();
        command.encode(cluster.values(), &mut |at, error| {
            results[at] = Some(Err(error));
        });
        let unsettled = |at: &usize| results[*at].is_none();
        Self {
            open: (0..results.len()).filter(unsettled).collect(),
            command,
            deadline: snapshot.deadline(Instant::now(), within),
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

    /// The next round: its keys, grouped by server. None when the call is over.
    /// What becomes of the requests must be told to the cluster.
    pub(crate) fn groups<L>(&mut self, cluster: &Cluster<L>, snapshot: &Snapshot<L>) -> Vec<Group> {
        let together = match self.alone || self.unawaited(snapshot).is_some() {
            true => 1,
            false => snapshot.together(C::TOGETHER),
        };
        let mut groups = Groups::new(snapshot.nodes.len(), together);
        for at in std::mem::take(&mut self.open) {
            let key = snapshot.allows(C::CAS);
            let key = key.and_then(|()| snapshot.key(self.command.keys().get(at)));
            match key.and_then(|key| cluster.route(snapshot, key, self.turn)) {
                Ok(route) => {
                    let weight = self.command.weight(at);
                    groups.add(at, weight, route.server, false);
                    for copy in route.copies {
                        groups.add(at, weight, copy, true);
                    }
                }
                Err(error) => self.settle(at, Err(error)),
            }
        }
        groups.into_vec()
    }

    /// How to send requests whose answers are not awaited, if they are not.
    pub(crate) fn unawaited<L>(&self, snapshot: &Snapshot<L>) -> Option<Unawaited> {
        let unawaited = snapshot.unawaited(C::BUFFERED);
        unawaited.filter(|_| self.command.unawaited().is_some())
    }

    /// The keys at these positions, in their wire form.
    pub(crate) fn keys<'a, L>(
        &'a self,
        snapshot: &'a Snapshot<L>,
        at: &[usize],
    ) -> Result<Vec<Key<'a>>, Error> {
        let keys = self.command.keys();
        let mut all = Vec::with_capacity(at.len());
        for at in at {
            all.push(snapshot.key(keys.get(*at))?);
        }
        Ok(all)
    }

    /// The request for the keys at these positions.
    pub(crate) fn request<'a>(
        &'a self,
        at: &[usize],
        keys: &'a [Key<'a>],
    ) -> Result<Request<'a>, Error> {
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
        groups: &[Group],
        replies: Vec<Replies>,
        cluster: &Cluster<L>,
        snapshot: &Snapshot<L>,
    ) {
        for (group, replies) in groups.iter().zip(replies) {
            let server = &snapshot.nodes[group.server].name;
            let told = |error| snapshot.told(error, server);
            for (at, reply) in group.requests().zip(replies) {
                if !group.copies {
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
        match reply {
            Ok(Some(Reply::Values(items))) => {
                let replies = items.into_iter().map(Reply::Value);
                self.take(at, replies, told, values);
            }
            Ok(Some(Reply::Batch(mut replies))) => {
                let ended = lost::ending(&mut replies, server);
                let (answered, behind) = at.split_at(replies.len());
                self.take(answered, replies.into_iter(), told, values);
                let lost = || Lost::Refused.into_error().at(server);
                let errors = ended.into_iter().chain(iter::repeat_with(lost));
                for (at, error) in behind.iter().zip(errors) {
                    self.settle(*at, Err(error));
                }
            }
            Ok(Some(reply)) => {
                let replies = iter::repeat_n(reply, at.len());
                self.take(at, replies, told, values);
            }
            Ok(None) => {
                for at in at {
                    let assumed = self.command.unawaited();
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

    /// Takes the reply to each of these keys.
    fn take(
        &mut self,
        at: &[usize],
        replies: impl Iterator<Item = Reply>,
        told: impl Fn(Error) -> Error,
        values: &Values,
    ) {
        for (at, reply) in at.iter().zip(replies) {
            let is_open = matches!(reply, Reply::Unplaced(_));
            let result = self.command.result(reply, values).map_err(&told);
            self.settle(*at, result);
            if is_open {
                self.alone = true;
                self.open.push(*at);
            }
        }
    }

    /// The results, in the order of the keys.
    pub(crate) fn finish(mut self) -> Many<C::Key, C::Output> {
        let results: Vec<_> = self.results.into_iter().flatten().collect();
        if let Some(error) = results.iter().find_map(|result| result.as_ref().err()) {
            self.trace.failed(error);
        }
        Many::new(self.command.keys_mut().take(), results)
    }

    /// What came of a key: the next round tries again, or it is settled.
    fn settle(&mut self, at: usize, result: Result<C::Output, Error>) {
        let known = &mut self.results[at];
        if let Err(error) = &result {
            let elsewhere = error.is_loss() && self.turn.clone().next();
            if elsewhere || (known.is_none() && error.may_go_elsewhere()) {
                self.open.push(at);
            } else if known.as_ref().is_some_and(|known| tells_more(known, error)) {
                return;
            }
        }
        *known = Some(result);
    }
}

/// Whether what is known of a key is the better answer than how another try of it failed: that the server is down by
/// now, or that nothing was sent this time.
fn tells_more<T>(known: &Result<T, Error>, again: &Error) -> bool {
    let may_be_done = |first: &Error| first.outcome() == Outcome::MaybeApplied;
    let not_sent = again.outcome() == Outcome::NotSent;
    again.kind() == ErrorKind::ServerDown || (not_sent && known.as_ref().is_err_and(may_be_done))
}

/// The groups of one round, while keys are put into them.
struct Groups {
    groups: Vec<Group>,
    /// How many keys travel in one request.
    together: usize,
}

impl Groups {
    fn new(servers: usize, together: usize) -> Self {
        let group = |copies, server| Group {
            server,
            copies,
            at: Vec::new(),
            ends: Vec::new(),
            last: 0,
            weight: 0,
        };
        let answering = (0..servers).map(|server| group(false, server));
        let copying = (0..servers).map(|server| group(true, server));
        Self {
            groups: answering.chain(copying).collect(),
            together,
        }
    }

    fn add(&mut self, at: usize, weight: usize, server: usize, copies: bool) {
        let servers = self.groups.len() / 2;
        let group = &mut self.groups[server + usize::from(copies) * servers];
        group.add(at, weight, self.together);
    }

    fn into_vec(mut self) -> Vec<Group> {
        self.groups.retain(|group| !group.at.is_empty());
        self.groups
    }
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
