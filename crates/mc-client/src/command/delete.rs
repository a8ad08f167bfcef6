//! `delete`.

use mc_proto::{Key, Protocol, Reply, Request};

use super::{Replicas, Single, Step, failed, sealed};
use crate::error::Error;
use crate::value::Values;

/// `delete <key>`: whether there was an item to delete.
#[derive(Debug, Clone, Copy)]
pub struct Delete<'k> {
    pub(crate) key: &'k [u8],
}

impl sealed::Sealed for Delete<'_> {}

impl Single for Delete<'_> {
    type Output = bool;

    const REPLICAS: Replicas = Replicas::Write;
    const BUFFERED: bool = true;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        Ok(Request::Delete { key })
    }

    fn unawaited(&self) -> Option<bool> {
        Some(true)
    }

    fn answered(&mut self, reply: Reply, _: &Values) -> Step<bool> {
        Step::Done(deleted(&reply))
    }
}

/// The meaning of a reply to `delete`.
pub(super) fn deleted(reply: &Reply) -> Result<bool, Error> {
    match reply {
        Reply::Deleted => Ok(true),
        Reply::NotFound => Ok(false),
        other => Err(failed("delete", other)),
    }
}
