//! The namespace: bytes that go in front of every key on the wire.

use std::fmt;
use std::str::FromStr;

use crate::{Error, ErrorKind, Value};

/// Bytes put in front of every key: 1 to 127, each printable ASCII other than space (0x21 to 0x7e).
///
/// They count towards a key's 250 bytes, and belong to what is hashed only if `_hash_with_prefix_key` is on.
/// The default, no namespace, is `None` in [`Behaviors`](crate::Behaviors).
///
/// ```
/// use mc_behaviors::{ErrorKind, Namespace};
///
/// let namespace = Namespace::new("app:")?;
/// assert_eq!(namespace.as_bytes(), b"app:");
///
/// let error = Namespace::new("a b").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "behavior namespace: b\"a b\" cannot begin a key: allowed are 1 to 127 bytes, each from 0x21 to 0x7e",
/// );
/// assert_eq!(Namespace::new("n".repeat(128)).unwrap_err().kind(), ErrorKind::NamespaceTooLong);
/// # Ok::<_, mc_behaviors::Error>(())
/// ```
///
/// # Source
/// libmemcached's `MEMCACHED_CALLBACK_NAMESPACE`. There a namespace is cut at a NUL; here a NUL is refused.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace(Vec<u8>);

/// Bytes of the longest namespace.
const MAX: usize = 127;

/// Bytes of the longest key, beyond which the reference's error is another one.
const MAX_KEY: usize = 250;

impl Namespace {
    /// Checks `bytes` and keeps them.
    ///
    /// # Errors
    /// [`ErrorKind::NamespaceEmpty`]; [`ErrorKind::NamespaceBytes`] for a byte out of range, or more than 250 of them;
    /// [`ErrorKind::NamespaceTooLong`] for 128 to 250.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        let bytes = bytes.as_ref();
        let printable = bytes.iter().all(u8::is_ascii_graphic);
        let kind = match bytes.len() {
            0 => ErrorKind::NamespaceEmpty,
            1..=MAX if printable => return Ok(Self(bytes.to_vec())),
            1..=MAX_KEY if printable => ErrorKind::NamespaceTooLong,
            _ => ErrorKind::NamespaceBytes,
        };
        let allowed = format!("1 to {MAX} bytes, each from 0x21 to 0x7e");
        Err(Error::new(
            kind,
            "namespace",
            Some(&Value::from(bytes)),
            allowed,
        ))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Namespace {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::new(text)
    }
}

/// The bytes as text: they are ASCII.
impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Namespace({self})")
    }
}
