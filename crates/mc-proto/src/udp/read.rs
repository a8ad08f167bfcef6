//! What can be asked over UDP.

use thiserror::Error;

use crate::{Key, Request};

/// A request that changes nothing, whatever becomes of it.
///
/// There is none for a write, a touch or a password, and none for many keys:
/// memcached 1.6 answers those with one message for each hit, all with the
/// same id and each counted from 0 on, so that nobody can tell which parts
/// belong together or whether one is missing. Ask for each key by itself; what
/// a get takes always fits a datagram.
///
/// A [`Request`] that is a read can be made one:
///
/// ```
/// use mc_proto::{Key, Request, udp::Read};
///
/// let key = Key::new(b"greeting")?;
/// let read = Read::try_from(Request::Get { key, cas: false })?;
/// assert_eq!(read, Read::Get { key, cas: false });
///
/// let refused = Read::try_from(Request::Delete { key }).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "this delete cannot travel over UDP; a get or gets of one key can, and version",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Read<'a> {
    /// Reads one item, as [`Request::Get`] does.
    Get {
        /// Which item.
        key: Key<'a>,
        /// Also reads its cas number.
        cas: bool,
    },
    /// Reads the server's version.
    Version,
}

/// A request that is none of those.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this {command} cannot travel over UDP; a get or gets of one key can, and version")]
pub struct NotARead {
    /// What was to be asked.
    pub command: &'static str,
}

impl<'a> From<Read<'a>> for Request<'a> {
    fn from(read: Read<'a>) -> Self {
        match read {
            Read::Get { key, cas } => Self::Get { key, cas },
            Read::Version => Self::Version,
        }
    }
}

impl<'a> TryFrom<Request<'a>> for Read<'a> {
    type Error = NotARead;

    fn try_from(request: Request<'a>) -> Result<Self, NotARead> {
        match request {
            Request::Get { key, cas } => Ok(Self::Get { key, cas }),
            Request::Version => Ok(Self::Version),
            other => Err(NotARead {
                command: other.name(),
            }),
        }
    }
}
