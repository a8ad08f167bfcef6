//! The eight bytes at the start of every datagram.

/// How long a header is, in bytes.
pub const HEADER_LEN: usize = 8;

/// Which datagram of which exchange this is.
///
/// ```
/// use mc_proto::udp::Header;
///
/// let header = Header { id: 0x1234, sequence: 0, total: 1 };
/// let datagram = [&header.encode()[..], b"END\r\n"].concat();
/// assert_eq!(datagram[..8], [0x12, 0x34, 0, 0, 0, 1, 0, 0]);
/// assert_eq!(Header::decode(&datagram), Some((header, &b"END\r\n"[..])));
///
/// assert_eq!(Header::decode(&datagram[..7]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The number that the client gave to its request.
    pub id: u16,
    /// The place among the datagrams of one message, counted from 0.
    pub sequence: u16,
    /// How many datagrams the message has, at least one.
    pub total: u16,
}

impl Header {
    /// The header's bytes.
    #[must_use]
    pub fn encode(self) -> [u8; HEADER_LEN] {
        let [a, b] = self.id.to_be_bytes();
        let [c, d] = self.sequence.to_be_bytes();
        let [e, f] = self.total.to_be_bytes();
        [a, b, c, d, e, f, 0, 0]
    }

    /// The header of a datagram, and what follows it.
    ///
    /// `None` if there is no header in it: it is too short, the reserved bytes
    /// are not 0, or the sequence number is not below the total.
    #[must_use]
    pub fn decode(datagram: &[u8]) -> Option<(Self, &[u8])> {
        let (&[a, b, c, d, e, f, 0, 0], payload) = datagram.split_first_chunk()? else {
            return None;
        };
        let header = Self {
            id: u16::from_be_bytes([a, b]),
            sequence: u16::from_be_bytes([c, d]),
            total: u16::from_be_bytes([e, f]),
        };
        (header.sequence < header.total).then_some((header, payload))
    }
}
