//! How much may be under way at one server, and what becomes of who asks for more.

use crate::error::Error;

/// What a call does when its server's queue is full: so many requests have no answer yet, or so many bytes are not
/// written yet, as [`Builder::max_in_flight`](crate::Builder::max_in_flight) and
/// [`Builder::max_unwritten`](crate::Builder::max_unwritten) say.
///
/// ```
/// use mc_client::{Client, WhenFull};
///
/// let client = Client::builder()
///     .servers(["cache1"])?
///     .max_in_flight(1000)
///     .when_full(WhenFull::Fail)
///     .build()?;
/// # Ok::<(), mc_client::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WhenFull {
    /// It waits until there is room, and at its deadline fails with
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout)`(`[`Stage::Queue`](crate::Stage::Queue)`)`.
    #[default]
    Wait,
    /// It fails at once, with [`ErrorKind::Overloaded`](crate::ErrorKind::Overloaded).
    ///
    /// A call about many keys waits for its own requests all the same: it fails for what others have under way.
    Fail,
}

/// The bounds of one server's queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Requests that the server owes an answer, placeholders of those who gave up included.
    pub(crate) in_flight: usize,
    /// Bytes encoded and not yet written. One request may exceed it.
    pub(crate) unwritten: usize,
    pub(crate) when_full: WhenFull,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            in_flight: 1 << 16,
            unwritten: 8 << 20,
            when_full: WhenFull::default(),
        }
    }
}

impl Bounds {
    /// Whether anything fits in.
    pub(super) fn check(self) -> Result<(), Error> {
        let bounds = [
            ("max_in_flight", self.in_flight),
            ("max_unwritten", self.unwritten),
        ];
        match bounds.iter().find(|(_, bound)| *bound == 0) {
            Some((name, _)) => Err(Error::config(format!(
                "{name} is 0, with which nothing could be sent: allowed is 1 or more"
            ))),
            None => Ok(()),
        }
    }
}
