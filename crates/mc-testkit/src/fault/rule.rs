//! What a rule says: under which conditions it does what.

use std::sync::Arc;
use std::time::Duration;

use super::drawn::Drawn;

/// One fault: conditions that must all hold, and what is done where they do.
///
/// Begin with [`connections`](Self::connections), [`requests`](Self::requests) or
/// [`replies`](Self::replies), add conditions, end with a reaction: see [`When`].
///
/// ```
/// use std::time::Duration;
/// use mc_testkit::Rule;
///
/// let rules = [
///     Rule::replies().byte(10).reset(),
///     Rule::requests().message(3).probability(0.1).delay(Duration::ZERO..=Duration::from_millis(2)),
///     Rule::connections().connection(2).refuse(),
/// ];
/// # drop(rules);
/// ```
#[derive(Debug, Clone)]
pub struct Rule {
    pub(super) conditions: Conditions,
    pub(super) action: Action,
}

/// What is done, and to what.
#[derive(Debug, Clone)]
pub(super) enum Action {
    Connection(OnConnection),
    Stream(Direction, OnStream),
    Datagram(Direction, OnDatagram),
}

/// The way that bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// From client to server.
    Requests,
    /// From server to client.
    Replies,
}

/// What is done to a connection when it is accepted.
#[derive(Debug, Clone)]
pub(super) enum OnConnection {
    Refuse,
    Silence,
    Hold,
    Delay(Drawn<Duration>),
}

/// What is done to the bytes of one direction.
#[derive(Debug, Clone)]
pub(super) enum OnStream {
    Hold,
    Delay(Drawn<Duration>),
    Slice {
        bytes: Drawn<usize>,
        pause: Drawn<Duration>,
    },
    StopReading,
    Flip,
    Drop(Extent),
    Duplicate(Extent),
    Inject(Arc<[u8]>),
    Fin,
    HalfClose,
    Reset,
}

/// What is done to a datagram.
#[derive(Debug, Clone)]
pub(super) enum OnDatagram {
    Drop,
    Duplicate,
    Reorder,
    Delay(Drawn<Duration>),
    /// Puts a number in place of two bytes of the header.
    Rewrite(Field, Drawn<u16>),
    Truncate(usize),
    Flip,
}

/// A number in a datagram's header, at this byte.
#[derive(Debug, Clone, Copy)]
pub(super) enum Field {
    RequestId = 0,
    Sequence = 2,
    Total = 4,
}

/// How much from a place on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Bytes(usize),
    /// The rest of the message.
    Message,
}

/// Where and when a rule acts.
#[derive(Debug, Clone)]
pub(super) struct Conditions {
    pub(super) connection: Option<u64>,
    pub(super) byte: Option<Drawn<u64>>,
    pub(super) message: Option<u64>,
    pub(super) message_byte: Option<Drawn<u64>>,
    pub(super) probability: f64,
    pub(super) first: Option<u64>,
}

/// A rule that lacks its reaction: the conditions so far, all of which must hold.
///
/// Without a condition it acts on every connection, or at the start of every message.
#[derive(Debug, Clone)]
#[must_use = "it is a rule only with a reaction"]
pub struct When<On> {
    pub(super) on: On,
    pub(super) conditions: Conditions,
}

/// What [`Rule::connections`] is about: a connection when it is accepted.
#[derive(Debug, Clone)]
pub struct Connections(());

/// What [`Rule::requests`] and [`Rule::replies`] are about: the bytes of one direction.
#[derive(Debug, Clone)]
pub struct Stream(Direction);

impl Rule {
    /// For connections, when they are accepted.
    pub fn connections() -> When<Connections> {
        When::new(Connections(()))
    }

    /// For what goes from client to server.
    pub fn requests() -> When<Stream> {
        When::new(Stream(Direction::Requests))
    }

    /// For what goes from server to client.
    pub fn replies() -> When<Stream> {
        When::new(Stream(Direction::Replies))
    }
}

impl<On> When<On> {
    pub(super) fn new(on: On) -> Self {
        let conditions = Conditions {
            connection: None,
            byte: None,
            message: None,
            message_byte: None,
            probability: 1.0,
            first: None,
        };
        Self { on, conditions }
    }

    /// Only in the `n`-th connection that the proxy accepted, counted from 1.
    ///
    /// Over UDP, which has no connections, it is the `n`-th address that datagrams came from.
    pub fn connection(mut self, n: u64) -> Self {
        self.conditions.connection = Some(n);
        self
    }

    /// Only with this probability, from 0 to 1, drawn each time that the other conditions hold.
    pub fn probability(mut self, probability: f64) -> Self {
        self.conditions.probability = probability;
        self
    }

    /// Only the first `n` times, counted over all connections.
    pub fn first(mut self, n: u64) -> Self {
        self.conditions.first = Some(n);
        self
    }
}

impl When<Connections> {
    /// Closes it at once: over TCP with RST, over unix sockets, which have none, with the end of the stream.
    pub fn refuse(self) -> Rule {
        self.then(OnConnection::Refuse)
    }

    /// Says nothing: what the client sends is read and thrown away, and the server is not asked.
    pub fn silence(self) -> Rule {
        self.then(OnConnection::Silence)
    }

    /// Does not connect to the server until [`release`](crate::FaultProxy::release).
    pub fn hold(self) -> Rule {
        self.then(OnConnection::Hold)
    }

    /// Connects to the server only after so long.
    pub fn delay(self, time: impl Into<Drawn<Duration>>) -> Rule {
        self.then(OnConnection::Delay(time.into()))
    }

    fn then(self, reaction: OnConnection) -> Rule {
        Rule {
            conditions: self.conditions,
            action: Action::Connection(reaction),
        }
    }
}

impl When<Stream> {
    /// Only in front of byte `at` of this direction of a connection, counted from 0.
    ///
    /// It acts when that byte comes. A range means one place in it, drawn for each connection.
    pub fn byte(mut self, at: impl Into<Drawn<u64>>) -> Self {
        self.conditions.byte = Some(at.into());
        self
    }

    /// Only in the `n`-th message of this direction of a connection, counted from 1.
    pub fn message(mut self, n: u64) -> Self {
        self.conditions.message = Some(n);
        self
    }

    /// Only in front of byte `at` of a message, counted from 0; a message that is shorter is let be.
    ///
    /// It acts when that byte comes. A range means one place in it, drawn for each message.
    pub fn message_byte(mut self, at: impl Into<Drawn<u64>>) -> Self {
        self.conditions.message_byte = Some(at.into());
        self
    }

    /// Passes nothing on from here until [`release`](crate::FaultProxy::release).
    ///
    /// What the sender sends meanwhile is taken from it, up to 64 MiB.
    pub fn hold(self) -> Rule {
        self.then(OnStream::Hold)
    }

    /// Passes on what follows only so long after it came.
    ///
    /// Messages that came together wait together: the delays do not add up.
    pub fn delay(self, time: impl Into<Drawn<Duration>>) -> Rule {
        self.then(OnStream::Delay(time.into()))
    }

    /// Writes the rest of the message in pieces of so many bytes, at least 1.
    pub fn slice(self, bytes: impl Into<Drawn<usize>>) -> Rule {
        self.trickle(bytes, Duration::ZERO)
    }

    /// Writes the rest of the message in pieces of so many bytes, at least 1, with a pause after each.
    pub fn trickle(
        self,
        bytes: impl Into<Drawn<usize>>,
        pause: impl Into<Drawn<Duration>>,
    ) -> Rule {
        let (bytes, pause) = (bytes.into(), pause.into());
        self.then(OnStream::Slice { bytes, pause })
    }

    /// Takes nothing more from the sender until [`release`](crate::FaultProxy::release).
    ///
    /// Its window closes when the kernel's buffers are full, which takes some megabytes, or less
    /// with [`socket_buffers`](crate::FaultProxyBuilder::socket_buffers).
    pub fn stop_reading(self) -> Rule {
        self.then(OnStream::StopReading)
    }

    /// Changes one bit, drawn, of the byte here.
    pub fn flip(self) -> Rule {
        self.then(OnStream::Flip)
    }

    /// Leaves out the next `n` bytes.
    pub fn drop_bytes(self, n: usize) -> Rule {
        self.then(OnStream::Drop(Extent::Bytes(n)))
    }

    /// Leaves out the rest of the message.
    pub fn drop_message(self) -> Rule {
        self.then(OnStream::Drop(Extent::Message))
    }

    /// Sends the next `n` bytes twice.
    pub fn duplicate_bytes(self, n: usize) -> Rule {
        self.then(OnStream::Duplicate(Extent::Bytes(n)))
    }

    /// Sends the rest of the message twice.
    pub fn duplicate_message(self) -> Rule {
        self.then(OnStream::Duplicate(Extent::Message))
    }

    /// Sends bytes here that nobody sent.
    pub fn inject(self, bytes: impl Into<Vec<u8>>) -> Rule {
        self.then(OnStream::Inject(bytes.into().into()))
    }

    /// Tells the receiver that there is no more; the other direction goes on.
    ///
    /// What the sender still sends is thrown away.
    pub fn half_close(self) -> Rule {
        self.then(OnStream::HalfClose)
    }

    /// Closes the connection here, in order: both ends see the end of the stream.
    pub fn fin(self) -> Rule {
        self.then(OnStream::Fin)
    }

    /// Breaks the connection here: both ends see RST, over unix sockets the end of the stream.
    pub fn reset(self) -> Rule {
        self.then(OnStream::Reset)
    }

    fn then(self, reaction: OnStream) -> Rule {
        Rule {
            conditions: self.conditions,
            action: Action::Stream(self.on.0, reaction),
        }
    }
}
