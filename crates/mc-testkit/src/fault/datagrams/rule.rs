//! Rules for datagrams.

use std::time::Duration;

use crate::fault::drawn::Drawn;
use crate::fault::rule::{Action, Direction, Field, OnDatagram, Rule, When};

/// One fault of datagrams: conditions that must all hold, and what is done to those for which they do.
///
/// Begin with [`requests`](Self::requests) or [`replies`](Self::replies), add conditions, end with a
/// reaction: see [`When`].
///
/// ```
/// use mc_testkit::DatagramRule;
///
/// let rules = [
///     DatagramRule::replies().probability(0.1).drop(),
///     DatagramRule::replies().datagram(2).sequence(0..=9),
/// ];
/// # drop(rules);
/// ```
#[derive(Debug, Clone)]
pub struct DatagramRule(pub(super) Rule);

/// What [`DatagramRule`]s are about: the datagrams of one direction.
#[derive(Debug, Clone)]
pub struct Datagrams(Direction);

impl DatagramRule {
    /// For what goes from client to server.
    pub fn requests() -> When<Datagrams> {
        When::new(Datagrams(Direction::Requests))
    }

    /// For what goes from server to client.
    pub fn replies() -> When<Datagrams> {
        When::new(Datagrams(Direction::Replies))
    }
}

impl When<Datagrams> {
    /// Only the `n`-th datagram of this direction from or to an address, counted from 1.
    pub fn datagram(mut self, n: u64) -> Self {
        self.conditions.message = Some(n);
        self
    }

    /// Loses it.
    pub fn drop(self) -> DatagramRule {
        self.then(OnDatagram::Drop)
    }

    /// Passes it on twice.
    pub fn duplicate(self) -> DatagramRule {
        self.then(OnDatagram::Duplicate)
    }

    /// Passes it on after the next one of its client and direction, or after 5 ms if none comes.
    pub fn reorder(self) -> DatagramRule {
        self.then(OnDatagram::Reorder)
    }

    /// Passes it on so long after it came; others may overtake it.
    pub fn delay(self, time: impl Into<Drawn<Duration>>) -> DatagramRule {
        self.then(OnDatagram::Delay(time.into()))
    }

    /// Puts another request id in its header.
    pub fn request_id(self, number: impl Into<Drawn<u16>>) -> DatagramRule {
        self.then(OnDatagram::Rewrite(Field::RequestId, number.into()))
    }

    /// Puts another sequence number in its header.
    pub fn sequence(self, number: impl Into<Drawn<u16>>) -> DatagramRule {
        self.then(OnDatagram::Rewrite(Field::Sequence, number.into()))
    }

    /// Puts another number of datagrams in its header.
    pub fn total(self, number: impl Into<Drawn<u16>>) -> DatagramRule {
        self.then(OnDatagram::Rewrite(Field::Total, number.into()))
    }

    /// Cuts off what is behind its first `bytes`.
    pub fn truncate(self, bytes: usize) -> DatagramRule {
        self.then(OnDatagram::Truncate(bytes))
    }

    /// Changes one bit, drawn, anywhere in it.
    pub fn flip(self) -> DatagramRule {
        self.then(OnDatagram::Flip)
    }

    fn then(self, reaction: OnDatagram) -> DatagramRule {
        DatagramRule(Rule {
            conditions: self.conditions,
            action: Action::Datagram(self.on.0, reaction),
        })
    }
}
