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
//! A server that cannot be connected to *rests*: nobody uses it until [`HealthSettings::retry_timeout`] has passed,
//! and up to half as long again. Then one caller, the *probe*, tries it with its own request; the others go on as if it
//! still rested. A success clears everything, a failure begins the next rest.
//!
//! Without [`HealthSettings::auto_eject`] keys never move: requests to a resting server fail at once.
//! With it, a server that has failed [`HealthSettings::failure_limit`] times in a row is *ejected*:
//! its keys move to the others until a success brings it back, and its rests last [`HealthSettings::dead_timeout`]
//! instead if that is not 0.
//!
//! # How a client uses it
//!
//! 1. Look up a key's owner among *all* servers, and ask [`Health::may_use`] of it. If it is to be skipped,
//!    and is ejected, the owner among the others stands in; else the request fails at once.
//!    So a probe is an ordinary request, and if the server is still down only that one notices.
//! 2. Report what came of it: [`Health::succeeded`] for every complete reply, even an error such as out of memory,
//!    for the server is then well; [`Health::failed`] for a connection that could not be made;
//!    [`Health::timed_out`] for a request without a reply; [`Health::abandoned`] if a probe was not sent.
//! 3. When the answer is [`Change::Ejections`], place keys anew without [`Health::ejected`].
//! 4. A client with a timer may probe before a request comes, at [`Health::next_event`]. Without one, nothing happens
//!    while nobody asks: the first request after the rest is the probe, however long ago the rest ended.
//!
//! # When clients come back
//!
//! A server that dies is lost by all its clients at once. They must not come back at once: each rest is longer than its
//! time by a part, drawn anew, of [`HealthSettings::jitter_percent`] of it. So a client is back at the latest after 1.5
//! times the rest, and never before it. libmemcached's clients rest up to a second longer, since they compare whole
//! seconds; at its default of 2 s that is as long as here.
//!
//! # Without a lock
//!
//! Every call is O(1) and allocates nothing, save those that look at each server: [`Health::ejected`],
//! [`Health::next_event`] and [`Health::configure`]. A client shared by many callers keeps the machine behind a lock
//! and one atomic flag a server beside it, set to [`Health::is_clear`] before the lock is let go.
//! While a server's flag is true, [`Health::may_use`] would answer [`Permit::Use`] and [`Health::succeeded`] would do
//! nothing, so neither need be called.
//!
//! # Source
//!
//! libmemcached 1.1.4, `src/libmemcached/connect.cc`; 1.0.16 differs, and [`Compat`](mc_dist::Compat) says who is
//! followed:
//!
//! | | 1.1.4 | 1.0.16 |
//! |---|---|---|
//! | a connection that breaks or times out | tells nothing of the server | makes it rest, as a failed connection does |
//! | `server_timeout_limit` N | makes it rest after N failed connections | is not known |
//! | `remove_failed` N | is `auto_eject` on | is that, and `failure_limit` N |
//! | `retry_timeout` 0 | rests up to a second | is refused |
//!
//! Both count connections that failed, forget them at each that is made, rest for `retry_timeout`, and eject at
//! `failure_limit`. On purpose different: a server comes back after its rest even if
//! `dead_timeout` is 0 (there it never does), time-outs count (there they do not), one probe at a time (there every
//! caller tries, and every key of an ejected server goes back to it for that), a server is ejected by its own failures
//! only (there a resting one goes with it), and at the last of them (there the next request finds out, fails, and
//! begins the rest).

mod server;
mod settings;
#[cfg(test)]
mod tests;

use std::time::Instant;

use fastrand::Rng;
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
/// use mc_behaviors::{Change, Health, HealthSettings, Permit};
///
/// let settings = HealthSettings {
///     retry_timeout: Duration::from_secs(2),
///     failure_limit: 2,
///     auto_eject: true,
///     jitter_percent: 0,
///     ..HealthSettings::default()
/// };
/// let mut health = Health::new(3, settings, 7);
/// let start = Instant::now();
/// let after = |seconds| start + Duration::from_secs(seconds);
///
/// assert_eq!(health.failed(1, start), Change::Same);
/// assert_eq!(health.may_use(1, after(1)), Permit::SkipUntil(after(2)));
/// assert_eq!(health.may_use(1, after(2)), Permit::Probe);
/// assert_eq!(health.failed(1, after(3)), Change::Ejections);
/// assert_eq!(health.ejected(), [1]);
///
/// assert_eq!(health.next_event(), Some(after(5)));
/// assert_eq!(health.may_use(1, after(5)), Permit::Probe);
/// assert_eq!(health.succeeded(1), Change::Ejections);
/// assert!(health.ejected().is_empty() && health.is_clear(1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    settings: HealthSettings,
    servers: Vec<ServerHealth>,
    random: Rng,
}

impl Health {
    /// So many servers, all well. How long each rest lasts is drawn from the `seed`: each client has another.
    pub fn new(servers: usize, settings: HealthSettings, seed: u64) -> Self {
        Self {
            settings,
            servers: vec![ServerHealth::default(); servers],
            random: Rng::with_seed(seed),
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

    /// No connection to the server could be made.
    ///
    /// It rests, if this was the probe or [`HealthSettings::connect_limit`] is reached.
    /// While the server rests this does nothing: the attempt was begun before.
    pub fn failed(&mut self, server: usize, now: Instant) -> Change {
        self.report(server, |server, settings, random| {
            server.failed(settings.connect_limit, settings, now, random);
        })
    }

    /// A request had no reply in time, or its connection broke; of a connection report one.
    ///
    /// It counts as a failure, but the server rests only when [`HealthSettings::timeout_limit`] is reached or when it
    /// was being probed: one slow reply does not take a server away, nor does a restart that is over at once.
    pub fn timed_out(&mut self, server: usize, now: Instant) -> Change {
        self.report(server, |server, settings, random| {
            server.failed(settings.timeout_limit, settings, now, random);
        })
    }

    /// A complete reply came, whatever it says: all is forgotten.
    pub fn succeeded(&mut self, server: usize) -> Change {
        self.report(server, |server, _, _| *server = ServerHealth::default())
    }

    /// A probe was not sent after all: the next caller may probe.
    pub fn abandoned(&mut self, server: usize) {
        if let Some(server) = self.servers.get_mut(server) {
            server.abandoned();
        }
    }

    /// Whether `server` has no failure since its last success. A client that keeps this machine behind a lock can have it
    /// in an atomic flag beside each server, so that calls to a healthy one need not take the lock.
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

    /// When the next resting server may be probed, or probed again; `None` if no server rests.
    pub fn next_event(&self) -> Option<Instant> {
        let until = |server: &ServerHealth| server.skipped_until(&self.settings);
        self.servers.iter().filter_map(until).min()
    }

    /// The settings obeyed now.
    pub fn settings(&self) -> HealthSettings {
        self.settings
    }

    /// Obeys other settings from now on, for rests that have begun as well.
    pub fn configure(&mut self, settings: HealthSettings) -> Change {
        let changes = |server: &ServerHealth| {
            server.is_ejected(&self.settings) != server.is_ejected(&settings)
        };
        let change = Change::of(self.servers.iter().any(changes));
        self.settings = settings;
        change
    }

    /// The list of servers is another now: for each of it the index that it had, `None` if it is new.
    ///
    /// What is known of the servers that stay goes with them, ejections included; place the keys anew.
    ///
    /// ```
    /// use std::time::Instant;
    ///
    /// use mc_behaviors::{Health, HealthSettings};
    ///
    /// let settings = HealthSettings { failure_limit: 1, auto_eject: true, ..HealthSettings::default() };
    /// let mut health = Health::new(3, settings, 7);
    /// let _ejected = health.failed(2, Instant::now());
    /// health.rearrange([Some(0), Some(2), None]); // the server at 1 is gone, another stands at the end
    /// assert_eq!(health.ejected(), [1]);
    /// ```
    pub fn rearrange(&mut self, from: impl IntoIterator<Item = Option<usize>>) {
        let servers = from.into_iter().map(|from| {
            let known = from.and_then(|index| self.servers.get(index).copied());
            known.unwrap_or_default()
        });
        self.servers = servers.collect();
    }

    /// Tells one server, and says whether that ejected it or brought it back.
    fn report(
        &mut self,
        server: usize,
        tell: impl FnOnce(&mut ServerHealth, &HealthSettings, &mut Rng),
    ) -> Change {
        let settings = &self.settings;
        let Some(server) = self.servers.get_mut(server) else {
            return Change::Same;
        };
        let before = server.is_ejected(settings);
        tell(server, settings, &mut self.random);
        Change::of(before != server.is_ejected(settings))
    }
}
