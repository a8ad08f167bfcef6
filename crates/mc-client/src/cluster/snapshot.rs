//! The placement and the servers at one moment: immutable, shared by all calls that start in it.

use std::iter;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mc_behaviors::{Behaviors, ServerSpec, Transport};
use mc_dist::Locator;
use mc_proto::Key;

use super::{Options, Seat, Server, Setup, Turn};
use crate::command::{Replicas, Together};
use crate::error::{Connection, Error};
use crate::metrics::Meter;

/// The longest time to wait: longer ones are cut to it, as they would overflow the clock.
pub(crate) const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The most keys in one get.
const MOST_KEYS: usize = 1000;

/// The most requests in one batch; the bytes of values end most batches before. Its one answer wakes the client, which
/// costs as much as some ten sets.
const MOST_REQUESTS: usize = 10_000;

/// Everything that routing a call needs.
pub(crate) struct Snapshot<L> {
    /// The servers, in the order that the locators' indexes mean.
    pub(crate) nodes: Arc<[Arc<Node<L>>]>,
    pub(super) locator: Locator,
    /// The placement without the ejected servers, if there are any.
    standing_in: Option<Locator>,
    namespace: Arc<[u8]>,
    rules: Rules,
}

/// What the settings say of calls.
#[derive(Debug, Clone, Copy)]
struct Rules {
    printable_keys: bool,
    deadline: Duration,
    /// How many servers hold each key: the owner and its replicas.
    holders: usize,
    /// Whether a read may begin at any of them.
    reads_anywhere: bool,
    /// How many keys of one server travel in one get.
    keys_together: usize,
    /// How many requests to one server travel in one batch.
    batch: usize,
    /// How many requests of one call are under way at a server, batches being one each, and how many of their bytes.
    window: Window,
    buffers: bool,
    noreply: bool,
    /// Whether cas uniques are read and compared.
    cas: bool,
    /// What becomes of a connection over which an answer has come; over UDP there is none.
    answering: Connection,
}

/// How much of a call, or of what is buffered, may be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// How a request goes whose answer nobody awaits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unawaited {
    /// The server is asked not to answer.
    pub(crate) noreply: bool,
    /// It waits in the buffer, until so much has gathered or something else is sent behind it.
    pub(crate) buffered: Option<Window>,
}

/// One server of a snapshot.
pub(crate) struct Node<L> {
    /// What the server is called in errors and results: it stays when the weight or the address changes.
    pub(crate) name: Arc<str>,
    pub(crate) link: L,
    pub(super) seat: Arc<Seat>,
}

/// A server that was there before: its counters go on.
pub(super) struct Known<L> {
    pub(super) node: Arc<Node<L>>,
    /// Whether its link does, too.
    pub(super) stays: bool,
}

impl<L> Snapshot<L> {
    /// Servers and settings as they are from now on, with what is `known` of each; `link` makes links.
    pub(super) fn new(
        setup: &Setup,
        options: &Options,
        known: Vec<Option<Known<L>>>,
        mut link: impl FnMut(Server<'_>) -> L,
    ) -> Self {
        let behaviors = setup.replay.behaviors();
        let mut new = |spec: &ServerSpec, meter: Option<&Arc<Meter>>| {
            let name: Arc<str> = spec.name.to_string().into();
            let meter = meter.map_or_else(|| Arc::new(Meter::new(&name)), Arc::clone);
            let seat = Arc::new(Seat::new(meter));
            let link = link(Server {
                seat: &seat,
                spec,
                name: &name,
                behaviors,
                options,
            });
            Arc::new(Node { name, link, seat })
        };
        let known = known.into_iter().chain(iter::repeat_with(|| None));
        let servers = setup.replay.servers().iter().zip(known);
        let nodes = servers.map(|(spec, known)| match known {
            Some(Known { node, stays: true }) => node,
            Some(Known { node, .. }) => new(spec, Some(&node.seat.meter)),
            None => new(spec, None),
        });
        let namespace = behaviors.namespace.as_ref().map(|it| it.as_bytes());
        Self {
            locator: setup.locator.clone(),
            nodes: nodes.collect(),
            standing_in: None,
            namespace: namespace.unwrap_or_default().into(),
            rules: Rules::new(setup, options),
        }
    }

    /// The same, with the other servers standing in for the `ejected` ones.
    pub(super) fn without(&self, ejected: &[usize]) -> Self {
        Self {
            nodes: Arc::clone(&self.nodes),
            locator: self.locator.clone(),
            standing_in: (!ejected.is_empty()).then(|| self.locator.without(ejected)),
            namespace: Arc::clone(&self.namespace),
            rules: self.rules,
        }
    }

    /// How many requests of one call are under way at a server, and how many of their bytes.
    pub(crate) fn window(&self) -> Window {
        self.rules.window
    }

    /// A key in its wire form, checked.
    #[inline(always)]
    pub(crate) fn key<'a>(&'a self, key: &'a [u8]) -> Result<Key<'a>, Error> {
        let invalid = |cause| Error::invalid_key(&cause);
        let key = Key::with_namespace(&self.namespace, key).map_err(invalid)?;
        if self.rules.printable_keys {
            // The answer is not handed on, so that the key of most calls stays in registers.
            key.printable().map_err(invalid)?;
        }
        Ok(key)
    }

    /// Whether a command may be sent that reads a cas unique or compares one, if it does.
    pub(crate) fn allows(&self, cas: bool) -> Result<(), Error> {
        if cas && !self.rules.cas {
            let message = "a cas unique is neither read nor compared while the behavior cas is off; \
                           turn it on: behaviors().set(\"cas\", true)";
            return Err(Error::config(message));
        }
        Ok(())
    }

    /// An error that is in a server's answer: the connection goes on, if there is one.
    pub(crate) fn told(&self, error: Error, server: &Arc<str>) -> Error {
        error.at(server).with_connection(self.rules.answering)
    }

    /// The index of the server that owns a key, ejected or not.
    pub(crate) fn owner(&self, key: Key<'_>) -> usize {
        self.locator.owner(key.bare())
    }

    /// The same for each of these keys, which is quicker than one by one.
    pub(crate) fn owners(&self, keys: &[Key<'_>]) -> Vec<usize> {
        let mut owners = Vec::with_capacity(keys.len());
        let bare = keys.iter().map(|key| key.bare());
        self.locator.owners(bare, &mut owners);
        owners
    }

    /// The way of a new call through the servers of its keys.
    pub(crate) fn turn(&self, replicas: Replicas) -> Turn {
        let holders = match replicas {
            Replicas::None => 1,
            Replicas::Read | Replicas::Write => self.rules.holders,
        };
        Turn::new(replicas, holders, self.rules.reads_anywhere)
    }

    /// The index of the server that has a key while its owner is ejected, if any server is.
    pub(super) fn stand_in(&self, key: Key<'_>) -> Option<usize> {
        self.standing_in
            .as_ref()
            .map(|locator| locator.owner(key.bare()))
    }

    /// How many keys of one server travel in one request.
    pub(crate) fn together(&self, together: Together) -> usize {
        match together {
            Together::Alone => 1,
            Together::Keys => self.rules.keys_together,
            Together::Batch => self.rules.batch,
        }
    }

    /// How a request goes that needs no answer, if its answer is not to be awaited.
    pub(crate) fn unawaited(&self, may_be_buffered: bool) -> Option<Unawaited> {
        let Rules {
            buffers,
            window,
            noreply,
            ..
        } = self.rules;
        let buffered = (buffers && may_be_buffered).then_some(window);
        (noreply || buffered.is_some()).then_some(Unawaited { noreply, buffered })
    }

    /// When a call that starts `now` must be over; `within` is the call's own time.
    pub(crate) fn deadline(&self, now: Instant, within: Option<Duration>) -> Instant {
        now + within.unwrap_or(self.rules.deadline).min(LONGEST)
    }
}

impl Rules {
    fn new(setup: &Setup, options: &Options) -> Self {
        let (behaviors, servers) = (setup.replay.behaviors(), setup.replay.servers());
        Self {
            printable_keys: behaviors.verify_keys,
            deadline: options.deadline.unwrap_or_else(|| patience(behaviors)),
            holders: holders(behaviors, servers.len()),
            reads_anywhere: behaviors.randomize_replica_read,
            keys_together: keys_together(servers, behaviors),
            batch: match over_udp(servers) {
                true => 1,
                false => MOST_REQUESTS,
            },
            window: window(behaviors),
            buffers: behaviors.buffer_requests,
            noreply: behaviors.noreply,
            cas: behaviors.cas,
            answering: match over_udp(servers) {
                true => Connection::None,
                false => Connection::Kept,
            },
        }
    }
}

/// How long a call may take by the settings: `receive_timeout` where it is set, else `_poll_timeout`.
///
/// libmemcached waits for an answer as long as its poll timeout says and ignores its receive timeout;
/// people who set the latter mean it.
fn patience(behaviors: &Behaviors) -> Duration {
    let Behaviors {
        receive_timeout,
        poll_timeout,
        ..
    } = behaviors;
    if receive_timeout.is_zero() {
        *poll_timeout
    } else {
        *receive_timeout
    }
}

/// How many servers hold each key; none holds it twice.
fn holders(behaviors: &Behaviors, servers: usize) -> usize {
    let replicas = usize::try_from(behaviors.num_replicas).unwrap_or(usize::MAX);
    replicas.saturating_add(1).min(servers)
}

/// How many keys of one server travel in one get: `_io_key_prefetch` where it is set, and never more than the
/// 251 KB of keys that servers are known to take in one line.
///
/// Over UDP each key travels alone.
fn keys_together(servers: &[ServerSpec], behaviors: &Behaviors) -> usize {
    if over_udp(servers) {
        return 1;
    }
    match usize::try_from(behaviors.io_key_prefetch) {
        Ok(keys @ 1..MOST_KEYS) => keys,
        _ => MOST_KEYS,
    }
}

fn over_udp(servers: &[ServerSpec]) -> bool {
    let is_udp = |server: &ServerSpec| server.address.transport == Transport::Udp;
    servers.iter().any(is_udp)
}

/// What the watermarks say; of 0 as of 1, as something has to be under way.
fn window(behaviors: &Behaviors) -> Window {
    let size = |watermark: u32| usize::try_from(watermark).unwrap_or(usize::MAX).max(1);
    Window {
        messages: size(behaviors.io_msg_watermark),
        bytes: size(behaviors.io_bytes_watermark),
    }
}
