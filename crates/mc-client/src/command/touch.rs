//! `touch`.

use mc_proto::{Key, Protocol, Reply, Request};

use super::{Expire, Single, Step, failed, sealed};
use crate::error::Error;
use crate::value::Values;

/// `touch <key> <exptime>`: gives an item a new expiration; whether there was one.
#[derive(Debug, Clone, Copy)]
pub struct Touch<'k> {
    pub(crate) key: &'k [u8],
    pub(crate) expire: Expire,
}

impl sealed::Sealed for Touch<'_> {}

impl Single for Touch<'_> {
    type Output = bool;

    fn key(&self) -> &[u8] {
        self.key
    }

    fn request<'a>(&'a self, key: Key<'a>, _: Protocol) -> Result<Request<'a>, Error> {
        Ok(Request::Touch {
            key,
            exptime: self.expire.exptime()?,
        })
    }

    fn unawaited(&self) -> Option<bool> {
        Some(true)
    }

    fn answered(&mut self, reply: Reply, _: &Values) -> Step<bool> {
        Step::Done(touched(&reply))
    }
}

/// The meaning of a reply to `touch`.
pub(super) fn touched(reply: &Reply) -> Result<bool, Error> {
    match reply {
        Reply::Touched => Ok(true),
        Reply::NotFound => Ok(false),
        other => Err(failed("touch", other)),
    }
}
