//! One direction of one client: what rules do to each datagram, and when it goes on.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::fault::rule::{Action, Direction, Field, OnDatagram};
use crate::fault::shared::{RuleSet, Rules, Shared};

/// How long a datagram waits at most for one that overtakes it.
const PATIENCE: Duration = Duration::from_millis(5);

pub(super) struct Lane {
    shared: Arc<Shared>,
    rules: Rules,
    set: Arc<RuleSet>,
    /// What each rule draws from.
    sources: Vec<Rng>,
    client: u64,
    direction: Direction,
    /// How many datagrams came since these rules are in force.
    came: u64,
    /// In the order in which they came or were overtaken.
    waiting: Vec<Waiting>,
}

#[derive(Clone)]
struct Waiting {
    due: Instant,
    /// Whether it goes on behind the next one that does not wait.
    is_overtaken: bool,
    bytes: Vec<u8>,
}

impl Lane {
    pub(super) fn new(shared: &Arc<Shared>, client: u64, direction: Direction) -> Self {
        let mut rules = shared.rules();
        let set = rules.borrow_and_update().clone();
        let mut lane = Self {
            shared: Arc::clone(shared),
            rules,
            set,
            sources: Vec::new(),
            client,
            direction,
            came: 0,
            waiting: Vec::new(),
        };
        lane.begin();
        lane
    }

    /// Takes a datagram that came now.
    pub(super) fn take(&mut self, datagram: &[u8], now: Instant) {
        if self.rules.has_changed().unwrap_or(false) {
            self.set = self.rules.borrow_and_update().clone();
            self.begin();
        }
        self.shared.counters.passed(self.direction, 1);
        self.came += 1;
        let mut waiting = Waiting {
            due: now,
            is_overtaken: false,
            bytes: datagram.to_vec(),
        };
        let mut copies = 1;
        for (active, rng) in self.set.rules.iter().zip(&mut self.sources) {
            let Action::Datagram(direction, reaction) = &active.rule.action else {
                continue;
            };
            let conditions = &active.rule.conditions;
            let holds = *direction == self.direction
                && conditions.connection.is_none_or(|n| n == self.client)
                && conditions.message.is_none_or(|n| n == self.came);
            if !holds || !active.acts(rng, &self.shared.counters) {
                continue;
            }
            match reaction {
                OnDatagram::Drop => return,
                OnDatagram::Duplicate => copies += 1,
                reaction => waiting.suffer(reaction, rng),
            }
        }
        self.queue(waiting, copies);
    }

    /// When [`next`](Self::next) has something.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.due).min()
    }

    /// A datagram that goes on now.
    pub(super) fn next(&mut self, now: Instant) -> Option<Vec<u8>> {
        let waiting = self.waiting.iter().enumerate();
        // The first of those that are due first.
        let (index, first) = waiting.min_by_key(|(_, waiting)| waiting.due)?;
        (first.due <= now).then(|| self.waiting.remove(index).bytes)
    }

    /// Goes by the rules from their beginning.
    fn begin(&mut self) {
        let sources = (0..self.set.rules.len()).map(|rule| {
            self.shared
                .source(&self.set, self.client, Some(self.direction), rule)
        });
        self.sources = sources.collect();
        self.came = 0;
    }

    /// Puts it behind those that wait, and those that it overtakes behind it.
    fn queue(&mut self, waiting: Waiting, copies: usize) {
        let overtakes = !waiting.is_overtaken;
        let overtaken: Vec<_> = self
            .waiting
            .extract_if(.., |it| overtakes && it.is_overtaken)
            .map(|it| Waiting {
                due: waiting.due,
                is_overtaken: false,
                ..it
            })
            .collect();
        self.waiting.extend(iter::repeat_n(waiting, copies));
        self.waiting.extend(overtaken);
    }
}

impl Waiting {
    /// Does to it what neither loses nor repeats it.
    fn suffer(&mut self, reaction: &OnDatagram, rng: &mut Rng) {
        match reaction {
            OnDatagram::Drop | OnDatagram::Duplicate => {}
            OnDatagram::Reorder => {
                self.is_overtaken = true;
                self.due += PATIENCE;
            }
            OnDatagram::Delay(time) => self.due += time.draw(rng),
            OnDatagram::Rewrite(field, number) => self.rewrite(*field, number.draw(rng)),
            OnDatagram::Truncate(len) => self.bytes.truncate(*len),
            OnDatagram::Flip => {
                let bit = 1 << rng.u8(0..8);
                if let Some(byte) = rng.choice(&mut self.bytes) {
                    *byte ^= bit;
                }
            }
        }
    }

    /// One that is too short for the field stays as it is.
    fn rewrite(&mut self, field: Field, number: u16) {
        let at = field as usize;
        if let Some(bytes) = self.bytes.get_mut(at..at + 2) {
            bytes.copy_from_slice(&number.to_be_bytes());
        }
    }
}
