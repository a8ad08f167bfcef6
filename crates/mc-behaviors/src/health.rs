//! Which servers may be used, told from failures and times: a state machine without a socket and without a clock.
//!
//! ```text
//!              failed                 its time passes, may_use
//!   in use ─────────────▶ resting ──────────────────────────────▶ probed
//!     ▲                    │   ▲               failed               │ │
//!     │      succeeded     │   └────────────────────────────────────┘ │
//!     └────────────────────┴──────────────────────────────────────────┘
//! ```
//!
//! A server whose connection fails *rests*: nobody uses it until [`HealthSettings::retry_timeout`] has passed.
//! Then one caller, the *probe*, tries it with its own request; the others go on as if it still rested.
//! A success clears everything, a failure begins the next rest.
//!
//! Without [`HealthSettings::auto_eject`] keys never move: requests to a resting server fail at once.
//! With it, a server that has failed [`HealthSettings::failure_limit`] times in a row is *ejected*:
//! its keys move to the others while it rests, which lasts [`HealthSettings::dead_timeout`] instead if that is not 0.
//! Then [`Health::tick`] brings it back, to be probed; one failure ejects it again.
//!
//! # How a client uses it
//!
//! 1. Before a key's owner is looked up: [`Health::tick`], if [`Health::next_event`] has passed.
//! 2. Ask [`Health::may_use`] of the owner, and send, or fail at once.
//! 3. Report what came of it: [`Health::succeeded`] for every complete reply, even an error such as out of memory,
//!    for the server is then well; [`Health::failed`] once for a connection that could not be made or broke;
//!    [`Health::timed_out`] for a request without a reply in time; [`Health::abandoned`] if a probe was not sent.
//! 4. When the answer is [`Change::Ejections`], place keys anew without [`Health::ejected`].
//!
//! A client can spare its users the wait for a probe of a server that is still down: without a tick, ask
//! [`Health::may_use`] of the owner among *all* servers, and unless it says [`Permit::Probe`] go to the owner among
//! those left. Then an ejected server is back when its probe succeeds, and only that one request notices if it fails.
//!
//! # Without a lock
//!
//! Every call is O(1) and allocates nothing, save those that look at each server: [`Health::ejected`],
//! [`Health::next_event`], [`Health::tick`] and [`Health::configure`]. A client shared by many callers keeps the machine
//! behind a lock and one atomic flag a server beside it, set to [`Health::is_clear`] before the lock is let go.
//! While a server's flag is true, [`Health::may_use`] would answer [`Permit::Use`] and [`Health::succeeded`] would do
//! nothing, so neither need be called. [`Health::next_event`] changes only with a [`Change`], and can be kept beside
//! the placement.
//!
//! # Source
//!
//! libmemcached 1.1.4, `src/libmemcached/connect.cc`. On purpose different: a server comes back after its rest even if
//! `dead_timeout` is 0 (there it never does), time-outs count (there they do not), one probe at a time (there every
//! caller tries), a server is ejected by its own failures only (there a resting one goes with it),
//! and times are exact (there whole seconds, rounded up).

mod server;
mod settings;
#[cfg(test)]
mod tests;

use std::time::Instant;

use server::ServerHealth;
pub use settings::HealthSettings;

/// Whether a server may be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// It is well.
    Use,
    /// It rested long enough: the caller tries it, alone, and must report what came of it.
    Probe,
    /// It rests, or another caller probes it. Nothing changes before this time, unless it is well earlier.
    SkipUntil(Instant),
}

/// What a report, the time or new settings did to the set of ejected servers.
#[must_use = "after a change the keys must be placed anew"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The same servers are ejected as before.
    Same,
    /// Others are, or until another time: read [`Health::ejected`] and [`Health::next_event`] again.
    Ejections,
}

impl Change {
    /// Whether this is [`Change::Ejections`].
    pub fn is_changed(self) -> bool {
        self == Self::Ejections
    }

    fn of(changed: bool) -> Self {
        match changed {
            true => Self::Ejections,
            false => Self::Same,
        }
    }
}

/// The health of a list of servers, each named by its index.
///
/// An index beyond the list is a server that is well: reports about it do nothing.
/// The times given need not rise from call to call.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use mc_behaviors::{Change, Health, HealthSettings, Permit};
///
/// let settings = HealthSettings {
///     retry_timeout: Duration::from_secs(2),
///     failure_limit: 2,
///     auto_eject: true,
///     ..HealthSettings::default()
/// };
/// let mut health = Health::new(3, settings);
/// let start = Instant::now();
/// let after = |seconds| start + Duration::from_secs(seconds);
///
/// assert_eq!(health.failed(1, start), Change::Same);
/// assert_eq!(health.may_use(1, after(1)), Permit::SkipUntil(after(2)));
/// assert_eq!(health.may_use(1, after(2)), Permit::Probe);
/// assert_eq!(health.failed(1, after(3)), Change::Ejections);
/// assert_eq!((health.ejected(), health.next_event()), (vec![1], Some(after(5))));
///
/// assert_eq!(health.tick(after(5)), Change::Ejections);
/// assert_eq!((health.ejected(), health.next_event()), (vec![], None));
/// assert_eq!(health.may_use(1, after(5)), Permit::Probe);
/// assert_eq!(health.succeeded(1), Change::Same);
/// assert!(health.is_clear(1));
/// ```
#[derive(Debug, Clone)]
pub struct Health {
    settings: HealthSettings,
    servers: Vec<ServerHealth>,
}

impl Health {
    /// So many servers, all well.
    pub fn new(servers: usize, settings: HealthSettings) -> Self {
        Self {
            settings,
            servers: vec![ServerHealth::default(); servers],
        }
    }

    /// Whether `server` may be used at `now`. After [`Permit::Probe`] the caller must report.
    ///
    /// A probe that is not reported within [`HealthSettings::probe_timeout`] is taken for lost, and the next caller probes.
    pub fn may_use(&mut self, server: usize, now: Instant) -> Permit {
        let settings = &self.settings;
        let server = self.servers.get_mut(server);
        server.map_or(Permit::Use, |server| server.may_use(settings, now))
    }

    /// The server's connection could not be made, or it broke; once for each connection, not for each request on it.
    ///
    /// While the server rests this does nothing: the connection was made before.
    pub fn failed(&mut self, server: usize, now: Instant) -> Change {
        self.report(server, |server, settings| server.failed(settings, now))
    }

    /// A request had no reply in time.
    ///
    /// It counts as a failure, but the server rests only when [`HealthSettings::timeout_limit`] is reached
    /// or when it was being probed: one slow reply does not take a server away.
    pub fn timed_out(&mut self, server: usize, now: Instant) -> Change {
        self.report(server, |server, settings| server.timed_out(settings, now))
    }

    /// A complete reply came, whatever it says: all is forgotten.
    pub fn succeeded(&mut self, server: usize) -> Change {
        self.report(server, |server, _| *server = ServerHealth::default())
    }

    /// A probe was not sent after all: the next caller may probe.
    pub fn abandoned(&mut self, server: usize) {
        if let Some(server) = self.servers.get_mut(server) {
            server.abandoned();
        }
    }

    /// Whether `server` has no failure since its last success: see the module's note on locks.
    pub fn is_clear(&self, server: usize) -> bool {
        let server = self.servers.get(server);
        server.is_none_or(|server| *server == ServerHealth::default())
    }

    /// The servers whose keys belong to others now, by rising index.
    pub fn ejected(&self) -> Vec<usize> {
        let servers = self.servers.iter().enumerate();
        let ejected = servers.filter(|(_, server)| server.is_ejected(&self.settings));
        ejected.map(|(index, _)| index).collect()
    }

    /// When [`Health::tick`] will bring a server back; `None` if none is ejected.
    pub fn next_event(&self) -> Option<Instant> {
        let returns = |server: &ServerHealth| server.returns(&self.settings);
        self.servers.iter().filter_map(returns).min()
    }

    /// Brings back the ejected servers whose rest is over at `now`, so that a key's owner can be their probe.
    pub fn tick(&mut self, now: Instant) -> Change {
        let mut change = Change::Same;
        for server in &mut self.servers {
            if server.returns(&self.settings).is_some_and(|at| at <= now) {
                server.bring_back();
                change = Change::Ejections;
            }
        }
        change
    }

    /// The settings obeyed now.
    pub fn settings(&self) -> HealthSettings {
        self.settings
    }

    /// Obeys other settings from now on, for rests that have begun as well.
    pub fn configure(&mut self, settings: HealthSettings) -> Change {
        let changes =
            |server: &ServerHealth| server.returns(&self.settings) != server.returns(&settings);
        let change = Change::of(self.servers.iter().any(changes));
        self.settings = settings;
        change
    }

    /// Another list of servers: each is a server of the old list, by its index there, or a new one, which is well.
    ///
    /// Indexes mean the new list from now on, so the ejected servers are to be read again.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// use mc_behaviors::{Health, HealthSettings};
    ///
    /// let mut health = Health::new(2, HealthSettings::default());
    /// _ = health.failed(0, Instant::now());
    /// health.rearrange([Some(1), None, Some(0)]);
    /// assert!(health.is_clear(0) && health.is_clear(1) && !health.is_clear(2));
    /// ```
    pub fn rearrange(&mut self, servers: impl IntoIterator<Item = Option<usize>>) {
        let state = |old: Option<usize>| old.and_then(|index| self.servers.get(index).copied());
        self.servers = servers
            .into_iter()
            .map(|old| state(old).unwrap_or_default())
            .collect();
    }

    /// Tells one server, and says whether that ejected it, longer or anew, or brought it back.
    fn report(
        &mut self,
        server: usize,
        tell: impl FnOnce(&mut ServerHealth, &HealthSettings),
    ) -> Change {
        let settings = &self.settings;
        let Some(server) = self.servers.get_mut(server) else {
            return Change::Same;
        };
        let before = server.returns(settings);
        tell(server, settings);
        Change::of(before != server.returns(settings))
    }
}
