//! What a packet asks, as one byte.

use std::fmt;

/// A command of the binary protocol.
///
/// Most have a quiet form, which is answered only if there is something to
/// say: a quiet get stays silent on a miss, a quiet write on success. Errors
/// are always told. The name is that of memcached's `protocol_binary.h`.
///
/// ```
/// use mc_proto::binary::Opcode;
///
/// assert_eq!(Opcode::from_byte(0x11), Some(Opcode::SetQ));
/// assert_eq!(Opcode::SetQ.loud(), Opcode::Set);
/// assert_eq!(Opcode::Set.quiet(), Some(Opcode::SetQ));
/// assert_eq!(Opcode::Noop.quiet(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Opcode {
    /// Reads an item.
    Get = 0x00,
    /// Stores in any case, or, with a cas number, if the item still has it.
    Set = 0x01,
    /// Stores if the key holds nothing.
    Add = 0x02,
    /// Stores if the key holds something, or the item has the cas number.
    Replace = 0x03,
    /// Removes an item.
    Delete = 0x04,
    /// Adds to a number.
    Increment = 0x05,
    /// Subtracts from a number.
    Decrement = 0x06,
    /// Asks the server to close the connection.
    Quit = 0x07,
    /// Ends every item.
    Flush = 0x08,
    /// Quiet [`Get`](Self::Get).
    GetQ = 0x09,
    /// Does nothing, and is answered behind everything before it.
    Noop = 0x0a,
    /// Reads the server's version.
    Version = 0x0b,
    /// Reads an item; its key comes back, too.
    GetK = 0x0c,
    /// Quiet [`GetK`](Self::GetK).
    GetKQ = 0x0d,
    /// Puts bytes behind a value.
    Append = 0x0e,
    /// Puts bytes in front of a value.
    Prepend = 0x0f,
    /// Reads statistics.
    Stat = 0x10,
    /// Quiet [`Set`](Self::Set).
    SetQ = 0x11,
    /// Quiet [`Add`](Self::Add).
    AddQ = 0x12,
    /// Quiet [`Replace`](Self::Replace).
    ReplaceQ = 0x13,
    /// Quiet [`Delete`](Self::Delete).
    DeleteQ = 0x14,
    /// Quiet [`Increment`](Self::Increment).
    IncrementQ = 0x15,
    /// Quiet [`Decrement`](Self::Decrement).
    DecrementQ = 0x16,
    /// Quiet [`Quit`](Self::Quit).
    QuitQ = 0x17,
    /// Quiet [`Flush`](Self::Flush).
    FlushQ = 0x18,
    /// Quiet [`Append`](Self::Append).
    AppendQ = 0x19,
    /// Quiet [`Prepend`](Self::Prepend).
    PrependQ = 0x1a,
    /// Sets how much the server logs; memcached 1.6 does not know it.
    Verbosity = 0x1b,
    /// Gives an item a new end.
    Touch = 0x1c,
    /// Gives an item a new end, and reads it.
    Gat = 0x1d,
    /// Quiet [`Gat`](Self::Gat).
    GatQ = 0x1e,
    /// Lists the ways of authenticating.
    SaslList = 0x20,
    /// Begins to authenticate.
    SaslAuth = 0x21,
    /// Goes on authenticating.
    SaslStep = 0x22,
    /// [`Gat`](Self::Gat), and the key comes back, too.
    GatK = 0x23,
    /// Quiet [`GatK`](Self::GatK).
    GatKQ = 0x24,
}

impl Opcode {
    /// Every command, by its byte.
    pub const ALL: [Self; 36] = [
        Self::Get,
        Self::Set,
        Self::Add,
        Self::Replace,
        Self::Delete,
        Self::Increment,
        Self::Decrement,
        Self::Quit,
        Self::Flush,
        Self::GetQ,
        Self::Noop,
        Self::Version,
        Self::GetK,
        Self::GetKQ,
        Self::Append,
        Self::Prepend,
        Self::Stat,
        Self::SetQ,
        Self::AddQ,
        Self::ReplaceQ,
        Self::DeleteQ,
        Self::IncrementQ,
        Self::DecrementQ,
        Self::QuitQ,
        Self::FlushQ,
        Self::AppendQ,
        Self::PrependQ,
        Self::Verbosity,
        Self::Touch,
        Self::Gat,
        Self::GatQ,
        Self::SaslList,
        Self::SaslAuth,
        Self::SaslStep,
        Self::GatK,
        Self::GatKQ,
    ];

    /// The command with this byte, if there is one.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        // The bytes have no gap but 0x1f.
        let index = match byte {
            0..0x1f => byte,
            _ => byte.checked_sub(1).filter(|&index| index >= 0x1f)?,
        };
        Self::ALL.get(usize::from(index)).copied()
    }

    /// Its byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// The quiet form, if there is one.
    #[must_use]
    pub const fn quiet(self) -> Option<Self> {
        Some(match self {
            Self::Get => Self::GetQ,
            Self::GetK => Self::GetKQ,
            Self::Gat => Self::GatQ,
            Self::GatK => Self::GatKQ,
            Self::Set => Self::SetQ,
            Self::Add => Self::AddQ,
            Self::Replace => Self::ReplaceQ,
            Self::Append => Self::AppendQ,
            Self::Prepend => Self::PrependQ,
            Self::Delete => Self::DeleteQ,
            Self::Increment => Self::IncrementQ,
            Self::Decrement => Self::DecrementQ,
            Self::Flush => Self::FlushQ,
            Self::Quit => Self::QuitQ,
            _ => return None,
        })
    }

    /// The form that is always answered; of one that is, itself.
    #[must_use]
    pub const fn loud(self) -> Self {
        match self {
            Self::GetQ => Self::Get,
            Self::GetKQ => Self::GetK,
            Self::GatQ => Self::Gat,
            Self::GatKQ => Self::GatK,
            Self::SetQ => Self::Set,
            Self::AddQ => Self::Add,
            Self::ReplaceQ => Self::Replace,
            Self::AppendQ => Self::Append,
            Self::PrependQ => Self::Prepend,
            Self::DeleteQ => Self::Delete,
            Self::IncrementQ => Self::Increment,
            Self::DecrementQ => Self::Decrement,
            Self::FlushQ => Self::Flush,
            Self::QuitQ => Self::Quit,
            loud => loud,
        }
    }

    /// Whether silence is one of its answers.
    #[must_use]
    pub fn is_quiet(self) -> bool {
        self.loud() != self
    }

    /// Whether its reply brings the key back.
    pub(super) fn returns_key(self) -> bool {
        matches!(self, Self::GetK | Self::GetKQ | Self::GatK | Self::GatKQ)
    }
}

/// The name and the byte, for messages.
impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = format!("{self:?}");
        write!(f, "{} (0x{:02x})", name.to_ascii_lowercase(), self.byte())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_back() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(Opcode::from_byte).collect();
        assert_eq!(known, Opcode::ALL);
        for opcode in Opcode::ALL {
            assert_eq!(Opcode::from_byte(opcode.byte()), Some(opcode));
        }
        assert_eq!(Opcode::SetQ.to_string(), "setq (0x11)");
    }

    #[test]
    fn quiet_forms_have_the_letter() {
        for opcode in Opcode::ALL {
            let name = format!("{opcode:?}");
            assert_eq!(opcode.is_quiet(), name.ends_with('Q'));
            let quiet = opcode.quiet().map(|quiet| format!("{quiet:?}"));
            let named = format!("{name}Q");
            assert_eq!(
                quiet,
                Opcode::ALL
                    .iter()
                    .map(|known| format!("{known:?}"))
                    .find(|known| *known == named)
            );
            let loud = format!("{:?}", opcode.loud());
            assert_eq!(loud, name.trim_end_matches('Q'));
        }
    }
}
