//! Packets, in the words of every protocol.

use super::{Command, Mode, Request};
use crate::kind::Kind;
use crate::{Exptime, Verb};

impl<'a> Request<'a> {
    /// What it asks, as [`mc_proto::Request`](crate::Request) puts it.
    ///
    /// A get reads as one that asks for the cas number, and a quiet one of
    /// many as a get of its own. `None` for what only this protocol can say:
    /// a change other than a store that asks for a cas number.
    ///
    /// ```
    /// use mc_proto::binary::{Command, Request};
    /// use mc_proto::{Key, Request as General};
    ///
    /// let key = Key::new(b"a")?;
    /// let request = Request { opaque: 0, cas: 0, quiet: false, command: Command::Delete { key } };
    /// assert_eq!(request.general(), Some(General::Delete { key }));
    /// assert_eq!(Request { cas: 7, ..request }.general(), None);
    /// # Ok::<(), mc_proto::InvalidKey>(())
    /// ```
    #[must_use]
    pub fn general(&self) -> Option<crate::Request<'a>> {
        let is_store = matches!(self.command, Command::Store { .. });
        (self.cas == 0 || is_store).then(|| self.but_for_cas())
    }

    /// What kind of replies it can have.
    pub(super) fn kind(&self) -> Kind {
        Kind::of(&self.but_for_cas())
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> &'static str {
        self.but_for_cas().name()
    }

    /// What it asks, without the cas number of what is no store.
    fn but_for_cas(&self) -> crate::Request<'a> {
        let cas = true;
        match self.command.clone() {
            Command::Get { key, .. } => crate::Request::Get { key, cas },
            Command::Gat { key, exptime, .. } => crate::Request::Gat { key, exptime, cas },
            Command::Touch { key, exptime } => crate::Request::Touch { key, exptime },
            Command::Store {
                mode,
                key,
                flags,
                exptime,
                value,
            } => crate::Request::Store {
                verb: self.verb(mode),
                key,
                flags,
                exptime,
                value,
            },
            Command::Append { key, value } => extend(Verb::Append, key, value),
            Command::Prepend { key, value } => extend(Verb::Prepend, key, value),
            Command::Delete { key } => crate::Request::Delete { key },
            Command::Increment {
                key,
                delta,
                initial,
            } => crate::Request::Incr {
                key,
                delta,
                initial,
            },
            Command::Decrement {
                key,
                delta,
                initial,
            } => crate::Request::Decr {
                key,
                delta,
                initial,
            },
            Command::Stat { topic } => crate::Request::Stats { topic },
            Command::Flush { delay } => crate::Request::FlushAll { delay },
            Command::Verbosity { level } => crate::Request::Verbosity { level },
            Command::Noop => crate::Request::Noop,
            Command::Version => crate::Request::Version,
            Command::Quit => crate::Request::Quit,
            Command::Sasl(step) => crate::Request::Sasl(step),
        }
    }

    /// A cas number makes any of the three a cas, as in memcached.
    fn verb(&self, mode: Mode) -> Verb {
        match mode {
            _ if self.cas != 0 => Verb::Cas(self.cas),
            Mode::Set => Verb::Set,
            Mode::Add => Verb::Add,
            Mode::Replace => Verb::Replace,
        }
    }
}

fn extend<'a>(verb: Verb, key: crate::Key<'a>, value: crate::Payload<'a>) -> crate::Request<'a> {
    crate::Request::Store {
        verb,
        key,
        flags: 0,
        exptime: Exptime::NEVER,
        value,
    }
}
