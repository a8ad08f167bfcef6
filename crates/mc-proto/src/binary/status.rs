//! How a request went, as a number in the reply.

use std::fmt;

use crate::RefusalKind;

/// The outcome that a reply names.
///
/// The numbers are those of memcached's `protocol_binary.h`, and of its
/// relatives from [`NotSupported`](Self::NotSupported) on.
///
/// ```
/// use mc_proto::binary::Status;
///
/// assert_eq!(Status::from_code(0x0082), Some(Status::OutOfMemory));
/// assert_eq!(Status::OutOfMemory.message(), "Out of memory");
/// assert_eq!(Status::from_code(0x0099), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Status {
    /// It was done.
    Success = 0x00,
    /// The key holds nothing.
    KeyNotFound = 0x01,
    /// The key holds something, or something else than the cas number says.
    KeyExists = 0x02,
    /// The value is over the server's limit for items.
    TooLarge = 0x03,
    /// The packet does not fit its command. memcached closes behind this.
    InvalidArguments = 0x04,
    /// The condition of the command was not met.
    NotStored = 0x05,
    /// The value is not a number.
    NotNumeric = 0x06,
    /// The item belongs to another server.
    WrongServer = 0x07,
    /// A name and a password are wanted, or were declined.
    AuthError = 0x20,
    /// The server has more to ask before it is satisfied.
    AuthContinue = 0x21,
    /// The server does not know the command.
    UnknownCommand = 0x81,
    /// The server has no memory left.
    OutOfMemory = 0x82,
    /// The server knows the command, and does not do it.
    NotSupported = 0x83,
    /// Something went wrong inside the server.
    InternalError = 0x84,
    /// The server is busy.
    Busy = 0x85,
    /// The server cannot do it now.
    TemporaryFailure = 0x86,
}

impl Status {
    /// Every status, by its number.
    pub const ALL: [Self; 16] = [
        Self::Success,
        Self::KeyNotFound,
        Self::KeyExists,
        Self::TooLarge,
        Self::InvalidArguments,
        Self::NotStored,
        Self::NotNumeric,
        Self::WrongServer,
        Self::AuthError,
        Self::AuthContinue,
        Self::UnknownCommand,
        Self::OutOfMemory,
        Self::NotSupported,
        Self::InternalError,
        Self::Busy,
        Self::TemporaryFailure,
    ];

    /// The status with this number, if there is one.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// What memcached says with it, as the value of the reply.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Success | Self::AuthContinue => "",
            Self::KeyNotFound => "Not found",
            Self::KeyExists => "Data exists for key.",
            Self::TooLarge => "Too large.",
            Self::InvalidArguments => "Invalid arguments",
            Self::NotStored => "Not stored.",
            Self::NotNumeric => "Non-numeric server-side value for incr or decr",
            Self::WrongServer => "Not my vbucket",
            Self::AuthError => "Auth failure.",
            Self::UnknownCommand => "Unknown command",
            Self::OutOfMemory => "Out of memory",
            Self::NotSupported => "Not supported",
            Self::InternalError => "Internal error",
            Self::Busy => "Busy",
            Self::TemporaryFailure => "Temporary failure",
        }
    }

    /// What kind of no it is, if it is one whatever was asked.
    pub(super) const fn refusal(self) -> Option<RefusalKind> {
        match self {
            Self::Success
            | Self::KeyNotFound
            | Self::KeyExists
            | Self::NotStored
            | Self::AuthContinue => None,
            Self::TooLarge => Some(RefusalKind::TooLarge),
            Self::InvalidArguments => Some(RefusalKind::Client),
            Self::NotNumeric => Some(RefusalKind::NotNumeric),
            Self::AuthError => Some(RefusalKind::Unauthenticated),
            Self::UnknownCommand | Self::NotSupported => Some(RefusalKind::UnknownCommand),
            Self::OutOfMemory => Some(RefusalKind::OutOfMemory),
            Self::WrongServer | Self::InternalError | Self::Busy | Self::TemporaryFailure => {
                Some(RefusalKind::Server)
            }
        }
    }
}

/// The status that a server sends for a refusal.
impl From<RefusalKind> for Status {
    fn from(kind: RefusalKind) -> Self {
        match kind {
            RefusalKind::UnknownCommand => Self::UnknownCommand,
            RefusalKind::Client => Self::InvalidArguments,
            RefusalKind::NotNumeric => Self::NotNumeric,
            RefusalKind::Unauthenticated => Self::AuthError,
            RefusalKind::Busy => Self::Busy,
            RefusalKind::OutOfMemory => Self::OutOfMemory,
            RefusalKind::TooLarge => Self::TooLarge,
            // The others are about commands that this protocol does not have.
            _ => Self::InternalError,
        }
    }
}

/// The number and what memcached says with it.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04x} {}", self.code(), self.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last code that is looked at: Miri takes minutes for all, and gets those of the protocol and their neighbours.
    const LAST: u16 = if cfg!(miri) { 0xff } else { u16::MAX };

    #[test]
    fn codes_and_back() {
        let known: Vec<_> = (0..=LAST).filter_map(Status::from_code).collect();
        assert_eq!(known, Status::ALL);
    }

    #[test]
    fn a_refusal_reads_back_as_its_kind() {
        for status in Status::ALL {
            if let Some(kind) = status.refusal() {
                assert_eq!(Status::from(kind).refusal(), Some(kind));
            }
        }
    }
}
