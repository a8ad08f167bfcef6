//! Meta's commands and replies, in the words of every protocol.

use bytes::Bytes;

use super::{Arithmetic, ArithmeticMode, Delete, Get, Reply, Request, Returned, Set, SetMode};
use crate::{Item, Verb};

impl Request<'_> {
    /// What it asks, as [`mc_proto::Request`](crate::Request) puts it.
    ///
    /// Whether it is quiet, has a mark, or wants its key back makes no
    /// difference. `None` for what only meta can say.
    ///
    /// ```
    /// use mc_proto::{Key, Limits, Request, meta, text};
    ///
    /// let general = |line: &[u8]| {
    ///     let incoming = text::decode_request(line, &Limits::default()).unwrap().unwrap();
    ///     let Request::Meta(request) = incoming.request else { panic!() };
    ///     request.general().map(|request| request.name())
    /// };
    /// assert_eq!(general(b"mg a v f O7\r\n"), Some("get"));
    /// assert_eq!(general(b"mg a k\r\n"), Some("get"));
    /// assert_eq!(general(b"mg a v T60\r\n"), Some("gat"));
    /// assert_eq!(general(b"md a q\r\n"), Some("delete"));
    /// assert_eq!(general(b"mg a v N30\r\n"), None);
    /// ```
    #[must_use]
    pub fn general(&self) -> Option<crate::Request<'_>> {
        match self {
            Self::Get(get) => get.general(),
            Self::Set(set) => set.general(),
            Self::Delete(delete) => delete.general(),
            Self::Arithmetic(arithmetic) => arithmetic.general(),
            Self::Noop => Some(crate::Request::Noop),
            Self::Debug(_) => None,
        }
    }

    /// The answer to it, from one that [`general`](Self::general) has; what a
    /// server writes. `None` if the one does not answer the other: a refusal,
    /// which is the same in both, among them.
    ///
    /// ```
    /// use mc_proto::{Key, Reply, meta};
    ///
    /// let get = meta::Get { value: true, ..meta::Get::new(Key::new(b"a")?) };
    /// let request = meta::Request::from(get);
    /// assert_eq!(request.answer(&Reply::Value(None)), Some(meta::Reply::Miss));
    /// assert_eq!(request.answer(&Reply::Stored), None);
    /// # Ok::<(), mc_proto::InvalidKey>(())
    /// ```
    #[must_use]
    pub fn answer(&self, reply: &crate::Reply) -> Option<Reply> {
        let plain = Returned::default();
        Some(match (self, reply) {
            (Self::Get(_), crate::Reply::Value(None) | crate::Reply::NotFound) => Reply::Miss,
            (Self::Get(get), crate::Reply::Value(Some(item))) => get.hit(item),
            (Self::Get(_), crate::Reply::Touched)
            | (Self::Set(_), crate::Reply::Stored)
            | (Self::Delete(_), crate::Reply::Deleted) => Reply::Done(plain),
            (Self::Arithmetic(asked), crate::Reply::Number(number)) if asked.value => {
                Reply::Value(Bytes::from(number.to_string()), plain)
            }
            (Self::Arithmetic(_), crate::Reply::Number(_)) => Reply::Done(plain),
            (Self::Set(_), crate::Reply::NotStored) => Reply::NotStored(plain),
            (Self::Set(_), crate::Reply::Exists) => Reply::Exists(plain),
            (Self::Set(_) | Self::Delete(_) | Self::Arithmetic(_), crate::Reply::NotFound) => {
                Reply::NotFound(plain)
            }
            (Self::Noop, crate::Reply::Ok) => Reply::Noop,
            _ => return None,
        })
    }
}

impl Get<'_> {
    fn general(&self) -> Option<crate::Request<'_>> {
        let plain = Self {
            value: self.value,
            flags: self.flags,
            cas: self.cas,
            touch: self.touch,
            echo_key: self.echo_key,
            quiet: self.quiet,
            opaque: self.opaque,
            ..Self::new(self.key.clone())
        };
        if *self != plain {
            return None;
        }
        let (key, cas) = (self.key.as_key(), self.cas);
        match (self.value, self.touch) {
            // A get whose value nobody wants is a get all the same.
            (_, None) => Some(crate::Request::Get { key, cas }),
            (true, Some(exptime)) => Some(crate::Request::Gat { key, exptime, cas }),
            (false, Some(exptime)) if !cas && !self.flags => {
                Some(crate::Request::Touch { key, exptime })
            }
            (false, _) => None,
        }
    }

    /// What it tells of an item.
    fn hit(&self, item: &Item) -> Reply {
        let returned = Returned {
            flags: self.flags.then_some(item.flags),
            cas: item.cas.filter(|_| self.cas),
            ..Returned::default()
        };
        match self.value {
            true => Reply::Value(item.value.clone(), returned),
            false => Reply::Done(returned),
        }
    }
}

impl Set<'_> {
    fn general(&self) -> Option<crate::Request<'_>> {
        let plain = Self {
            mode: self.mode,
            flags: self.flags,
            exptime: self.exptime,
            compare_cas: self.compare_cas,
            echo_key: self.echo_key,
            quiet: self.quiet,
            opaque: self.opaque,
            ..Self::new(self.key.clone(), self.value.clone())
        };
        let verb = match (self.mode, self.compare_cas) {
            (SetMode::Set, Some(unique)) => Verb::Cas(unique),
            (_, Some(_)) => return None,
            (SetMode::Set, None) => Verb::Set,
            (SetMode::Add, None) => Verb::Add,
            (SetMode::Replace, None) => Verb::Replace,
            (SetMode::Append, None) => Verb::Append,
            (SetMode::Prepend, None) => Verb::Prepend,
        };
        (*self == plain).then(|| crate::Request::Store {
            verb,
            key: self.key.as_key(),
            flags: self.flags,
            exptime: self.exptime,
            value: self.value.clone(),
        })
    }
}

impl Delete<'_> {
    fn general(&self) -> Option<crate::Request<'_>> {
        let plain = Self {
            echo_key: self.echo_key,
            quiet: self.quiet,
            opaque: self.opaque,
            ..Self::new(self.key.clone())
        };
        (*self == plain).then_some(crate::Request::Delete {
            key: self.key.as_key(),
        })
    }
}

impl Arithmetic<'_> {
    fn general(&self) -> Option<crate::Request<'_>> {
        let plain = Self {
            mode: self.mode,
            delta: self.delta,
            initial: self.initial,
            value: self.value,
            echo_key: self.echo_key,
            quiet: self.quiet,
            opaque: self.opaque,
            ..Self::new(self.key.clone())
        };
        let (key, delta, initial) = (self.key.as_key(), self.delta, self.initial);
        (*self == plain).then_some(match self.mode {
            ArithmeticMode::Incr => crate::Request::Incr {
                key,
                delta,
                initial,
            },
            ArithmeticMode::Decr => crate::Request::Decr {
                key,
                delta,
                initial,
            },
        })
    }
}
