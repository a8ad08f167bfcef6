//! What comes of the keys of one server in one round.

use std::iter;

use mc_proto::Reply;

use super::groups::Group;
use crate::cluster::Snapshot;
use crate::command::ManyKeys;
use crate::error::Error;
use crate::lost::{self, Lost};
use crate::value::Values;

/// A key's result, once there is one.
pub(super) type Slot<T> = Option<Result<T, Error>>;

/// Takes the replies to a group's requests as they come, each while the server works on the next.
pub(crate) struct Gathering<'g, C: ManyKeys, L> {
    command: &'g C,
    values: &'g Values,
    snapshot: &'g Snapshot<L>,
    group: &'g Group<'g>,
    gathered: Gathered<C::Output>,
}

/// What came of the keys of a group.
pub(crate) struct Gathered<T> {
    /// For each of its keys; none for copies.
    pub(super) results: Vec<Slot<T>>,
    /// Those of them whose server refused some in a way that does not tell which.
    pub(super) unplaced: Vec<usize>,
}

impl<T> Gathered<T> {
    /// Whether every key has what was asked for.
    pub(super) fn is_well(&self) -> bool {
        self.results.iter().all(|it| matches!(it, Some(Ok(_))))
    }
}

impl<'g, C: ManyKeys, L> Gathering<'g, C, L> {
    pub(super) fn new(
        command: &'g C,
        values: &'g Values,
        snapshot: &'g Snapshot<L>,
        group: &'g Group<'g>,
    ) -> Self {
        let keys = match group.copies {
            true => 0,
            false => group.at.len(),
        };
        Self {
            command,
            values,
            snapshot,
            group,
            gathered: Gathered {
                results: (0..keys).map(|_| None).collect(),
                unplaced: Vec::new(),
            },
        }
    }

    /// Takes what came of the request at this index: the reply, `None` if none is awaited, or why there is none.
    pub(crate) fn answered(&mut self, index: usize, reply: Result<Option<Reply>, Error>) {
        if self.group.copies {
            return;
        }
        let range = self.group.range(index);
        let first = range.start;
        let slots = &mut self.gathered.results[range];
        let server = &self.snapshot.nodes[self.group.server].name;
        let told = |error| self.snapshot.told(error, server);
        let (command, values) = (self.command, self.values);
        match reply {
            Ok(Some(Reply::Values(items))) => {
                let found = items.into_iter();
                fill(
                    slots,
                    found.map(|item| command.found(item, values).map_err(told)),
                );
            }
            Ok(Some(Reply::Value(item))) => {
                fill(slots, iter::once(command.found(item, values).map_err(told)));
            }
            Ok(Some(Reply::Batch(mut replies))) => {
                let ended = lost::ending(&mut replies, server);
                let unplaced = &mut self.gathered.unplaced;
                let answered = (first..).zip(&replies).map(|(at, reply)| {
                    if let Reply::Unplaced(_) = reply {
                        unplaced.push(at);
                    }
                    command.result(reply).map_err(told)
                });
                let (slots, rest) = slots.split_at_mut(replies.len().min(slots.len()));
                fill(slots, answered);
                let lost = || Err(Lost::Refused.into_error().at(server));
                let ended = ended.into_iter().map(Err);
                fill(rest, ended.chain(iter::repeat_with(lost)));
            }
            Ok(Some(reply)) => {
                fill(
                    slots,
                    iter::repeat_with(|| command.result(&reply).map_err(told)),
                );
            }
            Ok(None) => fill(slots, iter::from_fn(|| command.unawaited().map(Ok))),
            Err(error) => fill(slots, iter::repeat_with(|| Err(error.clone()))),
        }
    }

    /// What came of all requests.
    pub(crate) fn finish(self) -> Gathered<C::Output> {
        self.gathered
    }
}

/// Gives each key its result.
fn fill<T>(slots: &mut [Slot<T>], results: impl Iterator<Item = Result<T, Error>>) {
    for (slot, result) in slots.iter_mut().zip(results) {
        *slot = Some(result);
    }
}
