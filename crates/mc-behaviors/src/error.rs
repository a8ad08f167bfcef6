//! Why a setting is refused: which behavior, which value, what is allowed.

use std::error::Error as StdError;
use std::fmt;

use mc_dist::PlacementError;

use crate::{InvalidServer, Value};

/// A setting or a server that is refused. Whatever was asked, nothing has changed.
///
/// Its text is one line that names the behavior or server, the value and what is allowed.
///
/// ```
/// use mc_behaviors::{Behaviors, ErrorKind, Value};
///
/// let mut behaviors = Behaviors::default();
/// let error = behaviors.set("connect_timeout", -1).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::OutOfRange);
/// assert_eq!((error.behavior(), error.value()), ("connect_timeout", Some(&Value::Int(-1))));
/// assert_eq!(
///     error.to_string(),
///     "behavior connect_timeout: -1 is out of range: allowed are 0 to 2147483647 milliseconds",
/// );
/// assert_eq!(behaviors, Behaviors::default());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone, PartialEq)]
enum Inner {
    Behavior {
        kind: ErrorKind,
        behavior: String,
        value: Option<Value>,
        allowed: String,
    },
    Placement(PlacementError),
    Server(InvalidServer),
}

/// What is wrong with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No behavior has this name; of an update, [`Error::behavior`] lists all such names, sorted.
    UnknownBehavior,
    /// The behavior does not take values of this type.
    WrongType,
    /// Not a name of a hash or a distribution.
    UnknownName,
    /// A number beyond what the behavior can hold.
    OutOfRange,
    /// A value that exists but that libmemcached does not offer, such as the hash `hsieh`.
    Unsupported,
    /// Another behavior forbids it, such as `verify_keys` while the protocol is binary.
    Conflict,
    /// A behavior of libmemcached that can be read but not set.
    ReadOnly,
    /// A namespace of no byte.
    NamespaceEmpty,
    /// A namespace of 128 to 250 bytes.
    NamespaceTooLong,
    /// A namespace that could not begin a key: over 250 bytes, or a byte outside 0x21 to 0x7e.
    NamespaceBytes,
    /// The servers cannot be placed so; the reason is in [`source`](StdError::source).
    Placement,
    /// A server cannot be added, changed or removed; the reason is in [`Error::server`].
    Server,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        behavior: impl fmt::Display,
        value: Option<&Value>,
        allowed: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner::Behavior {
            kind,
            behavior: behavior.to_string(),
            value: value.cloned(),
            allowed: allowed.into(),
        }))
    }

    /// A value that a [`Target`](crate::Target) cannot put to use; `allowed` is a phrase such as `0 (no replicas)`.
    pub fn unsupported(behavior: &str, value: impl Into<Value>, allowed: &str) -> Self {
        let value = value.into();
        Self::new(ErrorKind::Unsupported, behavior, Some(&value), allowed)
    }

    pub(crate) fn placement(source: PlacementError) -> Self {
        Self(Box::new(Inner::Placement(source)))
    }

    /// What is wrong.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Inner::Behavior { kind, .. } => *kind,
            Inner::Placement(_) => ErrorKind::Placement,
            Inner::Server(_) => ErrorKind::Server,
        }
    }

    /// The behavior's name, as it was written; `distribution` if the servers cannot be placed,
    /// and empty if one of them is refused.
    pub fn behavior(&self) -> &str {
        match &*self.0 {
            Inner::Behavior { behavior, .. } => behavior,
            Inner::Placement(_) => "distribution",
            Inner::Server(_) => "",
        }
    }

    /// The value that was refused; `None` if the name was.
    pub fn value(&self) -> Option<&Value> {
        match &*self.0 {
            Inner::Behavior { value, .. } => value.as_ref(),
            Inner::Placement(_) | Inner::Server(_) => None,
        }
    }

    /// What is wrong with a server, if that is what was refused.
    pub fn server(&self) -> Option<&InvalidServer> {
        match &*self.0 {
            Inner::Server(error) => Some(error),
            Inner::Behavior { .. } | Inner::Placement(_) => None,
        }
    }
}

impl From<InvalidServer> for Error {
    fn from(error: InvalidServer) -> Self {
        Self(Box::new(Inner::Server(error)))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, behavior, value, allowed) = match &*self.0 {
            Inner::Server(error) => return error.fmt(f),
            Inner::Placement(_) => return f.write_str("the servers cannot be placed"),
            Inner::Behavior {
                kind,
                behavior,
                value,
                allowed,
            } => (kind, behavior, value, allowed),
        };
        let value = value.as_ref().unwrap_or(&Value::None);
        match kind {
            ErrorKind::UnknownBehavior => {
                write!(f, "unknown behavior {}", behavior.escape_debug())?
            }
            _ => write!(f, "behavior {behavior}: ")?,
        }
        match kind {
            ErrorKind::WrongType => match value {
                Value::None => write!(f, "none has the wrong type")?,
                _ => write!(f, "{} {value} has the wrong type", value.type_name())?,
            },
            ErrorKind::UnknownName => write!(f, "unknown name {value}")?,
            ErrorKind::OutOfRange => write!(f, "{value} is out of range")?,
            ErrorKind::Unsupported => write!(f, "{value} is not supported")?,
            ErrorKind::Conflict => write!(f, "{value} is refused")?,
            ErrorKind::ReadOnly => write!(f, "{value} is refused, it cannot be set")?,
            ErrorKind::NamespaceEmpty => write!(f, "{value} is empty")?,
            ErrorKind::NamespaceTooLong => write!(f, "{value} is too long")?,
            ErrorKind::NamespaceBytes => write!(f, "{value} cannot begin a key")?,
            ErrorKind::UnknownBehavior | ErrorKind::Placement | ErrorKind::Server => {}
        }
        write!(f, ": allowed are {allowed}")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Inner::Placement(error) => Some(error),
            Inner::Behavior { .. } | Inner::Server(_) => None,
        }
    }
}
