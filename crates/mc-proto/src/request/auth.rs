//! Names, passwords, and the steps of SASL.

use std::fmt;

/// Bytes that must not be shown, such as a password.
///
/// ```
/// use mc_proto::Secret;
///
/// let password = Secret::new(b"sesame");
/// assert_eq!(format!("{password:?}"), "Secret(…)");
/// assert_eq!(password.expose(), b"sesame");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'a>(&'a [u8]);

impl<'a> Secret<'a> {
    /// Wraps the bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn expose(self) -> &'a [u8] {
        self.0
    }
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One step of an authentication by SASL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SaslStep<'a> {
    /// Asks which mechanisms the server knows. Answered with
    /// [`Reply::Mechanisms`](crate::Reply::Mechanisms).
    List,
    /// Begins with a mechanism. Answered with [`Reply::Ok`](crate::Reply::Ok)
    /// if that was all, or with
    /// [`Reply::Challenge`](crate::Reply::Challenge).
    Start {
        /// The mechanism's name, such as `PLAIN`.
        mechanism: &'a [u8],
        /// What the mechanism says first.
        data: Secret<'a>,
    },
    /// Answers a challenge; answered as the start is.
    Continue {
        /// The mechanism's name.
        mechanism: &'a [u8],
        /// What the mechanism answers.
        data: Secret<'a>,
    },
}

impl SaslStep<'_> {
    /// A name for messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::List => "sasl list",
            Self::Start { .. } => "sasl start",
            Self::Continue { .. } => "sasl continue",
        }
    }
}
