//! How long the parts of each packet may be: the two tables of the protocol.

use std::ops::RangeInclusive;

use super::{BadFrame, Opcode, Status};
use crate::{Limits, MAX_KEY_LEN};

/// The lengths that the parts of a packet may have.
pub(super) struct Shape {
    opcode: Opcode,
    extras: RangeInclusive<usize>,
    key: RangeInclusive<usize>,
    value: RangeInclusive<usize>,
}

/// The name of the last part in a [`BadFrame`].
pub(super) const VALUE: &str = "a value";

const NONE: RangeInclusive<usize> = 0..=0;

/// One number of four bytes, as flags or an end time are.
const ONE: RangeInclusive<usize> = 4..=4;

impl Shape {
    /// The table of requests: extras, key and value.
    pub(super) fn of_request(opcode: Opcode, limits: &Limits) -> Self {
        let key = 1..=MAX_KEY_LEN;
        let value = 0..=limits.value_len();
        let (extras, key, value) = match opcode.loud() {
            Opcode::Get | Opcode::GetK | Opcode::Delete => (NONE, key, NONE),
            Opcode::Gat | Opcode::GatK | Opcode::Touch => (ONE, key, NONE),
            Opcode::Set | Opcode::Add | Opcode::Replace => (8..=8, key, value),
            Opcode::Append | Opcode::Prepend => (NONE, key, value),
            Opcode::Increment | Opcode::Decrement => (20..=20, key, NONE),
            Opcode::Stat => (NONE, 0..=MAX_KEY_LEN, NONE),
            Opcode::Flush => (0..=4, NONE, NONE),
            Opcode::Verbosity => (ONE, NONE, NONE),
            Opcode::SaslAuth | Opcode::SaslStep => (NONE, key, value),
            _ => (NONE, NONE, NONE),
        };
        Self {
            opcode,
            extras,
            key,
            value,
        }
    }

    /// The table of replies: extras, key and value.
    pub(super) fn of_response(opcode: Opcode, status: Status, limits: &Limits) -> Self {
        let text = 0..=limits.max_line_len;
        let value = 0..=limits.value_len();
        let key = if opcode.returns_key() {
            0..=MAX_KEY_LEN
        } else {
            NONE
        };
        let (extras, key, value) = match opcode.loud() {
            // A miss brings the key back, too; all else has a message.
            _ if status != Status::Success => (NONE, key, text),
            Opcode::Get | Opcode::GetK | Opcode::Gat | Opcode::GatK => (ONE, key, value),
            // memcached sends the flags, its documents say nothing of them.
            Opcode::Touch => (0..=4, NONE, NONE),
            Opcode::Increment | Opcode::Decrement => (NONE, NONE, 8..=8),
            Opcode::Stat => (NONE, 0..=MAX_KEY_LEN, value),
            Opcode::Version | Opcode::SaslList | Opcode::SaslAuth | Opcode::SaslStep => {
                (NONE, NONE, text)
            }
            _ => (NONE, NONE, NONE),
        };
        Self {
            opcode,
            extras,
            key,
            value,
        }
    }

    /// Compares lengths with those allowed. Fixed fields come in fours.
    pub(super) fn check(&self, extras: usize, key: usize, value: usize) -> Result<(), BadFrame> {
        let opcode = self.opcode;
        if !extras.is_multiple_of(4) {
            return Err(BadFrame::Fours {
                opcode,
                len: extras,
            });
        }
        let parts = [
            ("extras", extras, &self.extras),
            ("a key", key, &self.key),
            (VALUE, value, &self.value),
        ];
        let mut parts = parts.into_iter();
        match parts.find(|(_, len, range)| !range.contains(len)) {
            None => Ok(()),
            Some((field, len, range)) => Err(BadFrame::Field {
                opcode,
                field,
                len,
                min: *range.start(),
                max: *range.end(),
            }),
        }
    }
}
