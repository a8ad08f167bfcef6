//! The requests of a round: many keys in a get, or a batch of requests about one key each.

use std::ops::Range;

use mc_proto::{Key, Request};

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
        let (command, range) = (self.command, group.range(index));
        let asked = Asked {
            command,
            group,
            snapshot,
        };
        let request = match C::TOGETHER {
            _ if range.len() == 1 => asked.row(range.start),
            Together::Keys => asked.get(range),
            Together::Alone | Together::Batch => asked.batch(range),
        }?;
        self.trace.sends(&request);
        Ok(request)
    }
}

/// What is asked of a group's server. Keys are named by their index in the group.
struct Asked<'a, C, L> {
    command: &'a C,
    group: &'a Group<'a>,
    snapshot: &'a Snapshot<L>,
}

impl<'a, C: ManyKeys, L> Asked<'a, C, L> {
    /// Many keys in a get.
    fn get(&self, range: Range<usize>) -> Result<Request<'a>, Error> {
        let keys = match &self.group.held {
            Held::Listed(listed) => listed.keys[range].into(),
            Held::Run(_) => {
                let mut keys = Vec::with_capacity(range.len());
                for index in range {
                    keys.push(self.key(index)?);
                }
                keys.into()
            }
        };
        Ok(Request::GetMany { keys, cas: C::CAS })
    }

    /// A request about each key.
    fn batch(&self, range: Range<usize>) -> Result<Request<'a>, Error> {
        let mut batch = Vec::with_capacity(range.len());
        for index in range {
            batch.push(self.row(index)?);
        }
        Ok(Request::Batch(batch.into()))
    }

    /// The request about one key.
    #[inline(always)]
    fn row(&self, index: usize) -> Result<Request<'a>, Error> {
        let key = self.key(index)?;
        Ok(self.command.request(self.group.at(index), key))
    }

    /// A key in its wire form.
    #[inline(always)]
    fn key(&self, index: usize) -> Result<Key<'a>, Error> {
        match &self.group.held {
            Held::Run(run) => {
                let named = self.command.keys().get(run.start + index);
                self.snapshot.key(named)
            }
            Held::Listed(listed) => Ok(listed.keys[index]),
        }
    }
}
