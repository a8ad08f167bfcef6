//! A client that somebody holds.

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;
use std::thread;

use mc_client::blocking::Client;

/// A client reserved from a [`ClientPool`](crate::ClientPool) or a [`ThreadMappedPool`](crate::ThreadMappedPool): used
/// like a [`Client`], and given back when it is dropped.
///
/// It may outlive the pool, and may go to another thread. Dropped by a panic, it is not given back: see the
/// [crate](crate#what-never-goes-back).
#[derive(Debug)]
#[must_use = "the client goes back at once"]
pub struct Reserved {
    member: Arc<Member>,
    home: Arc<dyn Home>,
}

impl Reserved {
    pub(super) fn new(member: Arc<Member>, home: Arc<dyn Home>) -> Self {
        Self { member, home }
    }
}

impl Deref for Reserved {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.member.client
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        match thread::panicking() {
            true => self.home.replace(&self.member),
            false => self.home.take_back(&self.member),
        }
    }
}

/// Where a reserved client goes back to.
pub(super) trait Home: Debug + Send + Sync {
    /// The holder has done with it.
    fn take_back(&self, member: &Arc<Member>);

    /// The holder has panicked: it is not lent again, but one as it was at first.
    fn replace(&self, member: &Arc<Member>);
}

/// One client of a pool.
#[derive(Debug)]
pub(super) struct Member {
    client: Client,
    master: Arc<Client>,
}

impl Member {
    /// A clone of `master`, with connections of its own.
    pub(super) fn of(master: &Arc<Client>) -> Arc<Self> {
        Arc::new(Self {
            client: Client::clone(master),
            master: Arc::clone(master),
        })
    }

    /// Another clone of the same master.
    pub(super) fn afresh(&self) -> Arc<Self> {
        Self::of(&self.master)
    }
}
