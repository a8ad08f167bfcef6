//! When the items of a many-key call end.

use mc_proto::Exptime;

use crate::command::Expire;
use crate::error::Error;

/// When items end: as the caller said it, and on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    expire: Expire,
    /// From the start of the call on.
    exptime: Exptime,
}

impl End {
    pub(crate) fn new(expire: Expire) -> Self {
        Self {
            expire,
            exptime: Exptime::NEVER,
        }
    }

    /// The number on the wire.
    #[inline]
    pub(super) fn exptime(&self) -> Exptime {
        self.exptime
    }

    /// Starts the call; an end that has no number on the wire is the error of each of so many keys. Whether it has one.
    pub(super) fn start(&mut self, keys: usize, refuse: &mut dyn FnMut(usize, Error)) -> bool {
        match self.expire.exptime() {
            Ok(exptime) => self.exptime = exptime,
            Err(error) => {
                (0..keys).for_each(|at| refuse(at, error.clone()));
                return false;
            }
        }
        true
    }
}
