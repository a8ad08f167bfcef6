//! A call about many keys: rounds of requests to many servers, folded into one result for each key.

use std::time::{Duration, Instant};

use mc_proto::{Key, Protocol, Reply, Request};

use crate::cluster::{Cluster, Snapshot, Turn, Unawaited};
use crate::command::{Many, ManyKeys};
use crate::error::{Error, ErrorKind};
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
    /// How many keys travel in one request.
    together: usize,
}

impl Group {
    /// The positions of each request.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &[usize]> {
        self.at.chunks(self.together)
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
        let mut groups = Groups::new(snapshot.nodes.len(), snapshot.together(C::TOGETHER));
        for at in std::mem::take(&mut self.open) {
            let key = snapshot.allows(C::CAS);
            let key = key.and_then(|()| snapshot.key(self.command.keys().get(at)));
            match key.and_then(|key| cluster.route(snapshot, key, self.turn)) {
                Ok(route) => {
                    groups.add(at, route.server, false);
                    for copy in route.copies {
                        groups.add(at, copy, true);
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
        at.iter().map(|at| snapshot.key(keys.get(*at))).collect()
    }

    /// The request for the keys at these positions.
    pub(crate) fn request<'a>(
        &'a self,
        at: &[usize],
        keys: &'a [Key<'a>],
        protocol: Protocol,
    ) -> Result<Request<'a>, Error> {
        let request = self.command.request(at, keys, protocol)?;
        self.trace.sends(request.name());
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
                    self.fold(at, reply, told, cluster.values());
                }
            }
        }
        self.turn.next();
        self.open.sort_unstable();
    }

    fn fold(
        &mut self,
        at: &[usize],
        reply: Result<Option<Reply>, Error>,
        told: impl Fn(Error) -> Error,
        values: &Values,
    ) {
        let results = |reply| match reply {
            Some(reply) => self.command.results(reply, values).map_err(&told),
            None => Ok(at
                .iter()
                .filter_map(|_| self.command.unawaited().map(Ok))
                .collect()),
        };
        match reply.and_then(results) {
            Ok(results) => {
                for (at, result) in at.iter().zip(results) {
                    self.settle(*at, result.map_err(&told));
                }
            }
            Err(error) => at
                .iter()
                .for_each(|at| self.settle(*at, Err(error.clone()))),
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
            } else if known.is_some() && error.kind() == ErrorKind::ServerDown {
                // That the server is down by now tells less than how it failed.
                return;
            }
        }
        *known = Some(result);
    }
}

/// The groups of one round, while keys are put into them.
struct Groups(Vec<Group>);

impl Groups {
    fn new(servers: usize, together: usize) -> Self {
        let group = |copies, server| Group {
            server,
            copies,
            at: Vec::new(),
            together,
        };
        let answering = (0..servers).map(|server| group(false, server));
        let copying = (0..servers).map(|server| group(true, server));
        Self(answering.chain(copying).collect())
    }

    fn add(&mut self, at: usize, server: usize, copies: bool) {
        let servers = self.0.len() / 2;
        self.0[server + usize::from(copies) * servers].at.push(at);
    }

    fn into_vec(mut self) -> Vec<Group> {
        self.0.retain(|group| !group.at.is_empty());
        self.0
    }
}
