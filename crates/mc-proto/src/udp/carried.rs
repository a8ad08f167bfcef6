//! What can be asked over UDP.

use thiserror::Error;

use crate::Request;
use crate::kind::Kind;

/// A request that has no good form in datagrams.
///
/// A get of many keys is one: memcached 1.6 answers it with one message for
/// each hit, all with the same id and each counted from 0 on, so that nobody
/// can tell which parts belong together or whether one is missing. Ask for
/// each key by itself; what a get takes always fits a datagram.
///
/// ```
/// use mc_proto::{Key, Limits, Request, udp};
///
/// let keys = [Key::new(b"a")?, Key::new(b"b")?];
/// let get = Request::GetMany { keys: keys[..].into(), cas: false };
/// let mut client = udp::Client::new(1, udp::Limits::default());
/// let (refused, _) = client.push(&get, "the tag", &mut Vec::new()).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "this get cannot travel over UDP; a get, gets, gat or gats of one key, a storage command, \
///      delete, touch, incr, decr, stats, version, flush_all and verbosity can",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "this {command} cannot travel over UDP; a get, gets, gat or gats of one key, a storage command, \
     delete, touch, incr, decr, stats, version, flush_all and verbosity can"
)]
pub struct NotCarried {
    /// What was to be asked.
    pub command: &'static str,
}

/// Refuses what cannot be asked over UDP.
pub(super) fn check(request: &Request<'_>) -> Result<(), NotCarried> {
    match Kind::of(request).fits_datagrams() {
        true => Ok(()),
        false => Err(NotCarried {
            command: request.name(),
        }),
    }
}
