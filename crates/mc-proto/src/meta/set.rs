//! `ms <key> <bytes> <flags>*\r\n<data>\r\n`: stores a value.
//!
//! ```text
//! →  HD <flags>*\r\n | NS <flags>*\r\n | EX <flags>*\r\n | NF <flags>*\r\n
//! ```

use super::flags::{Flags, Given, refusal};
use super::key::{self, Key};
use super::token::{Hint, Opaque};
use crate::line::{self, CRLF};
use crate::text::{Body, Fault, Words};
use crate::{Exptime, Limits, Outgoing, Payload, Refusal, SendError};

/// Stores a value (`ms`).
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Key, Limits, Outgoing, Request, meta};
///
/// let set = meta::Set {
///     mode: meta::SetMode::Add,
///     cas: true,
///     ..meta::Set::new(Key::new(b"greeting")?, &b"hello"[..])
/// };
/// let mut out = Outgoing::default();
/// meta::encode_request(&Request::Meta(set.into()), &Limits::default(), 0, &mut out)?;
/// assert_eq!(out.chunk(), b"ms greeting 5 ME c\r\nhello\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<'a> {
    /// Which item. A raw key is sent in base64, with `b`.
    pub key: Key<'a>,
    /// The bytes to store.
    pub value: Payload<'a>,
    /// `M`: on which condition, and what becomes of a value that is there.
    pub mode: SetMode,
    /// `F`: 32 bits to keep beside the value; 0 if they are not named.
    pub flags: u32,
    /// `T`: when the item ends; never if it is not named.
    pub exptime: Exptime,
    /// `C`: stores only if the cas number still is this one.
    pub compare_cas: Option<u64>,
    /// `E`: the new cas number (memcached 1.6.27).
    pub new_cas: Option<u64>,
    /// `I`: with `C`, an older number stores as well, but marks the item stale.
    pub invalidate: bool,
    /// `N`: append and prepend make an item on a miss, with this end (memcached
    /// 1.6.20).
    pub vivify: Option<Exptime>,
    /// `c`: tells the new cas number.
    pub cas: bool,
    /// `s`: tells the length of the value that is there then (memcached 1.6.20).
    pub size: bool,
    /// `k`: the key once more, as a check.
    pub echo_key: bool,
    /// `q`: no reply if it is stored.
    pub quiet: bool,
    /// `O`: a mark that comes back.
    pub opaque: Option<Opaque>,
    /// `P`: a word for a proxy.
    pub path: Option<Hint<'a>>,
    /// `L`: a word for a proxy.
    pub hint: Option<Hint<'a>>,
}

/// How a value is stored (`M`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SetMode {
    /// `S`: stores in any case.
    #[default]
    Set,
    /// `E`: stores if the key holds nothing.
    Add,
    /// `R`: stores if the key holds something.
    Replace,
    /// `A`: puts the bytes behind the value that is there.
    Append,
    /// `P`: puts the bytes in front of the value that is there.
    Prepend,
}

impl SetMode {
    const ALL: [Self; 5] = [
        Self::Set,
        Self::Add,
        Self::Replace,
        Self::Append,
        Self::Prepend,
    ];

    /// The letter on the wire.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Self::Set => b'S',
            Self::Add => b'E',
            Self::Replace => b'R',
            Self::Append => b'A',
            Self::Prepend => b'P',
        }
    }

    fn of(given: &Given<'_>) -> Result<Self, Refusal> {
        let Some(letter) = given.mode else {
            return Ok(Self::default());
        };
        let mut modes = Self::ALL.into_iter();
        modes
            .find(|mode| mode.letter() == letter)
            .ok_or_else(|| refusal("invalid mode for ms M token"))
    }
}

impl<'a> Set<'a> {
    /// Stores a value in any case and for ever.
    #[must_use]
    pub fn new(key: impl Into<Key<'a>>, value: impl Into<Payload<'a>>) -> Self {
        let (mode, flags) = (SetMode::default(), 0);
        Self::of(key.into(), value.into(), mode, flags, &Given::default())
    }

    /// Reads what stands behind the code: the request, and how much of the
    /// body it takes.
    pub(super) fn decode(
        mut words: Words<'a>,
        body: &'a [u8],
        limits: &Limits,
    ) -> Result<Option<(Self, usize)>, Fault> {
        let bad = |_| Fault::lost(refusal("bad command line format"));
        let key = words.word()?;
        let len = words.word().map_err(bad)?;
        let body = Body::announced(len, body, limits)?;
        let head = Given::decode(&mut words).and_then(|given| {
            let flags = u32::try_from(given.client_flags.unwrap_or_default());
            let flags = flags.map_err(|_| refusal("bad command line format"))?;
            Ok((given.key(key)?, SetMode::of(&given)?, flags, given))
        });
        let (key, mode, flags, given) = head.map_err(|refusal| body.refused(refusal))?;
        let value = body.value()?;
        let set = value.map(|value| Self::of(key, value.into(), mode, flags, &given));
        Ok(set.map(|set| (set, body.taken())))
    }

    fn of(key: Key<'a>, value: Payload<'a>, mode: SetMode, flags: u32, given: &Given<'a>) -> Self {
        Self {
            key,
            value,
            mode,
            flags,
            exptime: given.exptime.unwrap_or_default(),
            compare_cas: given.compare_cas,
            new_cas: given.new_cas,
            invalidate: given.has(b'I'),
            vivify: given.vivify,
            cas: given.has(b'c'),
            size: given.has(b's'),
            echo_key: given.has(b'k'),
            quiet: given.has(b'q'),
            opaque: given.opaque,
            path: given.path,
            hint: given.hint,
        }
    }

    pub(super) fn encode(&self, limits: &Limits, out: &mut Outgoing) -> Result<(), SendError> {
        let line = encode_head(&self.key.as_key(), &self.value, limits, out)?;
        let terms = Terms {
            mode: self.mode,
            flags: self.flags,
            exptime: self.exptime,
            compare_cas: self.compare_cas,
        };
        let mut flags = Flags(line);
        terms.put(&mut flags);
        flags.number(b'E', self.new_cas);
        flags.on(b'I', self.invalidate);
        flags.exptime(b'N', self.vivify);
        flags.on(b'c', self.cas);
        flags.on(b's', self.size);
        flags.on(b'k', self.echo_key);
        flags.on(b'q', self.quiet);
        flags.end(&self.key, self.opaque.as_ref(), [self.path, self.hint]);
        out.put_value(&self.value, CRLF);
        Ok(())
    }
}

/// What any storage command says of its item, but for its key and its value.
pub(super) struct Terms {
    pub(super) mode: SetMode,
    pub(super) flags: u32,
    pub(super) exptime: Exptime,
    pub(super) compare_cas: Option<u64>,
}

impl Terms {
    /// Writes them behind the length.
    pub(super) fn put(&self, flags: &mut Flags<'_>) {
        if self.mode != SetMode::Set {
            flags.word(b'M', Some(&[self.mode.letter()]));
        }
        if self.flags != 0 {
            flags.number(b'F', Some(self.flags.into()));
        }
        if self.exptime != Exptime::NEVER {
            flags.exptime(b'T', Some(self.exptime));
        }
        flags.number(b'C', self.compare_cas);
    }
}

/// Writes the line of any storage command up to the length; the rest goes behind that.
#[inline(always)]
pub(super) fn encode_head<'o>(
    key: &crate::Key<'_>,
    value: &Payload<'_>,
    limits: &Limits,
    out: &'o mut Outgoing,
) -> Result<&'o mut Vec<u8>, SendError> {
    let (len, max) = (value.as_slice().len(), limits.value_len());
    if len > max {
        return Err(SendError::ValueTooLarge { len, max });
    }
    let line = key::encode_head(b"ms ", key, out)?;
    line::put_number_word(line, len as u64);
    Ok(line)
}
