//! A number of clients that threads take turns with.
//!
//! The clients are a queue, as in pylibmc, and so are the threads that wait. Each of those sleeps on a condition of its
//! own, and only the first is ever woken: it takes its client and wakes the next if there is one more.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mc_client::blocking::Client;

use super::reserved::{Home, Member, Reserved};
use crate::metrics::{Fill, Meter};
use crate::{Error, Metrics};

/// A pool of blocking clients, each a clone with connections of its own. Cheap to clone; clones are the same pool.
///
/// A [`Reserved`] client goes to the end of the queue when it is dropped, and the one that has rested longest is lent
/// first. Threads that wait are served in the order of coming, and nobody overtakes them.
///
/// ```
/// use mc_client::blocking::Client;
/// use mc_pool::{Block, ClientPool, Stage};
///
/// let client = Client::builder().servers(["cache1", "cache2"])?.build()?;
/// let pool = ClientPool::new();
/// pool.fill(&client, 2);
///
/// let first = pool.reserve(Block::No)?;
/// let second = pool.reserve(Block::No)?;
/// assert_eq!(pool.reserve(Block::No).unwrap_err().stage(), Stage::Empty);
/// drop(first); // it goes back
/// let third = pool.reserve(Block::Forever)?;
/// assert_eq!(third.owner("greeting")?, client.owner("greeting")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # For those who come from pylibmc
///
/// | pylibmc | here |
/// |---|---|
/// | `pool = ClientPool()` | `let pool = ClientPool::new();` |
/// | `pool = ClientPool(mc, 4)` | the same, and then `pool.fill(&client, 4)` |
/// | `pool.fill(mc, 4)` | `pool.fill(&client, 4)`; there is no limit to how many |
/// | `with pool.reserve() as mc:` | `let client = pool.reserve(Block::No)?;` until the end of the block |
/// | `with pool.reserve(block=True) as mc:` | `pool.reserve(Block::Forever)?` |
/// | (none) | `pool.reserve(Block::AtMost(limit))?` |
/// | `queue.Empty` is raised | an [`Error`] with [`Stage::Empty`](crate::Stage::Empty) |
/// | `pool.qsize()` | `pool.metrics().idle` |
/// | an exception in the block: the client goes back | an early return too; not a panic |
/// | `pool = ThreadMappedPool(mc)` | [`ThreadMappedPool::new(client)`](crate::ThreadMappedPool::new) |
/// | `with pool.reserve() as mc:` | [`pool.reserve()`](crate::ThreadMappedPool::reserve); while it is held, the thread gets the same client again, and not another one |
/// | `pool.relinquish()` | [`pool.relinquish()`](crate::ThreadMappedPool::relinquish); no need to at the end of a thread |
/// | `pool.master` | [`pool.master()`](crate::ThreadMappedPool::master) |
#[derive(Debug, Clone, Default)]
pub struct ClientPool {
    shared: Arc<Shared>,
}

/// What [`ClientPool::reserve`] does when no client is idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Block {
    /// It fails at once: pylibmc's default, and ours.
    #[default]
    No,
    /// It waits for so long.
    AtMost(Duration),
    /// It waits until there is one, or until somebody fills the pool.
    Forever,
}

impl ClientPool {
    /// A pool without clients, see [`fill`](Self::fill).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `count` clones of `client`, with its settings and servers as they are now. They connect when they are used.
    pub fn fill(&self, client: &Client, count: usize) {
        let master = Arc::new(client.clone());
        let members = Vec::from_iter((0..count).map(|_| Member::of(&master)));
        self.shared.meter.created(count);
        let mut state = self.shared.lock();
        state.idle.extend(members);
        state.wake_first();
    }

    /// Reserves a client; `block` says what to do if there is none.
    ///
    /// # Errors
    /// [`Stage::Empty`](crate::Stage::Empty) for [`Block::No`], [`Stage::Waiting`](crate::Stage::Waiting) for
    /// [`Block::AtMost`], if no client is left for this caller.
    pub fn reserve(&self, block: Block) -> Result<Reserved, Error> {
        let since = Instant::now();
        let meter = &self.shared.meter;
        match self.shared.find(block) {
            Ok(member) => {
                meter.reserved(since);
                Ok(Reserved::new(member, Arc::clone(&self.shared) as _))
            }
            Err(error) => {
                meter.refused(error.stage());
                Err(error)
            }
        }
    }

    /// How full the pool is, and what it has seen.
    pub fn metrics(&self) -> Metrics {
        let state = self.shared.lock();
        let fill = Fill {
            size: state.size(),
            idle: state.idle.len(),
            waiting: state.waiting.len(),
        };
        self.shared.meter.metrics(&fill)
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    meter: Meter,
}

#[derive(Debug, Default)]
struct State {
    /// The one that rests longest is the first.
    idle: VecDeque<Arc<Member>>,
    /// How many are not here.
    reserved: usize,
    /// What each thread that waits sleeps on, in the order of coming.
    waiting: VecDeque<Arc<Condvar>>,
}

impl Shared {
    fn find(&self, block: Block) -> Result<Arc<Member>, Error> {
        let mut state = self.lock();
        // As many as wait have a claim on the clients that have just come back.
        if state.idle.len() > state.waiting.len()
            && let Some(member) = state.lend()
        {
            return Ok(member);
        }
        let limit = match block {
            Block::No => return Err(Error::empty(state.size())),
            Block::AtMost(limit) => limit,
            Block::Forever => Duration::MAX,
        };
        let turn = Arc::new(Condvar::new());
        state.waiting.push_back(Arc::clone(&turn));
        let mut state = wait(state, &turn, limit);
        let found = state.is_turn(&turn).then(|| state.lend()).flatten();
        state.waiting.retain(|other| !Arc::ptr_eq(other, &turn));
        state.wake_first();
        found.ok_or_else(|| Error::late(state.size(), limit))
    }

    /// A panic while the lock was held would have been in our own code; what it left is still whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sleeps until the turn has come or the time has passed. [`Duration::MAX`] never passes.
fn wait<'a>(
    state: MutexGuard<'a, State>,
    turn: &Arc<Condvar>,
    limit: Duration,
) -> MutexGuard<'a, State> {
    let not_yet = |state: &mut State| !state.is_turn(turn);
    let woken = turn.wait_timeout_while(state, limit, not_yet);
    woken.unwrap_or_else(PoisonError::into_inner).0
}

impl State {
    fn size(&self) -> usize {
        self.idle.len() + self.reserved
    }

    fn lend(&mut self) -> Option<Arc<Member>> {
        let member = self.idle.pop_front()?;
        self.reserved += 1;
        Some(member)
    }

    /// Whether there is a client for the thread that sleeps on this.
    fn is_turn(&self, turn: &Arc<Condvar>) -> bool {
        let first = self.waiting.front();
        !self.idle.is_empty() && first.is_some_and(|first| Arc::ptr_eq(first, turn))
    }

    fn take_back(&mut self, member: Arc<Member>) {
        self.reserved -= 1;
        self.idle.push_back(member);
        self.wake_first();
    }

    fn wake_first(&self) {
        if let Some(first) = self.waiting.front()
            && !self.idle.is_empty()
        {
            first.notify_one();
        }
    }
}

impl Home for Shared {
    fn take_back(&self, member: &Arc<Member>) {
        self.lock().take_back(Arc::clone(member));
    }

    fn replace(&self, member: &Arc<Member>) {
        let fresh = member.afresh();
        self.meter.created(1);
        self.lock().take_back(fresh);
    }
}
