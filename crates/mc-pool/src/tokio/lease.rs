//! A client of the pool, lent.

use std::ops::Deref;
use std::{fmt, thread};

use deadpool::managed::Object;
use mc_client::Client;

use super::manager::Manager;

/// A client lent by a [`Pool`](crate::Pool): used like a [`Client`], and given back when it is dropped.
///
/// Dropped by a panic, it is not given back: see the [crate](crate#what-never-goes-back). Its clones share its
/// connections; those that outlive it share them with whoever comes next.
#[must_use = "the client goes back at once"]
pub struct Lease {
    /// Taken in `drop` alone.
    lent: Option<Object<Manager>>,
}

impl Lease {
    pub(super) fn new(lent: Object<Manager>) -> Self {
        Self { lent: Some(lent) }
    }
}

impl Deref for Lease {
    type Target = Client;

    fn deref(&self) -> &Client {
        self.lent.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(lent) = self.lent.take()
            && thread::panicking()
        {
            drop(Object::take(lent));
        }
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&**self).finish()
    }
}
