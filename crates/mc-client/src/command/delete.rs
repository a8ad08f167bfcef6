//! `delete`, with a condition or without.

use mc_proto::{Key, Protocol, Reply, Request, meta};

use super::{Call, Replicas, Single, Step, failed, sealed};
use crate::error::{Error, ErrorKind};
use crate::value::Values;

/// `delete <key>`: whether there was an item to delete.
#[derive(Debug, Clone, Copy)]
pub struct Delete<'k> {
    pub(crate) key: &'k [u8],
}

/// `md <key> C<cas>`: deletes an item if it has not changed; meta's only.
#[derive(Debug, Clone, Copy)]
pub struct DeleteIf<'k> {
    key: &'k [u8],
    cas: u64,
}

/// What became of a delete with a cas unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeleteOutcome {
    /// Deleted: the item had not changed.
    Deleted,
    /// Not deleted: the item has changed since its cas unique was read.
    Exists,
    /// Not deleted: there is no such item any more.
    NotFound,
}

impl<'k, S> Call<S, Delete<'k>> {
    /// Deletes the item only if it has not changed since `gets` gave this cas unique.
    ///
    /// Only the meta protocol can; in the others the call fails as
    /// [`InvalidArgument`](ErrorKind::InvalidArgument), and nothing is sent. Replicas keep their copies.
    pub fn cas(self, unique: u64) -> Call<S, DeleteIf<'k>> {
        self.with(|Delete { key }| DeleteIf { key, cas: unique })
    }
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

impl sealed::Sealed for DeleteIf<'_> {}

impl Single for DeleteIf<'_> {
    type Output = DeleteOutcome;

    const CAS: bool = true;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, protocol: Protocol) -> Result<Request<'a>, Error> {
        if protocol != Protocol::Meta {
            let message = format!(
                "delete with a cas unique needs the meta protocol; this connection speaks {protocol}"
            );
            return Err(Error::caller(ErrorKind::InvalidArgument, message));
        }
        let delete = meta::Delete {
            compare_cas: Some(self.cas),
            echo_key: true,
            ..meta::Delete::new(key)
        };
        Ok(Request::Meta(delete.into()))
    }

    fn answered(&mut self, reply: Reply, _: &Values) -> Step<DeleteOutcome> {
        match reply {
            Reply::Meta(reply) => match *reply {
                meta::Reply::Done(_) => Step::done(DeleteOutcome::Deleted),
                meta::Reply::Exists(_) => Step::done(DeleteOutcome::Exists),
                meta::Reply::NotFound(_) => Step::done(DeleteOutcome::NotFound),
                _ => Step::failed("delete", &Reply::Meta(reply)),
            },
            other => Step::failed("delete", &other),
        }
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
