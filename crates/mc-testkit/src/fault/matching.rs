//! Which rules act where, in one direction of one connection.
//!
//! Places are counted in the stream as it was sent, and every draw has its place there: how the
//! bytes come in pieces has no say in what is done to them.

use std::sync::Arc;

use fastrand::Rng;

use super::framing::{Framing, Segment};
use super::rule::{Action, Conditions, Direction, OnStream};
use super::shared::{Active, RuleSet, Shared};

/// The rules for one direction of one connection.
pub(super) struct Matching {
    set: Arc<RuleSet>,
    watched: Vec<Watched>,
    /// Where bytes and messages are counted from: where these rules came into force.
    bytes: u64,
    messages: u64,
}

/// A rule, where it waits for the stream, and what it draws from.
struct Watched {
    index: usize,
    rng: Rng,
    byte: Option<u64>,
    message_byte: Option<u64>,
}

/// A rule whose place has come: how far into the segment, and which.
pub(super) type Place = (usize, usize);

impl Matching {
    pub(super) fn new(
        shared: &Shared,
        set: Arc<RuleSet>,
        connection: u64,
        direction: Direction,
        framing: &Framing,
    ) -> Self {
        let (bytes, messages) = framing.position();
        let watch = |(index, active): (usize, &Active)| {
            let conditions = &active.rule.conditions;
            let is_here = matches!(active.rule.action, Action::Stream(to, _) if to == direction)
                && conditions.connection.is_none_or(|n| n == connection);
            is_here.then(|| {
                let rng = shared.source(&set, connection, Some(direction), index);
                Watched::new(index, rng, conditions)
            })
        };
        let watched = set.rules.iter().enumerate().filter_map(watch).collect();
        Self {
            set,
            watched,
            bytes,
            messages,
        }
    }

    /// The rules whose place is in the segment, in the order of places and then of rules.
    pub(super) fn places(&mut self, segment: &Segment, places: &mut Vec<Place>) {
        places.clear();
        for (index, watched) in self.watched.iter_mut().enumerate() {
            let conditions = &self.set.rules[watched.index].rule.conditions;
            if segment.offset == 0 {
                watched.message_byte = draw(conditions, &mut watched.rng);
            }
            let is_message = |n| segment.message.checked_sub(self.messages) == Some(n);
            if conditions.message.is_none_or(is_message) {
                let place = watched.place(segment, self.bytes);
                places.extend(place.map(|place| (place, index)));
            }
        }
        places.sort_unstable();
    }

    /// What the rule does, if chance and its count let it, and what it draws from.
    pub(super) fn act(&mut self, index: usize, shared: &Shared) -> Option<(OnStream, &mut Rng)> {
        let watched = &mut self.watched[index];
        let active = &self.set.rules[watched.index];
        let Action::Stream(_, reaction) = &active.rule.action else {
            return None;
        };
        let acts = active.acts(&mut watched.rng, &shared.counters);
        acts.then(|| (reaction.clone(), &mut watched.rng))
    }
}

impl Watched {
    fn new(index: usize, mut rng: Rng, conditions: &Conditions) -> Self {
        let byte = conditions.byte.map(|byte| byte.draw(&mut rng));
        let message_byte = draw(conditions, &mut rng);
        Self {
            index,
            rng,
            byte,
            message_byte,
        }
    }

    /// How far into the segment it acts, if it does there.
    fn place(&self, segment: &Segment, base: u64) -> Option<usize> {
        let in_stream = |byte: u64| byte.checked_add(base)?.checked_sub(segment.at);
        let in_message = |byte: u64| byte.checked_sub(segment.offset);
        let place = match (self.byte, self.message_byte) {
            (None, byte) => in_message(byte.unwrap_or(0)),
            (Some(byte), None) => in_stream(byte),
            (Some(byte), Some(other)) => {
                in_stream(byte).filter(|_| in_stream(byte) == in_message(other))
            }
        };
        let place = usize::try_from(place?).ok()?;
        (place < segment.len).then_some(place)
    }
}

fn draw(conditions: &Conditions, rng: &mut Rng) -> Option<u64> {
    conditions.message_byte.map(|byte| byte.draw(rng))
}
