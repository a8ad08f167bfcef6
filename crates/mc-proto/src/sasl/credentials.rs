//! A name and a password, checked once.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// The most bytes that a name or a password may have; RFC 4616, section 2.
pub const MAX_CREDENTIAL_LEN: usize = 255;

/// Who we are, and the secret that proves it.
///
/// Each is 1–255 bytes. None of them is a NUL, which separates them in PLAIN,
/// or a space or a line end, which do so in memcached's own files and in the
/// text protocol. (That refuses other control bytes, too, when it sends them.)
///
/// The password is not shown, and its memory is wiped when the value goes.
/// (Not so the bytes that were queued on a connection.)
///
/// ```
/// use mc_proto::sasl::Credentials;
///
/// let credentials = Credentials::new(b"app", b"sesame")?;
/// assert_eq!(format!("{credentials:?}"), r#"Credentials { user: "app", password: … }"#);
///
/// let refused = Credentials::new(b"app\0admin", b"sesame").unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     r"a name has the byte '\x00' at position 3; NUL, spaces and line ends are not allowed",
/// );
/// # Ok::<(), mc_proto::sasl::InvalidCredentials>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    user: Vec<u8>,
    password: Zeroizing<Vec<u8>>,
}

/// Why bytes are no name or no password. The password itself is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidCredentials {
    /// There is not one byte, or there are too many.
    #[error("a {what} of {len} bytes; 1 to {MAX_CREDENTIAL_LEN} are allowed")]
    Length {
        /// `name` or `password`.
        what: &'static str,
        /// How many there are.
        len: usize,
    },
    /// A byte that would end it.
    #[error(
        "a {what} has the byte '{}' at position {at}; NUL, spaces and line ends are not allowed",
        .byte.escape_ascii()
    )]
    Byte {
        /// `name` or `password`.
        what: &'static str,
        /// Where it is, counted from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
}

impl InvalidCredentials {
    /// Which of the two is wrong: `name` or `password`.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self {
            Self::Length { what, .. } | Self::Byte { what, .. } => what,
        }
    }
}

impl Credentials {
    /// Checks a name and a password.
    ///
    /// # Errors
    /// [`InvalidCredentials`], with the first thing that is wrong.
    pub fn new(user: &[u8], password: &[u8]) -> Result<Self, InvalidCredentials> {
        check("name", user)?;
        check("password", password)?;
        Ok(Self {
            user: user.to_vec(),
            password: password.to_vec().into(),
        })
    }

    /// The name.
    #[must_use]
    pub fn user(&self) -> &[u8] {
        &self.user
    }

    /// The password, in the clear.
    #[must_use]
    pub fn expose_password(&self) -> &[u8] {
        &self.password
    }
}

fn check(what: &'static str, bytes: &[u8]) -> Result<(), InvalidCredentials> {
    let len = bytes.len();
    if !(1..=MAX_CREDENTIAL_LEN).contains(&len) {
        return Err(InvalidCredentials::Length { what, len });
    }
    let mut all = bytes.iter().copied().enumerate();
    match all.find(|(_, byte)| matches!(byte, b'\0' | b' ' | b'\r' | b'\n')) {
        Some((at, byte)) => Err(InvalidCredentials::Byte { what, at, byte }),
        None => Ok(()),
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.user.escape_ascii();
        write!(f, "Credentials {{ user: \"{user}\", password: … }}")
    }
}
