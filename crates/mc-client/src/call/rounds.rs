//! A call about many keys: rounds of requests to many servers, until each key has its result.

use std::time::{Duration, Instant};

use super::gathered::{Gathered, Gathering, Slot};
use super::groups::{Group, Groups, Held, Listed};
use crate::cluster::{Cluster, Snapshot, Turn, Unawaited};
use crate::command::ManyKeys;
use crate::error::{Error, ErrorKind, Outcome};
use crate::trace;

/// One call about many keys.
///
/// A shell asks for the [`groups`](Self::groups) of a round, sends the [requests](Self::request) of all of
/// them at once, [gathers](Gathered) what comes of each group, and hands that back to [`end`](Self::end) the round;
/// and so on until there are no groups. Keys that have to be looked at before any is sent, as they have many servers,
/// are so many in a round at most; the call goes on with the next when all of those have their results.
pub(crate) struct Rounds<'c, C: ManyKeys> {
    pub(super) command: &'c C,
    deadline: Instant,
    /// Where the keys begin that were in no round yet.
    begun: usize,
    /// The positions of the keys to ask for again in the next round.
    open: Vec<usize>,
    /// What is known for each key so far: of an open one, how it failed first. It ends behind the last that is known.
    results: Vec<Slot<C::Output>>,
    turn: Turn,
    /// Whether each key travels by itself, as some had no answer of their own when they did not.
    alone: bool,
    pub(super) trace: trace::Call,
}

/// The most keys that are looked at together: what is kept for each of them then stays in the processor's cache, and
/// is memory that the process has already. To wait for the last answer of a round costs less than a hundredth of it.
const KEYS_A_ROUND: usize = 1 << 14;

impl<'c, C: ManyKeys> Rounds<'c, C> {
    /// Begins the call: its clock starts, its values are encoded. The command stays with the shell.
    pub(crate) fn begin<L>(
        command: &'c mut C,
        within: Option<Duration>,
        cluster: &Cluster<L>,
        snapshot: &Snapshot<L>,
    ) -> Self {
        let trace = trace::Call::begins(command.keys().len());
        let mut results = Vec::new();
        command.encode(cluster.values(), &mut |at, error| {
            *slot(&mut results, at) = Some(Err(error));
        });
        Self {
            command,
            deadline: snapshot.deadline(Instant::now(), within),
            begun: 0,
            open: Vec::new(),
            results,
            turn: Turn::default(),
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
        loop {
            if self.open.is_empty() {
                self.turn = snapshot.turn(C::REPLICAS);
                self.alone = false;
                if let Some(run) = self.run(cluster, snapshot) {
                    return vec![run];
                }
                self.open = self.next();
            }
            let groups = self.round(cluster, snapshot);
            if !groups.is_empty() || self.begun == self.command.keys().len() {
                return groups;
            }
            // Of these keys none can be sent, again or at all.
            self.open.clear();
        }
    }

    /// All keys that were in no round, if all may go to one server as they are.
    fn run<'k, L>(&mut self, cluster: &Cluster<L>, snapshot: &Snapshot<L>) -> Option<Group<'k>> {
        let run = self.begun..self.command.keys().len();
        let is_plain = self.results.len() <= run.start && snapshot.allows(C::CAS).is_ok();
        if run.is_empty() || !is_plain {
            return None;
        }
        let server = cluster.sole(snapshot, self.turn)?;
        self.begun = run.end;
        Some(self.group(server, Held::Run(run), snapshot))
    }

    /// The next keys that have no result.
    fn next(&mut self) -> Vec<usize> {
        let next = self.begun..self.command.keys().len().min(self.begun + KEYS_A_ROUND);
        self.begun = next.end;
        let is_open = |at: &usize| self.results.get(*at).is_none_or(Option::is_none);
        next.filter(is_open).collect()
    }

    /// The groups of the open keys.
    fn round<'k, L>(&mut self, cluster: &Cluster<L>, snapshot: &'k Snapshot<L>) -> Vec<Group<'k>>
    where
        'c: 'k,
    {
        let listed = self.checked(snapshot);
        match cluster.sole(snapshot, self.turn) {
            _ if listed.at.is_empty() => Vec::new(),
            Some(server) => vec![self.group(server, Held::Listed(listed), snapshot)],
            None => {
                let groups = self.routed(cluster, snapshot, &listed);
                groups.cut(self.together(snapshot), |at| self.command.weight(at))
            }
        }
    }

    /// The group of a server.
    fn group<'k, L>(&self, server: usize, held: Held<'k>, snapshot: &Snapshot<L>) -> Group<'k> {
        let together = self.together(snapshot);
        Group::new(server, held, together, |at| self.command.weight(at))
    }

    /// How many keys of one server travel in one request.
    fn together<L>(&self, snapshot: &Snapshot<L>) -> usize {
        match self.alone || self.unawaited(snapshot).is_some() {
            true => 1,
            false => snapshot.together(C::TOGETHER),
        }
    }

    /// The open keys in their wire forms; those that must not be sent have their result.
    fn checked<'k, L>(&mut self, snapshot: &'k Snapshot<L>) -> Listed<'k>
    where
        'c: 'k,
    {
        let mut open = std::mem::take(&mut self.open);
        if let Err(error) = snapshot.allows(C::CAS) {
            open.drain(..).for_each(|at| self.fail(at, error.clone()));
        }
        let mut listed = Listed::with_capacity(open.len());
        for at in open {
            match snapshot.key(self.command.keys().get(at)) {
                Ok(key) => listed.push(at, key),
                Err(error) => self.fail(at, error),
            }
        }
        listed
    }

    /// These keys, each with its servers'.
    fn routed<'k, L>(
        &mut self,
        cluster: &Cluster<L>,
        snapshot: &Snapshot<L>,
        Listed { at, keys }: &Listed<'k>,
    ) -> Groups<'k> {
        let owners = snapshot.owners(keys);
        let mut groups = Groups::new(snapshot.nodes.len(), &owners);
        let places = at.iter().zip(keys).zip(owners);
        if cluster.asks_owners(snapshot, self.turn) {
            places.for_each(|((at, key), owner)| groups.put(*at, *key, owner));
            return groups;
        }
        for ((at, key), owner) in places {
            match cluster.route_from(owner, snapshot, *key, self.turn) {
                Ok(route) => groups.add(*at, *key, route),
                Err(error) => self.settle(*at, Err(error)),
            }
        }
        groups
    }

    /// How to send requests whose answers are not awaited, if they are not.
    pub(crate) fn unawaited<L>(&self, snapshot: &Snapshot<L>) -> Option<Unawaited> {
        let unawaited = snapshot.unawaited(C::BUFFERED);
        unawaited.filter(|_| self.command.unawaited().is_some())
    }

    /// Takes what comes of a group's requests.
    pub(crate) fn gather<'g, L>(
        &self,
        group: &'g Group<'g>,
        cluster: &'g Cluster<L>,
        snapshot: &'g Snapshot<L>,
    ) -> Gathering<'g, C, L>
    where
        'c: 'g,
    {
        Gathering::new(self.command, cluster.values(), snapshot, group)
    }

    /// Takes what came of the keys of each group, and ends the round.
    pub(crate) fn end(&mut self, groups: &[Group<'_>], gathered: Vec<Gathered<C::Output>>) {
        for (group, mut gathered) in groups.iter().zip(gathered) {
            // The usual ends of most calls. (There are no results of copies.)
            if gathered.is_well() && !group.copies {
                match group.is_run_from(self.results.len()) {
                    true if self.results.is_empty() => self.results = gathered.results,
                    true => self.results.append(&mut gathered.results),
                    false => self.take_over(group, gathered.results),
                }
                continue;
            }
            self.alone |= gathered.alone;
            for (index, result) in gathered.results.into_iter().enumerate() {
                result
                    .into_iter()
                    .for_each(|it| self.settle(group.at(index), it));
            }
            let again = gathered.again.into_iter();
            self.open.extend(again.map(|index| group.at(index)));
        }
        self.turn.next();
        self.open.sort_unstable();
    }

    /// Takes the results of a group that has all that was asked for.
    fn take_over(&mut self, group: &Group<'_>, results: Vec<Slot<C::Output>>) {
        // Made for all keys at once.
        slot(&mut self.results, self.command.keys().len() - 1);
        for (index, result) in results.into_iter().enumerate() {
            self.results[group.at(index)] = result;
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
            Ok(output) => *slot(&mut self.results, at) = Some(Ok(output)),
            Err(error) => self.fail(at, error),
        }
    }

    /// The same, for one that failed.
    #[cold]
    fn fail(&mut self, at: usize, error: Error) {
        let elsewhere = error.is_loss() && self.turn.clone().next();
        let known = slot(&mut self.results, at);
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

/// Where the result of the key at this position is put.
#[inline]
fn slot<T>(results: &mut Vec<Slot<T>>, at: usize) -> &mut Slot<T> {
    if results.len() <= at {
        results.resize_with(at + 1, || None);
    }
    &mut results[at]
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
