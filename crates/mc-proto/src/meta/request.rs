//! The six meta commands, and what the replies to each can be.

use super::reply::Status;
use super::{Arithmetic, Debug, Delete, Get, Key, Opaque, Set};
use crate::{Limits, Outgoing, SendError};

/// A meta command with its flags.
///
/// ```
/// use mc_proto::{Key, meta};
///
/// let request = meta::Request::from(meta::Get::new(Key::new(b"greeting")?));
/// assert_eq!(request.name(), "mg");
/// # Ok::<(), mc_proto::InvalidKey>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// `mg`: reads an item.
    Get(Get<'a>),
    /// `ms`: stores a value.
    Set(Set<'a>),
    /// `md`: removes an item.
    Delete(Delete<'a>),
    /// `ma`: adds to a number.
    Arithmetic(Arithmetic<'a>),
    /// `mn`: nothing but an answer.
    Noop,
    /// `me`: tells about an item.
    Debug(Debug<'a>),
}

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Get,
    Set,
    Delete,
    Arithmetic,
    Noop,
    Debug,
}

/// Whether a value comes back with a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    Always,
    Never,
    /// It was asked for on a condition.
    Maybe,
}

/// The shape of a request: enough to know its replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    code: Code,
    value: Value,
    /// Whether a mark comes back.
    pub(super) opaque: bool,
    /// Whether the key comes back.
    pub(super) key: bool,
}

impl<'a> Request<'a> {
    /// Its two letters.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Get(_) => "mg",
            Self::Set(_) => "ms",
            Self::Delete(_) => "md",
            Self::Arithmetic(_) => "ma",
            Self::Noop => "mn",
            Self::Debug(_) => "me",
        }
    }

    /// The key that it names.
    #[must_use]
    pub fn key(&self) -> Option<&Key<'a>> {
        match self {
            Self::Get(get) => Some(&get.key),
            Self::Set(set) => Some(&set.key),
            Self::Delete(delete) => Some(&delete.key),
            Self::Arithmetic(arithmetic) => Some(&arithmetic.key),
            Self::Noop => None,
            Self::Debug(debug) => Some(&debug.key),
        }
    }

    /// The mark that it has.
    #[must_use]
    pub fn opaque(&self) -> Option<&Opaque> {
        match self {
            Self::Get(get) => get.opaque.as_ref(),
            Self::Set(set) => set.opaque.as_ref(),
            Self::Delete(delete) => delete.opaque.as_ref(),
            Self::Arithmetic(arithmetic) => arithmetic.opaque.as_ref(),
            Self::Noop | Self::Debug(_) => None,
        }
    }

    /// Whether the reply that is likely is left out (`q`): that to a miss of a
    /// get, and that to a success of any other.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        match self {
            Self::Get(get) => get.quiet,
            Self::Set(set) => set.quiet,
            Self::Delete(delete) => delete.quiet,
            Self::Arithmetic(arithmetic) => arithmetic.quiet,
            Self::Noop | Self::Debug(_) => false,
        }
    }

    /// The mark and the key that come back with the reply, each if it does.
    pub(crate) fn echoes(&self) -> (Option<&Opaque>, Option<crate::Key<'_>>) {
        let echoes_key = match self {
            Self::Get(get) => get.echo_key,
            Self::Set(set) => set.echo_key,
            Self::Delete(delete) => delete.echo_key,
            Self::Arithmetic(arithmetic) => arithmetic.echo_key,
            Self::Noop => false,
            Self::Debug(_) => true,
        };
        let key = self.key().filter(|_| echoes_key);
        (self.opaque(), key.map(Key::as_key))
    }

    pub(super) fn encode(&self, limits: &Limits, out: &mut Outgoing) -> Result<(), SendError> {
        match self {
            Self::Get(get) => get.encode(out),
            Self::Set(set) => set.encode(limits, out),
            Self::Delete(delete) => delete.encode(out),
            Self::Arithmetic(arithmetic) => arithmetic.encode(out),
            Self::Noop => {
                out.put(b"mn\r\n");
                Ok(())
            }
            Self::Debug(debug) => debug.encode(out),
        }
    }
}

impl Shape {
    /// The shape of this request.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        let (code, value) = match request {
            Request::Get(Get {
                value: true,
                compare_cas: Some(_),
                ..
            }) => (Code::Get, Value::Maybe),
            Request::Get(Get { value: true, .. }) => (Code::Get, Value::Always),
            Request::Get(_) => (Code::Get, Value::Never),
            Request::Set(_) => (Code::Set, Value::Never),
            Request::Delete(_) => (Code::Delete, Value::Never),
            Request::Arithmetic(Arithmetic { value: true, .. }) => {
                (Code::Arithmetic, Value::Always)
            }
            Request::Arithmetic(_) => (Code::Arithmetic, Value::Never),
            Request::Noop => (Code::Noop, Value::Never),
            Request::Debug(_) => (Code::Debug, Value::Never),
        };
        let (opaque, key) = request.echoes();
        Self {
            code,
            value,
            opaque: opaque.is_some(),
            key: key.is_some(),
        }
    }

    /// Whether it stores a value, which follows its line.
    pub(crate) fn stores(self) -> bool {
        self.code == Code::Set
    }

    /// Whether a request of this shape can have this reply.
    pub(crate) fn accepts(self, reply: &super::Reply) -> bool {
        self.allows(reply.status())
    }

    /// Whether the reply to such a request can have this status.
    pub(super) fn allows(self, status: Status) -> bool {
        let reads = matches!(self.code, Code::Get | Code::Debug);
        let changes = matches!(self.code, Code::Set | Code::Delete | Code::Arithmetic);
        match status {
            Status::Done => (changes || self.code == Code::Get) && self.value != Value::Always,
            Status::Value => self.value != Value::Never,
            Status::Miss => reads,
            Status::NotFound | Status::NotStored | Status::Exists => changes,
            Status::Noop => self.code == Code::Noop,
            Status::Debug => self.code == Code::Debug,
        }
    }

    /// Whether the reply with this status repeats nothing of the request.
    pub(super) fn is_bare(self, status: Status) -> bool {
        status == Status::Noop || (self.code == Code::Debug && status == Status::Miss)
    }

    /// Whether `q` leaves out the reply with this status.
    pub(super) fn hides(self, status: Status) -> bool {
        match self.code {
            Code::Get => status == Status::Miss,
            _ => matches!(status, Status::Done | Status::Value),
        }
    }
}

/// Each command becomes a request of its own, and one of
/// [`Request::Meta`](crate::Request::Meta).
macro_rules! from_command {
    ($($command:ident),*) => {$(
        impl<'a> From<$command<'a>> for Request<'a> {
            fn from(command: $command<'a>) -> Self {
                Self::$command(command)
            }
        }

        impl<'a> From<$command<'a>> for Box<Request<'a>> {
            fn from(command: $command<'a>) -> Self {
                Self::new(command.into())
            }
        }
    )*};
}

from_command!(Get, Set, Delete, Arithmetic, Debug);
