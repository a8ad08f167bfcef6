//! The value behind the line of a storage command, as a server reads it.

use super::incoming::Fault;
use crate::line::{self, CRLF};
use crate::{Limits, Refusal, RefusalKind};

/// What follows a line, and how much of it is the value.
///
/// A length that can be read is honoured even if something else is wrong, so
/// that a value is never taken for commands; where it cannot be read the
/// connection is lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'a> {
    bytes: &'a [u8],
    len: usize,
}

impl<'a> Body<'a> {
    /// A value of the length that this word announces.
    pub(crate) fn announced(word: &[u8], bytes: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        let lost = |kind: RefusalKind| Fault::lost(kind.into());
        let len = line::number(word).ok_or_else(|| lost(RefusalKind::Client))?;
        let len = usize::try_from(len)
            .ok()
            .filter(|&len| len <= Limits::LONGEST_VALUE)
            .ok_or_else(|| lost(RefusalKind::TooLarge))?;
        let body = Self { bytes, len };
        if len > limits.value_len() {
            return Err(body.refused(RefusalKind::TooLarge.into()));
        }
        Ok(body)
    }

    /// How much the value takes with its end.
    pub(crate) fn taken(self) -> usize {
        self.len.saturating_add(CRLF.len())
    }

    /// Something in front of the value is wrong.
    pub(crate) fn refused(self, refusal: Refusal) -> Fault {
        Fault {
            refusal,
            skip: Some(self.taken()),
        }
    }

    /// The value, if it has arrived as a whole.
    pub(crate) fn value(self) -> Result<Option<&'a [u8]>, Fault> {
        let all = self.bytes.get(..self.taken());
        match all.and_then(|all| all.split_at_checked(self.len)) {
            None => Ok(None),
            Some((value, CRLF)) => Ok(Some(value)),
            Some(_) => {
                let refusal = Refusal::new(RefusalKind::Client, "bad data chunk");
                Err(Fault::lost(refusal))
            }
        }
    }
}
