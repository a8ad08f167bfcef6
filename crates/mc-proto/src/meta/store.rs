//! `ms` as a request of every protocol has it: with a mark, and a set in a batch is quiet.

use super::flags::Flags;
use super::{SetMode, set};
use crate::line::CRLF;
use crate::{Exptime, Verb};

/// What stands behind the length.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) verb: Verb,
    pub(super) flags: u32,
    pub(super) exptime: Exptime,
    pub(super) is_quiet: bool,
    pub(super) is_raw: bool,
    pub(super) opaque: u32,
}

/// More than a quiet set takes behind its length: three numbers, with some letters.
const ROOM: usize = 48;

/// What stands behind the length of the next quiet set: most sets of most batches have the same as the one before, but
/// for the mark, which is one more. It is counted up when the one before is written, as bytes that were changed a moment
/// ago are slow to copy.
pub(super) struct Quiet {
    bytes: [u8; ROOM],
    len: usize,
    flags: u32,
    exptime: Exptime,
    opaque: u32,
}

impl Words {
    /// Writes them, and the end of the line.
    #[inline(never)]
    pub(super) fn put(&self, line: &mut Vec<u8>) {
        let (mode, compare_cas) = match self.verb {
            Verb::Set => (SetMode::Set, None),
            Verb::Add => (SetMode::Add, None),
            Verb::Replace => (SetMode::Replace, None),
            Verb::Append => (SetMode::Append, None),
            Verb::Prepend => (SetMode::Prepend, None),
            Verb::Cas(unique) => (SetMode::Set, Some(unique)),
        };
        let terms = set::Terms {
            mode,
            flags: self.flags,
            exptime: self.exptime,
            compare_cas,
        };
        let mut flags = Flags(line);
        terms.put(&mut flags);
        flags.on(b'q', self.is_quiet);
        flags.on(b'b', self.is_raw);
        flags.number(b'O', Some(self.opaque.into()));
        line.extend_from_slice(CRLF);
    }
}

impl Quiet {
    pub(super) fn new() -> Self {
        Self {
            bytes: [0; ROOM],
            len: 0,
            flags: 0,
            exptime: Exptime::NEVER,
            opaque: 0,
        }
    }

    /// Writes the words of a quiet set with a plain key, and the end of its line.
    #[inline(always)]
    pub(super) fn put(&mut self, flags: u32, exptime: Exptime, opaque: u32, line: &mut Vec<u8>) {
        let is_next = self.len > 0 && self.opaque == opaque;
        if is_next && self.flags == flags && self.exptime == exptime {
            let end = line.len().saturating_add(self.len);
            // To copy all of the room, and take back the surplus, costs less than to copy so many.
            line.extend_from_slice(&self.bytes);
            line.truncate(end);
        } else {
            self.put_other(flags, exptime, opaque, line);
        }
        match opaque.checked_add(1) {
            Some(next) if self.count_up() => self.opaque = next,
            _ => self.len = 0,
        }
    }

    /// Counts up the mark at the end of the line, if it stays as long as it is.
    #[inline(always)]
    fn count_up(&mut self) -> bool {
        let mark = self.bytes.get_mut(..self.len.saturating_sub(CRLF.len()));
        for digit in mark.unwrap_or_default().iter_mut().rev() {
            match digit {
                b'9' => *digit = b'0',
                b'0'..=b'8' => {
                    *digit = digit.wrapping_add(1);
                    return true;
                }
                _ => break,
            }
        }
        false
    }

    /// The same, and keeps them for the next.
    #[inline(never)]
    fn put_other(&mut self, flags: u32, exptime: Exptime, opaque: u32, line: &mut Vec<u8>) {
        let start = line.len();
        let words = Words {
            verb: Verb::Set,
            flags,
            exptime,
            is_quiet: true,
            is_raw: false,
            opaque,
        };
        words.put(line);
        let written = line.get(start..).unwrap_or_default();
        if let Some(room) = self.bytes.get_mut(..written.len()) {
            room.copy_from_slice(written);
            self.len = written.len();
            (self.flags, self.exptime) = (flags, exptime);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Flags, an end, and by how much the mark is more than the one before.
    type Row = (u32, i32, u32);

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let flags = prop_oneof![3 => Just(0), 1 => 0_u32..2, 1 => Just(u32::MAX)];
        let exptime = prop_oneof![3 => Just(0), 1 => 0..2, 1 => Just(i32::MIN)];
        let step = prop_oneof![9 => Just(1_u32), 1 => 0_u32..100];
        prop::collection::vec((flags, exptime, step), 0..60)
    }

    proptest! {
        #[test]
        fn as_each_by_itself(first in prop_oneof![0_u32..200, u32::MAX - 50..=u32::MAX], rows in rows()) {
            let (mut quiet, mut opaque) = (Quiet::new(), first);
            let (mut line, mut naive) = (Vec::new(), Vec::new());
            for (flags, exptime, step) in rows {
                let exptime = Exptime::from_wire(exptime);
                quiet.put(flags, exptime, opaque, &mut line);
                let (verb, is_quiet, is_raw) = (Verb::Set, true, false);
                Words { verb, flags, exptime, is_quiet, is_raw, opaque }.put(&mut naive);
                assert_eq!(line, naive);
                assert!(quiet.len > 0 || line.ends_with(b"9\r\n") || opaque == u32::MAX);
                opaque = opaque.wrapping_add(step);
            }
        }
    }
}
