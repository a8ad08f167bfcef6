//! Requests as packets, written.

use super::Opcode;
use super::header::{Header, REQUEST};
use super::packet::{Extras, NO_VALUE, Name, put};
use crate::{
    Exptime, Initial, Key, Limits, Outgoing, Payload, Protocol, SaslStep, SendError, StatsTopic,
};

/// One packet that a client sends.
///
/// ```text
/// 0x80 opcode … opaque cas    extras? key? value?
/// ```
///
/// It is nearer to the wire than [`mc_proto::Request`](crate::Request), which
/// a [`Connection`](crate::Connection) sends as one or more of these, and
/// says more: every command can be quiet, many can have a cas number.
///
/// ```
/// use bytes::Buf;
/// use mc_proto::binary::{Command, Request, decode_request};
/// use mc_proto::{Key, Limits, Outgoing};
///
/// let request = Request {
///     opaque: 7,
///     cas: 3,
///     quiet: true,
///     command: Command::Delete { key: Key::new(b"a")? },
/// };
/// let mut out = Outgoing::default();
/// request.encode(&Limits::default(), &mut out)?;
///
/// let incoming = decode_request(out.chunk(), &Limits::default())?.unwrap();
/// assert_eq!(incoming.request, request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// A number that its reply brings back.
    pub opaque: u32,
    /// The cas number that the item must have; 0 for any.
    pub cas: u64,
    /// Whether a get wants no word of a miss, and a change none of success.
    /// Only commands whose opcode [has a quiet form](Opcode::quiet) can.
    pub quiet: bool,
    /// What is asked.
    pub command: Command<'a>,
}

/// What a packet asks, with its arguments.
///
/// ```text
/// get, getk, delete                key
/// gat, gatk, touch                 exptime(4)                        key
/// set, add, replace                flags(4) exptime(4)               key  value
/// append, prepend                                                    key  value
/// increment, decrement             delta(8) initial(8) exptime(4)    key
/// flush                            [delay(4)]
/// verbosity                        level(4)
/// stat                                                               [topic]
/// sasl auth, step                                                    mechanism  data
/// noop, version, quit, sasl list
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// Reads an item.
    Get {
        /// Which item.
        key: Key<'a>,
        /// To have the key in the reply, too.
        with_key: bool,
    },
    /// Reads an item, and gives it a new end.
    Gat {
        /// Which item.
        key: Key<'a>,
        /// When the item ends.
        exptime: Exptime,
        /// To have the key in the reply, too.
        with_key: bool,
    },
    /// Gives an item a new end.
    Touch {
        /// Which item.
        key: Key<'a>,
        /// When the item ends.
        exptime: Exptime,
    },
    /// Writes an item.
    Store {
        /// On which condition.
        mode: Mode,
        /// Which item.
        key: Key<'a>,
        /// 32 bits that are kept beside the value.
        flags: u32,
        /// When the item ends.
        exptime: Exptime,
        /// The bytes to store.
        value: Payload<'a>,
    },
    /// Puts bytes behind a value.
    Append {
        /// Which item.
        key: Key<'a>,
        /// The bytes.
        value: Payload<'a>,
    },
    /// Puts bytes in front of a value.
    Prepend {
        /// Which item.
        key: Key<'a>,
        /// The bytes.
        value: Payload<'a>,
    },
    /// Removes an item.
    Delete {
        /// Which item.
        key: Key<'a>,
    },
    /// Adds to a number.
    Increment {
        /// Which item.
        key: Key<'a>,
        /// How much.
        delta: u64,
        /// What to store if the key holds nothing.
        initial: Option<Initial>,
    },
    /// Subtracts from a number.
    Decrement {
        /// Which item.
        key: Key<'a>,
        /// How much.
        delta: u64,
        /// What to store if the key holds nothing.
        initial: Option<Initial>,
    },
    /// Reads statistics.
    Stat {
        /// Which; `None` is the general ones.
        topic: Option<StatsTopic>,
    },
    /// Ends every item.
    Flush {
        /// After so many seconds, or at this Unix time; `None` is now.
        delay: Option<u32>,
    },
    /// Sets how much the server logs.
    Verbosity {
        /// How much.
        level: u32,
    },
    /// Does nothing but be answered.
    Noop,
    /// Reads the server's version.
    Version,
    /// Asks the server to close the connection.
    Quit,
    /// A step of authentication.
    Sasl(SaslStep<'a>),
}

/// On which condition an item is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// On none.
    Set,
    /// If the key holds nothing.
    Add,
    /// If the key holds something.
    Replace,
}

/// The end of a number that must be there: it is not to be created.
pub(super) const DO_NOT_CREATE: u32 = u32::MAX;

/// A Unix time in January 1970, the first that is not read as a span.
const PAST: u32 = 60 * 60 * 24 * 30 + 1;

impl Request<'_> {
    /// The byte that stands for its command, in the quiet form if it is.
    ///
    /// `None` if it is quiet, and there is no such form.
    #[must_use]
    #[inline]
    pub fn opcode(&self) -> Option<Opcode> {
        let loud = self.command.opcode();
        if self.quiet { loud.quiet() } else { Some(loud) }
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`SendError`] for one over the limits, or quiet where it cannot be.
    /// Then nothing was written.
    pub fn encode(&self, limits: &Limits, out: &mut Outgoing) -> Result<(), SendError> {
        self.put(limits, out)
    }

    /// The same, where it is known what it asks: most of it is then settled when this is compiled.
    #[inline(always)]
    pub(super) fn put(&self, limits: &Limits, out: &mut Outgoing) -> Result<(), SendError> {
        let opcode = self.opcode().ok_or(SendError::Unsupported {
            command: "a quiet form of this command",
            protocol: Protocol::Binary,
        })?;
        self.command.check(limits)?;
        let header = Header {
            opcode: opcode.byte(),
            opaque: self.opaque,
            cas: self.cas,
            ..Header::default()
        };
        let (extras, name) = (self.command.extras(), self.command.name());
        put(out, REQUEST, header, extras, name, &self.command.value());
        Ok(())
    }
}

/// Writes what a [`Request`] would for a quiet [`Command::Store`] in any case, of which batches have many.
#[inline(always)]
pub(super) fn put_quiet_set(
    key: &Key<'_>,
    flags: u32,
    exptime: Exptime,
    value: &Payload<'_>,
    opaque: u32,
    limits: &Limits,
    out: &mut Outgoing,
) -> Result<(), SendError> {
    check_value(value, limits)?;
    let header = Header {
        opcode: Opcode::SetQ.byte(),
        opaque,
        ..Header::default()
    };
    let extras = Extras::default().u32(flags).u32(put_end(exptime));
    put(out, REQUEST, header, extras, Name::Key(key), value);
    Ok(())
}

#[inline(always)]
fn check_value(value: &Payload<'_>, limits: &Limits) -> Result<(), SendError> {
    let (len, max) = (value.as_slice().len(), limits.value_len());
    match len > max {
        true => Err(SendError::ValueTooLarge { len, max }),
        false => Ok(()),
    }
}

impl Command<'_> {
    /// The form that is always answered.
    #[inline(always)]
    pub(super) fn opcode(&self) -> Opcode {
        match self {
            Self::Get { with_key, .. } if *with_key => Opcode::GetK,
            Self::Get { .. } => Opcode::Get,
            Self::Gat { with_key, .. } if *with_key => Opcode::GatK,
            Self::Gat { .. } => Opcode::Gat,
            Self::Touch { .. } => Opcode::Touch,
            Self::Store { mode, .. } => match mode {
                Mode::Set => Opcode::Set,
                Mode::Add => Opcode::Add,
                Mode::Replace => Opcode::Replace,
            },
            Self::Append { .. } => Opcode::Append,
            Self::Prepend { .. } => Opcode::Prepend,
            Self::Delete { .. } => Opcode::Delete,
            Self::Increment { .. } => Opcode::Increment,
            Self::Decrement { .. } => Opcode::Decrement,
            Self::Stat { .. } => Opcode::Stat,
            Self::Flush { .. } => Opcode::Flush,
            Self::Verbosity { .. } => Opcode::Verbosity,
            Self::Noop => Opcode::Noop,
            Self::Version => Opcode::Version,
            Self::Quit => Opcode::Quit,
            Self::Sasl(SaslStep::List) => Opcode::SaslList,
            Self::Sasl(SaslStep::Start { .. }) => Opcode::SaslAuth,
            Self::Sasl(SaslStep::Continue { .. }) => Opcode::SaslStep,
        }
    }

    /// Refuses what is over the limits.
    #[inline(always)]
    fn check(&self, limits: &Limits) -> Result<(), SendError> {
        check_value(&self.value(), limits)?;
        match self {
            Self::Flush { delay: Some(delay) } if i32::try_from(*delay).is_err() => {
                Err(SendError::DelayTooLong { delay: *delay })
            }
            Self::Sasl(
                SaslStep::Start { mechanism, .. } | SaslStep::Continue { mechanism, .. },
            ) if !is_mechanism(mechanism) => Err(SendError::BadMechanism),
            _ => Ok(()),
        }
    }

    #[inline(always)]
    fn extras(&self) -> Extras {
        let none = Extras::default();
        match self {
            Self::Gat { exptime, .. } | Self::Touch { exptime, .. } => none.u32(put_end(*exptime)),
            Self::Store { flags, exptime, .. } => none.u32(*flags).u32(put_end(*exptime)),
            Self::Increment { delta, initial, .. } | Self::Decrement { delta, initial, .. } => {
                let value = initial.map_or(0, |initial| initial.value);
                let end = initial.map_or(DO_NOT_CREATE, |initial| put_end(initial.exptime));
                none.u64(*delta).u64(value).u32(end)
            }
            Self::Flush { delay } => delay.map_or(none, |delay| none.u32(delay)),
            Self::Verbosity { level } => none.u32(*level),
            _ => none,
        }
    }

    #[inline(always)]
    fn name(&self) -> Name<'_> {
        match self {
            Self::Get { key, .. }
            | Self::Gat { key, .. }
            | Self::Touch { key, .. }
            | Self::Store { key, .. }
            | Self::Append { key, .. }
            | Self::Prepend { key, .. }
            | Self::Delete { key }
            | Self::Increment { key, .. }
            | Self::Decrement { key, .. } => Name::Key(key),
            Self::Stat { topic: Some(topic) } => Name::Word(topic.name().as_bytes()),
            Self::Sasl(
                SaslStep::Start { mechanism, .. } | SaslStep::Continue { mechanism, .. },
            ) => Name::Word(mechanism),
            _ => Name::Word(&[]),
        }
    }

    #[inline(always)]
    fn value(&self) -> Payload<'_> {
        match self {
            Self::Store { value, .. }
            | Self::Append { value, .. }
            | Self::Prepend { value, .. } => value.lend(),
            Self::Sasl(SaslStep::Start { data, .. } | SaslStep::Continue { data, .. }) => {
                Payload::Borrowed(data.expose())
            }
            _ => NO_VALUE,
        }
    }
}

/// Whether these bytes can name a mechanism: RFC 4422, section 3.1.
pub(super) fn is_mechanism(name: &[u8]) -> bool {
    let fits = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_');
    (1..=20).contains(&name.len()) && name.iter().all(fits)
}

/// The number for the end of an item.
///
/// It has no sign here: memcached reads -1 as a time in 2106. So an end that
/// has passed is a time in 1970.
fn put_end(exptime: Exptime) -> u32 {
    u32::try_from(exptime.seconds()).unwrap_or(PAST)
}
