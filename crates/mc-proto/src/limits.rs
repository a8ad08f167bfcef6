//! How much one peer may make the other hold.

/// Bounds on what is sent and on what is believed.
///
/// A length that a peer announces is compared with these before anything is
/// allocated. Lengths are in bytes.
///
/// ```
/// use mc_proto::Limits;
///
/// let limits = Limits { max_value_len: 8 << 20, ..Limits::default() };
/// assert_eq!(limits.max_keys, 10_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest value, sent or received; 1 MiB, as the server's `-I`. A
    /// value over 1 GiB is never sent: a server would misread the length.
    pub max_value_len: usize,
    /// The longest line without its end; 2048, as in memcached. The line of a
    /// get may be longer, as far as [`max_keys`](Self::max_keys) allows.
    pub max_line_len: usize,
    /// The most keys of one get; 10 000.
    pub max_keys: usize,
    /// The most requests of one batch; 10 000.
    pub max_batch: usize,
    /// The most rows of one reply to stats; 16 384.
    pub max_rows: usize,
}

impl Limits {
    /// No value is longer than this, whatever
    /// [`max_value_len`](Self::max_value_len) says: 1 GiB.
    ///
    /// A length of 2^31 or more is negative to memcached, which then runs the
    /// value as commands.
    pub const LONGEST_VALUE: usize = 1 << 30;

    /// The longest value in effect.
    pub(crate) fn value_len(&self) -> usize {
        self.max_value_len.min(Self::LONGEST_VALUE)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_value_len: 1 << 20,
            max_line_len: 2048,
            max_keys: 10_000,
            max_batch: 10_000,
            max_rows: 16_384,
        }
    }
}
