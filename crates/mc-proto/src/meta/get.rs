//! `mg <key> <flags>*\r\n`: reads an item, or only what is known about it.
//!
//! ```text
//! →  VA <bytes> <flags>*\r\n<data>\r\n | HD <flags>*\r\n | EN <flags>*\r\n
//! ```

use super::flags::{Flags, Given};
use super::key::{self, Key};
use super::token::{Hint, Opaque};
use crate::text::Words;
use crate::{Exptime, Outgoing, Refusal, SendError};

/// Reads an item (`mg`): what is asked for is what comes back.
///
/// With nothing asked for, the reply tells a hit from a miss. memcached takes
/// 17 flags at most, and refuses a request with more.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Exptime, Key, Limits, Outgoing, Request, meta};
///
/// let get = meta::Get {
///     value: true,
///     ttl: true,
///     touch: Some(Exptime::from_wire(60)),
///     ..meta::Get::new(Key::new(b"greeting")?)
/// };
/// let mut out = Outgoing::default();
/// meta::encode_request(&Request::Meta(get.into()), &Limits::default(), 0, &mut out)?;
/// assert_eq!(out.chunk(), b"mg greeting v T60 t\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Get<'a> {
    /// Which item. A raw key is sent in base64, with `b`.
    pub key: Key<'a>,
    /// `v`: the value.
    pub value: bool,
    /// `f`: the 32 bits that were stored with it.
    pub flags: bool,
    /// `c`: its cas number.
    pub cas: bool,
    /// `s`: the length of its value.
    pub size: bool,
    /// `t`: how long it has to live after this.
    pub ttl: bool,
    /// `h`: whether it has been read before.
    pub hit: bool,
    /// `l`: how long ago it was last read.
    pub last_access: bool,
    /// `k`: the key once more, as a check.
    pub echo_key: bool,
    /// `q`: no reply to a miss.
    pub quiet: bool,
    /// `u`: the read does not count as one.
    pub no_bump: bool,
    /// `C`: no value if the cas number still is this one (memcached 1.6.45).
    pub compare_cas: Option<u64>,
    /// `E`: the cas number of an item that is made (memcached 1.6.30).
    pub new_cas: Option<u64>,
    /// `N`: makes an empty item on a miss, with this end, and lets this client
    /// [win](super::Returned::won) the right to fill it.
    pub vivify: Option<Exptime>,
    /// `R`: lets this client win if the item has less than that to live.
    pub recache: Option<Exptime>,
    /// `T`: gives the item a new end.
    pub touch: Option<Exptime>,
    /// `O`: a mark that comes back.
    pub opaque: Option<Opaque>,
    /// `P`: a word for a proxy.
    pub path: Option<Hint<'a>>,
    /// `L`: a word for a proxy.
    pub hint: Option<Hint<'a>>,
}

impl<'a> Get<'a> {
    /// Asks for nothing but whether the item is there.
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
            value: given.has(b'v'),
            flags: given.has(b'f'),
            cas: given.has(b'c'),
            size: given.has(b's'),
            ttl: given.has(b't'),
            hit: given.has(b'h'),
            last_access: given.has(b'l'),
            echo_key: given.has(b'k'),
            quiet: given.has(b'q'),
            no_bump: given.has(b'u'),
            compare_cas: given.compare_cas,
            new_cas: given.new_cas,
            vivify: given.vivify,
            recache: given.recache,
            touch: given.exptime,
            opaque: given.opaque,
            path: given.path,
            hint: given.hint,
        }
    }

    pub(super) fn encode(&self, out: &mut Outgoing) -> Result<(), SendError> {
        let line = key::encode_head(b"mg ", &self.key.as_key(), out)?;
        let mut flags = Flags(line);
        flags.on(b'v', self.value);
        flags.number(b'C', self.compare_cas);
        flags.number(b'E', self.new_cas);
        // A server goes through them in this order: it compares the old end,
        // sets the new one, and tells that.
        flags.exptime(b'R', self.recache);
        flags.exptime(b'N', self.vivify);
        flags.exptime(b'T', self.touch);
        flags.on(b'f', self.flags);
        flags.on(b'c', self.cas);
        flags.on(b's', self.size);
        flags.on(b't', self.ttl);
        flags.on(b'h', self.hit);
        flags.on(b'l', self.last_access);
        flags.on(b'u', self.no_bump);
        flags.on(b'k', self.echo_key);
        flags.on(b'q', self.quiet);
        flags.end(&self.key, self.opaque.as_ref(), [self.path, self.hint]);
        Ok(())
    }
}
