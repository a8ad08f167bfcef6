//! `md <key> <flags>*\r\n`: removes an item, or only marks it.
//!
//! ```text
//! →  HD <flags>*\r\n | NF <flags>*\r\n | EX <flags>*\r\n
//! ```

use super::flags::{Flags, Given};
use super::key::{self, Key};
use super::token::{Hint, Opaque};
use crate::text::Words;
use crate::{Exptime, Outgoing, Refusal, SendError};

/// Removes an item (`md`), or marks it as stale, or empties it.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Key, Limits, Outgoing, Request, meta};
///
/// let delete = meta::Delete {
///     compare_cas: Some(7),
///     ..meta::Delete::new(Key::new(b"greeting")?)
/// };
/// let mut out = Outgoing::default();
/// meta::encode_request(&Request::Meta(delete.into()), &Limits::default(), 0, &mut out)?;
/// assert_eq!(out.chunk(), b"md greeting C7\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete<'a> {
    /// Which item. A raw key is sent in base64, with `b`.
    pub key: Key<'a>,
    /// `C`: only if the cas number still is this one.
    pub compare_cas: Option<u64>,
    /// `E`: the new cas number of an item that stays (memcached 1.6.27).
    pub new_cas: Option<u64>,
    /// `I`: keeps the item, but marks it as stale: the next reader wins the
    /// right to write it anew.
    pub invalidate: bool,
    /// `T`: with `I`, the new end of the item.
    pub exptime: Option<Exptime>,
    /// `x`: keeps the item without its value (memcached 1.6.27).
    pub remove_value: bool,
    /// `k`: the key once more, as a check.
    pub echo_key: bool,
    /// `q`: no reply if it is done.
    pub quiet: bool,
    /// `O`: a mark that comes back.
    pub opaque: Option<Opaque>,
    /// `P`: a word for a proxy.
    pub path: Option<Hint<'a>>,
    /// `L`: a word for a proxy.
    pub hint: Option<Hint<'a>>,
}

impl<'a> Delete<'a> {
    /// Removes the item in any case.
    #[must_use]
    pub fn new(key: impl Into<Key<'a>>) -> Self {
        Self::of(key.into(), &Given::default())
    }

    pub(super) fn decode(mut words: Words<'a>) -> Result<Self, Refusal> {
        let key = words.word()?;
        let given = Given::decode(&mut words)?;
        Ok(Self::of(given.key(key)?, &given))
    }

    fn of(key: Key<'a>, given: &Given<'a>) -> Self {
        Self {
            key,
            compare_cas: given.compare_cas,
            new_cas: given.new_cas,
            invalidate: given.has(b'I'),
            exptime: given.exptime,
            remove_value: given.has(b'x'),
            echo_key: given.has(b'k'),
            quiet: given.has(b'q'),
            opaque: given.opaque,
            path: given.path,
            hint: given.hint,
        }
    }

    pub(super) fn encode(&self, out: &mut Outgoing) -> Result<(), SendError> {
        let line = key::encode_head(b"md ", &self.key.as_key(), out)?;
        let mut flags = Flags(line);
        flags.number(b'C', self.compare_cas);
        flags.number(b'E', self.new_cas);
        flags.on(b'I', self.invalidate);
        flags.exptime(b'T', self.exptime);
        flags.on(b'x', self.remove_value);
        flags.on(b'k', self.echo_key);
        flags.on(b'q', self.quiet);
        flags.end(&self.key, self.opaque.as_ref(), [self.path, self.hint]);
        Ok(())
    }
}
