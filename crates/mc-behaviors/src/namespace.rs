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
        let printable = u8::is_ascii_graphic;
        checked(bytes.as_ref(), printable, "each from 0x21 to 0x7e")
    }

    /// A namespace for the binary protocol alone, which carries every byte: 1 to 127 of them, none of them NUL.
    ///
    /// By name it is what `namespace` takes while the protocol is binary, as in libmemcached.
    /// Under another protocol, every key of a namespace that it cannot carry is refused when it is used.
    ///
    /// # Errors
    /// As [`Namespace::new`].
    pub fn binary(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        checked(bytes.as_ref(), |byte| *byte != 0, "none of them NUL")
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn checked(bytes: &[u8], allow: fn(&u8) -> bool, allowed: &str) -> Result<Namespace, Error> {
    let clean = bytes.iter().all(allow);
    let kind = match bytes.len() {
        0 => ErrorKind::NamespaceEmpty,
        1..=MAX if clean => return Ok(Namespace(bytes.to_vec())),
        1..=MAX_KEY if clean => ErrorKind::NamespaceTooLong,
        _ => ErrorKind::NamespaceBytes,
    };
    let value = Value::from(bytes);
    let allowed = format!("1 to {MAX} bytes, {allowed}");
    Err(Error::new(kind, "namespace", Some(&value), allowed))
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

/// The bytes as text, escaped where they are not printable ASCII.
impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Namespace({self})")
    }
}
