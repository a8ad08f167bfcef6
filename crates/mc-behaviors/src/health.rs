//! Which servers may be used, told from failures and times: a state machine without a socket and without a clock.
//!
//! ```text
//!            failed                       retry or dead time passes, may_use
//!   in use ──────────▶ resting ─────────────────────────────────────▶ probed
//!     ▲  ▲               ▲ │ late success                              │  │
//!     │  └───────────────┼─┘                                failed     │  │
//!     │                  └─────────────────────────────────────────────┘  │
//!     └──────────────────────────────── succeeded ────────────────────────┘
//! ```
//!
//! A server whose connection fails *rests*: nobody uses it until [`HealthSettings::retry_timeout`] has passed.
//! Then one caller, the *probe*, tries it with its own request; the others go on as if it still rested.
//! A success clears everything, a failure begins the next rest.
//! With [`HealthSettings::auto_eject`], a server that has failed [`HealthSettings::failure_limit`] times in a row is
//! *ejected*: its keys move to the others until a success brings it back,
//! and it rests for [`HealthSettings::dead_timeout`] instead, if that is not 0.
//! Without it keys never move: requests to a resting server fail at once.
//!
//! # How a client uses it
//!
//! 1. The owner of a key is looked up among all servers. Ask [`Health::may_use`] of it.
//!    [`Use::Now`] and [`Use::Probe`]: send the request there.
//!    [`Use::SkipUntil`]: if the server is ejected, send the request to the owner among the others
//!    (`mc_dist::Locator::without`), else fail.
//!    So a probe is an ordinary request, and only that one notices if the server is still down.
//! 2. Report what came of it: [`Health::succeeded`] for every complete reply, even an error such as out of memory,
//!    for the server is then well; [`Health::failed`] once for a connection that could not be made or broke;
//!    [`Health::timed_out`] for a request without a reply in time; [`Health::abandoned`] if a probe was not sent.
//! 3. When the answer is [`Change::Ejections`], place keys anew by [`Health::ejected`].
//! 4. A client with a timer may probe without waiting for a request, at [`Health::next_event`].
//!
//! # Without a lock
//!
//! Every call is O(1) and allocates nothing, save [`Health::ejected`] and [`Health::next_event`], which look at each
//! server. A client shared by many callers keeps the machine behind a lock and one atomic flag a server beside it,
//! set to [`Health::is_clear`] before the lock is let go. While a server's flag is true, [`Health::may_use`] would
//! answer [`Use::Now`] and [`Health::succeeded`] would do nothing, so neither need be called.
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
pub enum Use {
    /// It is well.
    Now,
    /// It rested long enough: the caller tries it, alone, and must report what came of it.
    Probe,
    /// It rests, or another caller probes it. Nothing changes before this time, unless it is well earlier.
    SkipUntil(Instant),
}

/// What a report or new settings did to the set of ejected servers.
#[must_use = "after a change the keys must be placed anew"]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The same servers are ejected as before.
    Same,
    /// Others are: read [`Health::ejected`].
    Ejections,
}

impl Change {
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
/// use mc_behaviors::{Change, Health, HealthSettings, Use};
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
/// assert_eq!(health.may_use(1, after(1)), Use::SkipUntil(after(2)));
/// assert_eq!(health.may_use(1, after(2)), Use::Probe);
/// assert_eq!(health.failed(1, after(3)), Change::Ejections);
/// assert_eq!(health.ejected().collect::<Vec<_>>(), [1]);
///
/// assert_eq!(health.may_use(1, after(5)), Use::Probe);
/// assert_eq!(health.succeeded(1), Change::Ejections);
/// assert_eq!(health.ejected().count(), 0);
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

    /// Whether `server` may be used at `now`. After [`Use::Probe`] the caller must report.
    ///
    /// A probe that is not reported within [`HealthSettings::probe_timeout`] is taken for lost, and the next caller probes.
    pub fn may_use(&mut self, server: usize, now: Instant) -> Use {
        let settings = &self.settings;
        let server = self.servers.get_mut(server);
        server.map_or(Use::Now, |server| server.may_use(settings, now))
    }

    /// The server's connection could not be made, or it broke; once for each connection, not for each request on it.
    ///
    /// While the server rests this does nothing: the connection was made before.
    pub fn failed(&mut self, server: usize, now: Instant) -> Change {
        self.report(server, |server, settings| server.failed(settings, now))
    }

    /// A request had no reply in time.
    ///
    /// It counts as a failure, but the server rests only when [`HealthSettings::failure_limit`] is reached
    /// or when the request was the probe: one slow reply does not take a server away.
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

    /// The servers whose keys move to others, by rising index.
    pub fn ejected(&self) -> impl Iterator<Item = usize> + '_ {
        let ejected = |(_, server): &(usize, &ServerHealth)| server.is_ejected(&self.settings);
        let servers = self.servers.iter().enumerate().filter(ejected);
        servers.map(|(index, _)| index)
    }

    /// When the next resting server may be probed; `None` if no server rests.
    pub fn next_event(&self) -> Option<Instant> {
        let rests = self.servers.iter();
        rests
            .filter_map(|server| server.skipped_until(&self.settings))
            .min()
    }

    /// The settings obeyed now.
    pub fn settings(&self) -> HealthSettings {
        self.settings
    }

    /// Obeys other settings from now on, for rests that have begun as well.
    pub fn set_settings(&mut self, settings: HealthSettings) -> Change {
        let changes = |server: &ServerHealth| {
            server.is_ejected(&self.settings) != server.is_ejected(&settings)
        };
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

    /// Tells one server, and says whether that ejected it or brought it back.
    fn report(
        &mut self,
        server: usize,
        tell: impl FnOnce(&mut ServerHealth, &HealthSettings),
    ) -> Change {
        let settings = &self.settings;
        let Some(server) = self.servers.get_mut(server) else {
            return Change::Same;
        };
        let before = server.is_ejected(settings);
        tell(server, settings);
        Change::of(before != server.is_ejected(settings))
    }
}
