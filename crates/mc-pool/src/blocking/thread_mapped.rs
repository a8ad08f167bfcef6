//! One client for each thread.
//!
//! The pool has the clients, by thread; each thread has a list of the pools that it is in, and leaves them when it ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::Instant;

use mc_client::blocking::Client;

use super::reserved::{Home, Member, Reserved};
use crate::Metrics;
use crate::metrics::{Fill, Meter};

/// A pool that has one blocking client for each thread, made when the thread first asks. Cheap to clone; clones are the
/// same pool.
///
/// A thread's client is dropped, with its connections, when the thread ends, when it [relinquishes](Self::relinquish)
/// it, or with the pool. What pylibmc's names are here is told by
/// [`ClientPool`](crate::ClientPool#for-those-who-come-from-pylibmc).
///
/// ```no_run
/// use mc_client::blocking::Client;
/// use mc_pool::ThreadMappedPool;
///
/// let client = Client::builder().servers(["cache1", "cache2"])?.build()?;
/// let pool = ThreadMappedPool::new(client);
/// std::thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| pool.reserve().set("greeting", "hello").call());
///     }
/// });
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ThreadMappedPool {
    shared: Arc<Shared>,
}

impl ThreadMappedPool {
    /// A pool of clones of `master`, which itself is not lent.
    pub fn new(master: Client) -> Self {
        let shared = Shared {
            master: Arc::new(master),
            clients: Mutex::default(),
            meter: Meter::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// This thread's client, or else a new clone of the master, with its settings and servers as they are now.
    ///
    /// In a thread that is ending, such as in the `drop` of a thread-local value, it is a client for this one time.
    pub fn reserve(&self) -> Reserved {
        let since = Instant::now();
        let member = THREAD.try_with(|thread| self.shared.member(thread));
        let member = member.unwrap_or_else(|_ending| self.shared.make());
        self.shared.meter.reserved(since);
        Reserved::new(member, Arc::clone(&self.shared) as _)
    }

    /// Gives up this thread's client; the next time, the thread gets another. Says whether there was one.
    ///
    /// One that is reserved right now stays usable, and is dropped afterwards.
    pub fn relinquish(&self) -> bool {
        let left = THREAD.try_with(|thread| self.shared.remove(thread.id));
        left.unwrap_or(false)
    }

    /// What the clients are clones of. A change of its settings or servers is seen by those that are made later.
    pub fn master(&self) -> &Client {
        &self.shared.master
    }

    /// How many threads have a client, how many use it now, and what the pool has seen. Nobody ever waits.
    pub fn metrics(&self) -> Metrics {
        let clients = self.shared.lock();
        let is_idle = |member: &&Arc<Member>| Arc::strong_count(member) == 1;
        let fill = Fill {
            size: clients.len(),
            idle: clients.values().filter(is_idle).count(),
            waiting: 0,
        };
        self.shared.meter.metrics(&fill)
    }
}

#[derive(Debug)]
struct Shared {
    master: Arc<Client>,
    clients: Mutex<HashMap<ThreadId, Arc<Member>>>,
    meter: Meter,
}

impl Shared {
    /// The client of the thread that calls.
    fn member(self: &Arc<Self>, thread: &Thread) -> Arc<Member> {
        if let Some(member) = self.lock().get(&thread.id) {
            return Arc::clone(member);
        }
        let member = self.make();
        thread.enter(self);
        self.lock().insert(thread.id, Arc::clone(&member));
        member
    }

    fn make(&self) -> Arc<Member> {
        self.meter.created(1);
        Member::of(&self.master)
    }

    /// Drops a thread's client, if it has one.
    fn remove(&self, thread: ThreadId) -> bool {
        let removed = self.lock().remove(&thread);
        removed.is_some()
    }

    /// A panic while the lock was held would have been in our own code; what it left is still whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<ThreadId, Arc<Member>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Home for Shared {
    /// It has never left.
    fn take_back(&self, _member: &Arc<Member>) {}

    /// Its thread makes another when it asks again.
    fn replace(&self, member: &Arc<Member>) {
        self.lock().retain(|_, other| !Arc::ptr_eq(other, member));
    }
}

thread_local! {
    static THREAD: Thread = Thread {
        id: thread::current().id(),
        pools: RefCell::default(),
    };
}

/// A thread, and the pools that have a client for it.
struct Thread {
    id: ThreadId,
    pools: RefCell<Vec<Weak<Shared>>>,
}

impl Thread {
    fn enter(&self, pool: &Arc<Shared>) {
        let pool = Arc::downgrade(pool);
        let mut pools = self.pools.borrow_mut();
        pools.retain(|other| other.strong_count() > 0 && !Weak::ptr_eq(other, &pool));
        pools.push(pool);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        for pool in self.pools.get_mut().iter().filter_map(Weak::upgrade) {
            pool.remove(self.id);
        }
    }
}
