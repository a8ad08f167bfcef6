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
        if C::TOGETHER == Together::Keys && len > 1 {
            let mut keys = Vec::with_capacity(len);
            for at in positions {
                keys.push(key(at)?);
            }
            return Ok(get(keys.into(), C::CAS));
        }
        self.batch(len, positions.map(|at| Ok((at, key(at)?))))
    }

    /// The request for these keys, which are at these positions.
    fn of_listed<'a>(&self, at: &[usize], keys: &'a [Key<'a>]) -> Result<Request<'a>, Error>
    where
        'c: 'a,
    {
        if C::TOGETHER == Together::Keys && keys.len() > 1 {
            return Ok(get(keys.into(), C::CAS));
        }
        let both = at.iter().copied().zip(keys.iter().copied());
        self.batch(keys.len(), both.map(Ok))
    }

    /// A batch of so many keys' requests, or that of the only one.
    fn batch<'a>(
        &self,
        len: usize,
        mut keys: impl Iterator<Item = Result<(usize, Key<'a>), Error>>,
    ) -> Result<Request<'a>, Error>
    where
        'c: 'a,
    {
        let request = |key: Result<(usize, Key<'a>), Error>| {
            let (at, key) = key?;
            self.command.request(at, key)
        };
        if len == 1
            && let Some(only) = keys.next()
        {
            return request(only);
        }
        let mut batch = Vec::with_capacity(len);
        for key in keys {
            batch.push(request(key)?);
        }
        Ok(Request::Batch(batch.into()))
    }
}

/// The request for many keys at once.
fn get(keys: Keys<'_>, cas: bool) -> Request<'_> {
    Request::GetMany { keys, cas }
}
