//! What comes of the keys of one server in one round.

use std::{iter, mem};

use mc_proto::Reply;

use super::groups::Group;
use crate::cluster::Snapshot;
use crate::command::ManyKeys;
use crate::error::{Error, ErrorKind};
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
    /// Those of them to be asked for again.
    pub(super) again: Vec<usize>,
    /// Whether each by itself, as their server refused some in a way that does not tell which.
    pub(super) alone: bool,
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
            false => group.keys(),
        };
        Self {
            command,
            values,
            snapshot,
            group,
            gathered: Gathered {
                results: (0..keys).map(|_| None).collect(),
                again: Vec::new(),
                alone: false,
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
        let slots = &mut self.gathered.results[range.clone()];
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
                let (again, alone) = (&mut self.gathered.again, &mut self.gathered.alone);
                let (slots, rest) = slots.split_at_mut(replies.len().min(slots.len()));
                let answered = (first..).zip(replies).map(|(at, reply)| {
                    let result = match reply {
                        // Most are; to forget it saves the call that would find nothing to drop.
                        Reply::Stored => {
                            mem::forget(reply);
                            command.result(&Reply::Stored)
                        }
                        reply => {
                            if let Reply::Unplaced(_) = reply {
                                again.push(at);
                                *alone = true;
                            }
                            command.result(&reply)
                        }
                    };
                    result.map_err(told)
                });
                fill(slots, answered);
                let lost = || Err(Lost::Refused.into_error(true).at(server));
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
            // They are asked for again without the bad one, which only then is looked for.
            Err(error) if self.group.is_unchecked() && error.kind() == ErrorKind::InvalidKey => {
                self.gathered.again.extend(range);
            }
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
