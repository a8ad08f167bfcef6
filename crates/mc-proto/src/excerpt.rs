//! Foreign bytes, made fit for an error message.

use std::fmt;

/// How many bytes of what arrived are kept for a message.
const KEPT: usize = 48;

/// The beginning of bytes that a peer sent, escaped when shown.
///
/// At most 48 bytes are kept, so that an error stays small whatever arrived;
/// the length of the whole is shown behind a longer piece.
///
/// ```
/// use mc_proto::Excerpt;
///
/// assert_eq!(Excerpt::new(b"HTTP/1.1 400\r").to_string(), r"HTTP/1.1 400\r");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt {
    start: Vec<u8>,
    len: usize,
}

impl Excerpt {
    /// Keeps the beginning of these bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        let start = bytes.iter().copied().take(KEPT).collect();
        Self {
            start,
            len: bytes.len(),
        }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.start.escape_ascii())?;
        if self.len > self.start.len() {
            write!(f, "… ({} bytes)", self.len)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Excerpt({self})")
    }
}
