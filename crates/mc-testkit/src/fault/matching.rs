//! Which rules act where, in one direction of one connection.
//!
//! Places are counted in the stream as it was sent, and every draw has its place there: how the
//! bytes come in pieces has no say in what is done to them.

use std::sync::Arc;

use fastrand::Rng;

use super::framing::Segment;
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
    /// The message that was drawn for.
    message: u64,
    message_byte: Option<u64>,
    /// The last place at which it was to act.
    told: Option<u64>,
}

impl Matching {
    /// The rules that are in force behind so many bytes and messages of the stream.
    pub(super) fn new(
        shared: &Shared,
        set: Arc<RuleSet>,
        connection: u64,
        direction: Direction,
        (bytes, messages): (u64, u64),
    ) -> Self {
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

    /// The next place in the segment at which a rule is to act, and which.
    ///
    /// Each place of a rule is told once.
    pub(super) fn next_place(&mut self, segment: &Segment) -> Option<(usize, usize)> {
        let message = segment.message.saturating_sub(self.messages);
        let (set, bytes) = (&self.set, self.bytes);
        let places = self.watched.iter_mut().enumerate();
        let places = places.filter_map(|(index, watched)| {
            let conditions = &set.rules[watched.index].rule.conditions;
            watched.reach(message, conditions);
            Some((watched.place(segment, bytes, message, conditions)?, index))
        });
        let next = places.min()?;
        self.watched[next.1].told = Some(segment.at + next.0 as u64);
        Some(next)
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
        Self {
            index,
            rng,
            byte,
            message: 0,
            message_byte: None,
            told: None,
        }
    }

    /// Draws anew for each message.
    fn reach(&mut self, message: u64, conditions: &Conditions) {
        if self.message != message {
            self.message = message;
            self.message_byte = conditions.message_byte.map(|byte| byte.draw(&mut self.rng));
        }
    }

    /// How far into the segment, which belongs to this message, it is to act, if it is there.
    fn place(
        &self,
        segment: &Segment,
        base: u64,
        message: u64,
        conditions: &Conditions,
    ) -> Option<usize> {
        if conditions.message.is_some_and(|n| n != message) {
            return None;
        }
        let in_stream = |byte: u64| byte.checked_add(base)?.checked_sub(segment.at);
        // A message that began before the rules did has no bytes to count.
        let in_message = |byte: u64| byte.checked_sub(segment.offset).filter(|_| message > 0);
        let place = match (self.byte, conditions.message_byte) {
            (Some(byte), None) => in_stream(byte),
            (Some(byte), Some(_)) => in_stream(byte)
                .filter(|place| self.message_byte.and_then(in_message) == Some(*place)),
            (None, Some(_)) => self.message_byte.and_then(in_message),
            (None, None) => in_message(0),
        };
        let place = usize::try_from(place?).ok()?;
        let is_new = self.told != Some(segment.at + place as u64);
        (place < segment.len && is_new).then_some(place)
    }
}
