//! Which server a key goes to now: the snapshot that every call reads, and what changes it. No sockets here.
//!
//! A [`Cluster`] holds the live pieces: the calls that led to the placement (a [`Replay`]), the servers'
//! [`Health`], and the current [`Snapshot`]. A call loads the snapshot without a lock.
//! Whatever changes the placement (a server ejected or back, a behavior set) builds a new snapshot and swaps it in.
//!
//! `L` is a shell's link to one server.

mod change;
mod seat;
mod setup;
mod snapshot;
mod turn;

pub(crate) use seat::Seat;
pub(crate) use setup::Setup;
pub(crate) use snapshot::{LONGEST, Node, Snapshot, Unawaited, Window};
pub(crate) use turn::Turn;

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, Guard};
use mc_behaviors::{Behaviors, Change, Health, HealthSettings, Permit, Replay, ServerSpec};
use mc_proto::{Key, Limits};

use crate::connect::{Access, Protocol};
use crate::error::{Error, ErrorKind};
use crate::metrics::ServerMetrics;
use crate::sync::{Mutex, MutexGuard};
use crate::trace;
use crate::value::Values;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The server whose answer counts.
    pub(crate) server: usize,
    /// Those that get the same request; their answers tell the caller nothing.
    pub(crate) copies: Vec<usize>,
}

/// What a link is made from.
pub(crate) struct Server<'a> {
    pub(crate) seat: &'a Arc<Seat>,
    pub(crate) spec: &'a ServerSpec,
    pub(crate) name: &'a Arc<str>,
    pub(crate) behaviors: &'a Behaviors,
    pub(crate) options: &'a Options,
}

impl Server<'_> {
    /// What one side of a connection may make the other hold.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_value_len: self.options.values.max_len,
            ..Limits::default()
        }
    }
}

/// What became of a server's connection or of requests over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// A complete reply came, whatever it said.
    Answered,
    /// No connection could be made, or one that was none, see [`Lost::report`](crate::lost::Lost::report).
    Failed,
    /// No answer in time, or a connection that broke before the answer.
    TimedOut,
    /// A request that was let through was not sent after all.
    NotSent,
}

/// The servers of one client, as they stand now.
pub(crate) struct Cluster<L> {
    current: ArcSwap<Snapshot<L>>,
    state: Mutex<State>,
    values: Values,
}

/// What a change starts from.
struct State {
    replay: Replay,
    health: Health,
    options: Options,
}

/// What the caller chose for all calls; without it the settings decide.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) protocol: Option<Protocol>,
    pub(crate) access: Access,
    /// The time that a call may take.
    pub(crate) deadline: Option<Duration>,
    pub(crate) values: Values,
    #[cfg(feature = "tokio")]
    pub(crate) bounds: crate::tokio::Bounds,
}

impl<L> Cluster<L> {
    /// A cluster of these servers; `link` makes the link to each.
    pub(crate) fn new(setup: Setup, options: Options, link: impl FnMut(Server<'_>) -> L) -> Self {
        let snapshot = Snapshot::new(&setup, &options, Vec::new(), link);
        let values = options.values.clone();
        let settings = HealthSettings::from(setup.replay.behaviors());
        let health = Health::new(snapshot.nodes.len(), settings, fastrand::u64(..));
        let state = State {
            replay: setup.replay,
            health,
            options,
        };
        Self {
            current: ArcSwap::from_pointee(snapshot),
            state: Mutex::new(state),
            values,
        }
    }

    /// The servers and settings as they are now.
    pub(crate) fn snapshot(&self) -> Guard<Arc<Snapshot<L>>> {
        self.current.load()
    }

    /// What another client of the same servers and settings is made of.
    pub(crate) fn setup(&self) -> (Setup, Options) {
        let state = self.lock();
        (self.setup_of(&state), state.options.clone())
    }

    fn setup_of(&self, state: &State) -> Setup {
        Setup {
            replay: state.replay.clone(),
            locator: self.current.load().locator.clone(),
        }
    }

    /// How values are stored.
    pub(crate) fn values(&self) -> &Values {
        &self.values
    }

    /// What has been seen of each server.
    pub(crate) fn metrics(&self) -> Vec<ServerMetrics> {
        let snapshot = self.snapshot();
        let nodes = snapshot.nodes.iter();
        nodes.map(|node| node.seat.meter.metrics()).collect()
    }

    /// The settings as they are now.
    pub(crate) fn behaviors(&self) -> Behaviors {
        self.lock().replay.behaviors().clone()
    }

    /// The servers as they are now.
    pub(crate) fn servers(&self) -> Vec<ServerSpec> {
        self.lock().replay.servers().to_vec()
    }

    /// The server that every key goes to, if there is but one, and it does not rest.
    pub(crate) fn sole(&self, snapshot: &Snapshot<L>, turn: Turn) -> Option<usize> {
        let is_sole = snapshot.nodes.len() == 1 && self.asks_owners(snapshot, turn);
        is_sole.then_some(0)
    }

    /// Whether every key goes to its owner alone, as none rests.
    pub(crate) fn asks_owners(&self, snapshot: &Snapshot<L>, turn: Turn) -> bool {
        turn.is_owners() && !snapshot.nodes.iter().any(|node| node.seat.is_troubled())
    }

    /// Where a request about `key` goes: to the first of its servers that may be asked, with copies to the others
    /// if it is a write to replicas. When none may be asked, another server stands in, if the owner is ejected.
    ///
    /// A server that never failed is answered for by one atomic flag; only one that did costs a lock.
    ///
    /// # Errors
    /// [`ErrorKind::ServerDown`] while the key's servers rest and nobody stands in for them.
    #[inline]
    pub(crate) fn route(
        &self,
        snapshot: &Snapshot<L>,
        key: Key<'_>,
        turn: Turn,
    ) -> Result<Route, Error> {
        self.route_from(snapshot.owner(key), snapshot, key, turn)
    }

    /// The same, of a key whose owner is known.
    #[inline]
    pub(crate) fn route_from(
        &self,
        owner: usize,
        snapshot: &Snapshot<L>,
        key: Key<'_>,
        turn: Turn,
    ) -> Result<Route, Error> {
        if turn.is_owners() && !snapshot.nodes[owner].seat.is_troubled() {
            return Ok(Route {
                server: owner,
                copies: Vec::new(),
            });
        }
        self.route_around(snapshot, key, owner, turn)
    }

    /// The same, where not the owner alone is asked, or it may rest.
    fn route_around(
        &self,
        snapshot: &Snapshot<L>,
        key: Key<'_>,
        owner: usize,
        turn: Turn,
    ) -> Result<Route, Error> {
        let admit = |server| self.admit(snapshot, server).map(|()| server);
        let mut holders = turn.holders(owner, snapshot.nodes.len());
        let mut down = None;
        let mut first = || {
            holders.find_map(|server| {
                admit(server)
                    .map_err(|error| down.get_or_insert(error))
                    .ok()
            })
        };
        if let Some(server) = first() {
            let copies = if turn.copies() {
                holders.filter_map(|server| admit(server).ok()).collect()
            } else {
                Vec::new()
            };
            return Ok(Route { server, copies });
        }
        let down = down.unwrap_or_else(Error::no_servers);
        let stand_in = snapshot.stand_in(key).ok_or(down)?;
        let server = admit(stand_in)?;
        Ok(Route {
            server,
            copies: Vec::new(),
        })
    }

    /// Whether a request may go to the server at `index`. What became of it must be told by [`Self::report`].
    pub(crate) fn admit(&self, snapshot: &Snapshot<L>, index: usize) -> Result<(), Error> {
        let node = &snapshot.nodes[index];
        if !node.seat.is_troubled() {
            return Ok(());
        }
        let now = Instant::now();
        let mut state = self.lock();
        let index = self.index(&node.seat);
        // A server that was removed meanwhile is nobody's trouble any more: this call is its last.
        let permit = index.map_or(Permit::Use, |index| state.health.may_use(index, now));
        drop(state);
        match permit {
            Permit::Use | Permit::Probe => Ok(()),
            Permit::SkipUntil(until) => {
                Err(down(until.saturating_duration_since(now)).at(&node.name))
            }
        }
    }

    /// Takes note of what became of requests to a server, if it heeds that.
    #[inline]
    pub(crate) fn report(&self, seat: &Arc<Seat>, report: Report, now: Instant) {
        if seat.heeds(report) {
            self.note(seat, report, now);
        }
    }

    fn note(&self, seat: &Arc<Seat>, report: Report, now: Instant) {
        let mut state = self.lock();
        let Some(index) = self.index(seat) else {
            return;
        };
        let change = match report {
            Report::Answered => state.health.succeeded(index),
            Report::Failed => state.health.failed(index, now),
            Report::TimedOut => state.health.timed_out(index, now),
            Report::NotSent => {
                state.health.abandoned(index);
                Change::Same
            }
        };
        seat.set_troubled(!state.health.is_clear(index));
        if change == Change::Ejections {
            trace::ejected(seat.meter.name(), report != Report::Answered);
            self.place(&state);
        }
    }

    /// Where the server of a seat stands now, if it is still there; asked under the lock, it stays so.
    fn index(&self, seat: &Arc<Seat>) -> Option<usize> {
        let current = self.current.load();
        let is_its = |node: &Arc<Node<L>>| Arc::ptr_eq(&node.seat, seat);
        current.nodes.iter().position(is_its)
    }

    /// Swaps in a snapshot with others standing in for the servers that are ejected now.
    fn place(&self, state: &State) {
        let next = self.current.load().without(&state.health.ejected());
        self.current.store(Arc::new(next));
    }

    /// A panic while the lock was held leaves whole values behind: each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn down(remaining: Duration) -> Error {
    let message = format!(
        "the server failed before and is left alone for another {remaining:.1?}; \
         do without it until then, or shorten retry_timeout"
    );
    Error::caller(ErrorKind::ServerDown, message)
}
