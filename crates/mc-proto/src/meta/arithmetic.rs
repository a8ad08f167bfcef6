//! `ma <key> <flags>*\r\n`: adds to a number, or subtracts from it.
//!
//! ```text
//! →  HD <flags>*\r\n | VA <bytes> <flags>*\r\n<number>\r\n
//!    | NF <flags>*\r\n | NS <flags>*\r\n | EX <flags>*\r\n
//! ```

use super::flags::{Flags, Given, refusal};
use super::key::{self, Key};
use super::token::{Hint, Opaque};
use crate::text::Words;
use crate::{Exptime, Initial, Outgoing, Refusal, SendError};

/// Adds to a number or subtracts from it (`ma`).
///
/// Adding beyond 2^64 starts again at 0, subtracting stops at 0.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::{Exptime, Initial, Key, Limits, Outgoing, Request, meta};
///
/// let count = meta::Arithmetic {
///     value: true,
///     initial: Some(Initial { value: 1, exptime: Exptime::from_wire(60) }),
///     ..meta::Arithmetic::new(Key::new(b"visits")?)
/// };
/// let mut out = Outgoing::default();
/// meta::encode_request(&Request::Meta(count.into()), &Limits::default(), 0, &mut out)?;
/// assert_eq!(out.chunk(), b"ma visits v N60 J1\r\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arithmetic<'a> {
    /// Which item. A raw key is sent in base64, with `b`.
    pub key: Key<'a>,
    /// `M`: whether to add or to subtract.
    pub mode: ArithmeticMode,
    /// `D`: how much; 1 if it is not named.
    pub delta: u64,
    /// `N` and `J`: what to make on a miss.
    pub initial: Option<Initial>,
    /// `T`: the new end of the item.
    pub exptime: Option<Exptime>,
    /// `C`: only if the cas number still is this one.
    pub compare_cas: Option<u64>,
    /// `E`: the new cas number (memcached 1.6.27).
    pub new_cas: Option<u64>,
    /// `v`: tells the number that the item holds then.
    pub value: bool,
    /// `t`: tells how long it has to live after this.
    pub ttl: bool,
    /// `c`: tells the new cas number.
    pub cas: bool,
    /// `k`: the key once more, as a check.
    pub echo_key: bool,
    /// `q`: no reply if it is done, not even the number.
    pub quiet: bool,
    /// `O`: a mark that comes back.
    pub opaque: Option<Opaque>,
    /// `P`: a word for a proxy.
    pub path: Option<Hint<'a>>,
    /// `L`: a word for a proxy.
    pub hint: Option<Hint<'a>>,
}

/// What is done with the number (`M`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ArithmeticMode {
    /// `I` or `+`: adds.
    #[default]
    Incr,
    /// `D` or `-`: subtracts.
    Decr,
}

impl ArithmeticMode {
    fn of(given: &Given<'_>) -> Result<Self, Refusal> {
        match given.mode {
            None | Some(b'I' | b'+') => Ok(Self::Incr),
            Some(b'D' | b'-') => Ok(Self::Decr),
            Some(_) => Err(refusal("invalid mode for ma M token")),
        }
    }
}

impl<'a> Arithmetic<'a> {
    /// Adds 1, if the item is there.
    #[must_use]
    pub fn new(key: impl Into<Key<'a>>) -> Self {
        Self::of(key.into(), ArithmeticMode::default(), &Given::default())
    }

    pub(super) fn decode(mut words: Words<'a>) -> Result<Self, Refusal> {
        let key = words.word()?;
        let given = Given::decode(&mut words)?;
        Ok(Self::of(
            given.key(key)?,
            ArithmeticMode::of(&given)?,
            &given,
        ))
    }

    fn of(key: Key<'a>, mode: ArithmeticMode, given: &Given<'a>) -> Self {
        let initial = |exptime| Initial {
            value: given.initial.unwrap_or_default(),
            exptime,
        };
        Self {
            key,
            mode,
            delta: given.delta.unwrap_or(1),
            initial: given.vivify.map(initial),
            exptime: given.exptime,
            compare_cas: given.compare_cas,
            new_cas: given.new_cas,
            value: given.has(b'v'),
            ttl: given.has(b't'),
            cas: given.has(b'c'),
            echo_key: given.has(b'k'),
            quiet: given.has(b'q'),
            opaque: given.opaque,
            path: given.path,
            hint: given.hint,
        }
    }

    pub(super) fn encode(&self, out: &mut Outgoing) -> Result<(), SendError> {
        let line = key::encode_head(b"ma ", &self.key.as_key(), out)?;
        let is_decr = self.mode == ArithmeticMode::Decr;
        let mut flags = Flags(line);
        flags.on(b'v', self.value);
        flags.word(b'M', is_decr.then_some(b"D"));
        flags.number(b'D', Some(self.delta).filter(|&delta| delta != 1));
        flags.exptime(b'N', self.initial.map(|initial| initial.exptime));
        flags.number(b'J', self.initial.map(|initial| initial.value));
        flags.exptime(b'T', self.exptime);
        flags.number(b'C', self.compare_cas);
        flags.number(b'E', self.new_cas);
        flags.on(b't', self.ttl);
        flags.on(b'c', self.cas);
        flags.on(b'k', self.echo_key);
        flags.on(b'q', self.quiet);
        flags.end(&self.key, self.opaque.as_ref(), [self.path, self.hint]);
        Ok(())
    }
}
