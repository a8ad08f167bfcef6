//! What can be wrong with a packet.

use thiserror::Error;

use super::Opcode;

/// Why bytes are no packet of the binary protocol, or not the one that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BadFrame {
    /// The first byte is that of another protocol, or of the other side.
    #[error("a packet begins with 0x{found:02x}; 0x{expected:02x} is due")]
    Magic {
        /// The byte.
        found: u8,
        /// The byte in its place.
        expected: u8,
    },
    /// The body is of a kind that nobody has defined.
    #[error("a packet has the data type {found}; only 0, plain bytes, is allowed")]
    DataType {
        /// The number of the kind.
        found: u8,
    },
    /// The body is shorter than what it is said to begin with.
    #[error("a body of {body} bytes cannot hold {extras} bytes of extras and a key of {key}")]
    Lengths {
        /// The length of the body.
        body: u32,
        /// The length of the extras.
        extras: u8,
        /// The length of the key.
        key: u16,
    },
    /// A reply to another command than the one whose turn it is.
    #[error("a reply has the opcode 0x{found:02x}; that of {expected} is due")]
    Opcode {
        /// The byte in the reply.
        found: u8,
        /// The command whose turn it is.
        expected: Opcode,
    },
    /// A command that nobody has defined.
    #[error("0x{found:02x} is no opcode")]
    UnknownOpcode {
        /// The byte.
        found: u8,
    },
    /// A status that nobody has defined.
    #[error("a reply has the status 0x{found:04x}, which has no meaning")]
    UnknownStatus {
        /// The number.
        found: u16,
    },
    /// A request for statistics under a name that is none.
    #[error("there are no statistics of this name")]
    UnknownTopic,
    /// A request to authenticate by a mechanism whose name is none.
    #[error("a SASL mechanism is 1 to 20 upper-case letters, digits, hyphens and underscores")]
    BadMechanism,
    /// Fixed fields that are cut somewhere.
    #[error("{opcode}: extras of {len} bytes; they come in fours")]
    Fours {
        /// The command of the packet.
        opcode: Opcode,
        /// Their length in bytes.
        len: usize,
    },
    /// A part of the packet is of no length that it can have.
    #[error("{opcode}: {field} of {len} bytes; {min} to {max} are allowed")]
    Field {
        /// The command of the packet.
        opcode: Opcode,
        /// The part: extras, key or value.
        field: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The least that it can have.
        min: usize,
        /// The most that it can have.
        max: usize,
    },
}
