//! The requests of a round: many keys in a get, or a batch of requests about one key each.

use std::ops::Range;

use mc_proto::{Key, Keys, Request};

use super::Rounds;
use super::groups::{Group, Held};
use crate::cluster::Snapshot;
use crate::command::{ManyKeys, Together};
use crate::error::Error;

impl<'c, C: ManyKeys> Rounds<'c, C> {
    /// The request of a group at this index.
    ///
    /// # Errors
    /// Of an unchecked group that one of its keys is none.
    pub(crate) fn request<'a, L>(
        &self,
        group: &'a Group<'a>,
        index: usize,
        snapshot: &'a Snapshot<L>,
    ) -> Result<Request<'a>, Error>
    where
        'c: 'a,
    {
        let range = group.range(index);
        let request = match &group.held {
            Held::Run(run) => {
                self.of_unchecked(run.start + range.start..run.start + range.end, snapshot)?
            }
            Held::Listed(listed) => {
                self.of_listed(&listed.at[range.clone()], &listed.keys[range])?
            }
        };
        self.trace.sends(&request);
        Ok(request)
    }

    /// The request for the keys at these positions.
    fn of_unchecked<'a, L>(
        &self,
        positions: Range<usize>,
        snapshot: &'a Snapshot<L>,
    ) -> Result<Request<'a>, Error>
    where
        'c: 'a,
    {
        let (command, len) = (self.command, positions.len());
        let key = |at| snapshot.key(command.keys().get(at));
        if len == 1 {
            return command.request(positions.start, key(positions.start)?);
        }
        if C::TOGETHER == Together::Keys {
            let mut keys = Vec::with_capacity(len);
            for at in positions {
                keys.push(key(at)?);
            }
            return Ok(get::<C>(keys.into()));
        }
        let mut batch = Vec::with_capacity(len);
        for at in positions {
            batch.push(command.request(at, key(at)?)?);
        }
        Ok(Request::Batch(batch.into()))
    }

    /// The request for these keys, which are at these positions.
    fn of_listed<'a>(&self, at: &[usize], keys: &'a [Key<'a>]) -> Result<Request<'a>, Error>
    where
        'c: 'a,
    {
        if let ([at], [key]) = (at, keys) {
            return self.command.request(*at, *key);
        }
        if C::TOGETHER == Together::Keys {
            return Ok(get::<C>(keys.into()));
        }
        let mut batch = Vec::with_capacity(keys.len());
        for (at, key) in at.iter().zip(keys) {
            batch.push(self.command.request(*at, *key)?);
        }
        Ok(Request::Batch(batch.into()))
    }
}

/// The request for many keys at once.
fn get<C: ManyKeys>(keys: Keys<'_>) -> Request<'_> {
    Request::GetMany { keys, cas: C::CAS }
}
