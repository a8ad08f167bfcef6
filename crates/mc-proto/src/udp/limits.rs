//! How much a client holds while it waits.

/// Bounds on the replies that are not complete.
///
/// A datagram that would go beyond one is dropped and counted, see
/// [`Dropped::over_limit`](super::Dropped::over_limit).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest request, header included, in bytes; 65507, which is the
    /// longest datagram of IPv4. A network cuts what is over some 1400 bytes,
    /// and loses all of it with any piece.
    pub max_request_len: usize,
    /// The most requests under way; 1024. There are no more than 65536 ids, and
    /// the more of them are in use, the likelier is a stray datagram to have
    /// one that is.
    pub max_outstanding: usize,
    /// The most datagrams of one reply; 1024, which is some 1.4 MiB.
    pub max_datagrams: u16,
    /// The most bytes held of all replies that are not complete, where each
    /// datagram counts as its payload and 64 bytes; 8 MiB.
    pub max_held: usize,
    /// What else holds for a reply, as on any connection.
    pub reply: crate::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_request_len: 65_507,
            max_outstanding: 1024,
            max_datagrams: 1024,
            max_held: 8 << 20,
            reply: crate::Limits::default(),
        }
    }
}
