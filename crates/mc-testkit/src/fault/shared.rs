//! What the proxy's handle and its thread share: the rules in force, what is held, what is counted.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::sync::watch;

use super::drawn::source;
use super::rule::{Direction, Rule};
use super::stats::FaultStats;
use crate::Address;

/// The rules in force, and whether they are still those that were seen.
pub(super) type Rules = watch::Receiver<Arc<RuleSet>>;

#[derive(Debug)]
pub(super) struct Shared {
    pub(super) server: Address,
    /// The sizes of all sockets' buffers, if they are not the kernel's.
    pub(super) buffers: Option<usize>,
    seed: u64,
    rules: watch::Sender<Arc<RuleSet>>,
    /// Told when what is held may go on.
    released: watch::Sender<()>,
    pub(super) counters: Counters,
}

/// Rules in force, from one `set_rules` to the next.
#[derive(Debug)]
pub(super) struct RuleSet {
    /// How many there were before.
    pub(super) generation: u64,
    pub(super) rules: Vec<Active>,
}

/// A rule, and how often it has acted.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) rule: Rule,
    acted: AtomicU64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    accepted_at: Mutex<Vec<Instant>>,
    live: AtomicUsize,
    most_live: AtomicUsize,
    held: AtomicUsize,
    faults: AtomicU64,
    requests: AtomicU64,
    replies: AtomicU64,
}

/// Counts something as long as it is there.
pub(super) struct Counted<'a>(&'a AtomicUsize);

/// A connection from its acceptance on, that is live until this is dropped.
pub(super) struct Live {
    pub(super) shared: Arc<Shared>,
    pub(super) number: u64,
}

impl Shared {
    pub(super) fn new(
        server: Address,
        buffers: Option<usize>,
        seed: u64,
        rules: Vec<Rule>,
    ) -> Self {
        Self {
            server,
            buffers,
            seed,
            rules: watch::Sender::new(Arc::new(RuleSet::new(0, rules))),
            released: watch::Sender::new(()),
            counters: Counters::default(),
        }
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn rules(&self) -> Rules {
        self.rules.subscribe()
    }

    /// Puts other rules in force, which lets go on what the old ones held.
    pub(super) fn set_rules(&self, rules: Vec<Rule>) {
        self.rules.send_modify(|set| {
            *set = Arc::new(RuleSet::new(set.generation + 1, rules));
        });
    }

    pub(super) fn release(&self) {
        self.released.send_replace(());
    }

    /// Waits until what is held may go on, or until other rules are in force than `seen`.
    pub(super) async fn hold(&self, seen: &Rules) {
        let (mut released, mut rules) = (self.released.subscribe(), seen.clone());
        let _held = Counted::new(&self.counters.held);
        // The senders are there as long as we are.
        tokio::select! {
            _ = released.changed() => {}
            _ = rules.changed() => {}
        }
    }

    /// Where one rule draws from in one connection, or in one direction of it.
    pub(super) fn source(
        &self,
        set: &RuleSet,
        connection: u64,
        direction: Option<Direction>,
        rule: usize,
    ) -> Rng {
        let direction = direction.map_or(0, |direction| direction as u64 + 1);
        source(&[
            self.seed,
            set.generation,
            connection,
            direction,
            rule as u64,
        ])
    }

    pub(super) fn stats(&self) -> FaultStats {
        let by_rule = self
            .rules
            .borrow()
            .rules
            .iter()
            .map(Active::acted)
            .collect();
        self.counters.stats(by_rule)
    }
}

/// Waits so long, or until other rules are in force than `seen`.
pub(super) async fn sleep(time: Duration, seen: &Rules) {
    let mut rules = seen.clone();
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        _ = rules.changed() => {}
    }
}

impl RuleSet {
    fn new(generation: u64, rules: Vec<Rule>) -> Self {
        let active = |rule| Active {
            rule,
            acted: AtomicU64::new(0),
        };
        Self {
            generation,
            rules: rules.into_iter().map(active).collect(),
        }
    }
}

impl Active {
    fn acted(&self) -> u64 {
        self.acted.load(Relaxed)
    }

    /// Whether the rule acts once more, all other conditions holding.
    pub(super) fn acts(&self, rng: &mut Rng, counters: &Counters) -> bool {
        let conditions = &self.rule.conditions;
        if conditions.probability < 1.0 && rng.f64() >= conditions.probability {
            return false;
        }
        let first = conditions.first.unwrap_or(u64::MAX);
        let turn = |acted| (acted < first).then_some(acted + 1);
        let acts = self.acted.fetch_update(Relaxed, Relaxed, turn).is_ok();
        counters.faults.fetch_add(u64::from(acts), Relaxed);
        acts
    }
}

impl Counters {
    /// Counts a connection, and tells its number.
    pub(super) fn accepted(&self) -> u64 {
        let mut accepted = self.accepted_at();
        accepted.push(Instant::now());
        accepted.len() as u64
    }

    pub(super) fn passed(&self, direction: Direction, bytes: usize) {
        let counter = match direction {
            Direction::Requests => &self.requests,
            Direction::Replies => &self.replies,
        };
        counter.fetch_add(bytes as u64, Relaxed);
    }

    fn accepted_at(&self) -> MutexGuard<'_, Vec<Instant>> {
        self.accepted_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn stats(&self, by_rule: Vec<u64>) -> FaultStats {
        let accepted_at = self.accepted_at().clone();
        FaultStats {
            accepted: accepted_at.len(),
            accepted_at,
            live: self.live.load(Relaxed),
            most_live: self.most_live.load(Relaxed),
            held: self.held.load(Relaxed),
            faults: self.faults.load(Relaxed),
            by_rule,
            request_bytes: self.requests.load(Relaxed),
            reply_bytes: self.replies.load(Relaxed),
        }
    }
}

impl Live {
    /// Counts a connection: as live before it counts as accepted, so that whoever sees the one sees the other.
    pub(super) fn accepted(shared: Arc<Shared>) -> Self {
        let counters = &shared.counters;
        let live = counters.live.fetch_add(1, Relaxed) + 1;
        counters.most_live.fetch_max(live, Relaxed);
        let number = counters.accepted();
        Self { shared, number }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.shared.counters.live.fetch_sub(1, Relaxed);
    }
}

impl<'a> Counted<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Relaxed);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}
