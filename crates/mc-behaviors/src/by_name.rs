//! The by-name view: get, set, update, list, show; and its C twin, where everything is a number.
//!
//! [`Behaviors`] and [`Replay`](crate::Replay) offer both; what a name means is decided here once.

use std::collections::BTreeMap;
use std::fmt;

use mc_dist::Compat;

use crate::input::{Input, View};
use crate::reading::Reading;
use crate::{Behavior, Behaviors, Error, ErrorKind, Value, effects};

/// Something that behaviors can be set on. After an error nothing has changed.
pub(crate) trait Apply: Clone {
    /// Which libmemcached to follow.
    fn compat(&self) -> Compat;

    /// Sets one behavior with its side effects.
    fn apply(&mut self, input: &Input<'_>) -> Result<(), Error>;
}

impl Apply for Behaviors {
    fn compat(&self) -> Compat {
        self.compat
    }

    fn apply(&mut self, input: &Input<'_>) -> Result<(), Error> {
        effects::apply(self, input)
    }
}

/// pylibmc's old name of `retry_timeout`, ignored beside the new one.
const OLD_RETRY_TIMEOUT: &str = "_retry_timeout";

/// Sets `pairs` as pylibmc does, all of them or none.
pub(crate) fn update<T, N, V>(
    target: &mut T,
    pairs: impl IntoIterator<Item = (N, V)>,
) -> Result<(), Error>
where
    T: Apply,
    N: AsRef<str>,
    V: Into<Value>,
{
    let given = resolve(pairs)?;
    let compat = target.compat();
    let inputs = given.iter().map(|(&behavior, value)| Input {
        behavior,
        value,
        view: View::Named,
        compat,
    });
    inputs.clone().try_for_each(|input| look_up(&input))?;
    let mut changed = target.clone();
    inputs.clone().try_for_each(|input| changed.apply(&input))?;
    *target = changed;
    Ok(())
}

/// Sets one behavior by its C name.
pub(crate) fn set_c(target: &mut impl Apply, name: &str, number: i128) -> Result<(), Error> {
    let behavior = behavior_in_c(name)?;
    let compat = target.compat();
    target.apply(&Input {
        behavior,
        value: &Value::Int(number),
        view: View::C,
        compat,
    })
}

/// The behaviors of an update in pylibmc's order; of two for one behavior the later counts.
fn resolve<N: AsRef<str>, V: Into<Value>>(
    pairs: impl IntoIterator<Item = (N, V)>,
) -> Result<BTreeMap<Behavior, Value>, Error> {
    let mut given = BTreeMap::new();
    let mut old_retry_timeout = None;
    let mut unknown = Vec::new();
    for (name, value) in pairs {
        let (name, value) = (name.as_ref(), value.into());
        match Behavior::by_name(name) {
            Some(behavior) => drop(given.insert(behavior, value)),
            None if name == OLD_RETRY_TIMEOUT => old_retry_timeout = Some(value),
            None => unknown.push(name.to_owned()),
        }
    }
    if let Some(value) = old_retry_timeout {
        given.entry(Behavior::RetryTimeout).or_insert(value);
    }
    match unknown.is_empty() {
        true => Ok(given),
        false => {
            unknown.sort();
            Err(unknown_behavior(&unknown.join(", ")))
        }
    }
}

/// pylibmc looks up the names of hashes and distributions before it sets anything, so these errors come first.
fn look_up(input: &Input<'_>) -> Result<(), Error> {
    let looked_up = match input.behavior {
        Behavior::Hash | Behavior::KetamaHash => input.hash().err(),
        Behavior::Distribution => input.distribution().err(),
        _ => None,
    };
    let first = |error: &Error| {
        error.kind() == ErrorKind::UnknownName || error.value() == Some(&Value::List)
    };
    looked_up.filter(first).map_or(Ok(()), Err)
}

fn behavior_by_name(name: &str) -> Result<Behavior, Error> {
    let behavior = match name {
        OLD_RETRY_TIMEOUT => Some(Behavior::RetryTimeout),
        _ => Behavior::by_name(name),
    };
    behavior.ok_or_else(|| unknown_behavior(name))
}

fn behavior_in_c(name: &str) -> Result<Behavior, Error> {
    let unknown = || {
        let allowed = Behavior::all().filter_map(Behavior::c_name);
        Error::new(ErrorKind::UnknownBehavior, name, None, sorted(allowed))
    };
    Behavior::by_c_name(name).ok_or_else(unknown)
}

fn unknown_behavior(names: &str) -> Error {
    let allowed = Behavior::all().filter_map(Behavior::name);
    Error::new(ErrorKind::UnknownBehavior, names, None, sorted(allowed))
}

/// Names in order, those that begin with an underscore last.
fn sorted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names = names.collect::<Vec<_>>();
    names.sort_by_key(|name| (name.starts_with('_'), *name));
    names.join(", ")
}

impl Behaviors {
    /// The names of all behaviors, in the order in which an [`update`](Self::update) applies them:
    /// `pylibmc.all_behaviors`.
    pub fn all_behaviors() -> impl Iterator<Item = &'static str> {
        let behaviors = Behavior::all().filter(|one| *one != Behavior::Namespace);
        behaviors.filter_map(Behavior::name)
    }

    /// The names of all callbacks, which are set like behaviors: `pylibmc.all_callbacks`.
    pub fn all_callbacks() -> impl Iterator<Item = &'static str> {
        Behavior::Namespace.name().into_iter()
    }

    /// Reads a behavior by its name; see [`Value`] for what it reads as.
    ///
    /// What was set is what is read, with two exceptions of the reference: a flag reads 0 or 1,
    /// and `ketama_weighted` reads 0 where the distribution has no ring.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownBehavior`].
    pub fn get(&self, name: &str) -> Result<Value, Error> {
        let behavior = behavior_by_name(name)?;
        Ok(Reading::of(self, behavior).value(behavior))
    }

    /// Sets a behavior by its name, with pylibmc's side effects.
    ///
    /// Takes what pylibmc takes: names for `hash` and `distribution`, a name or a number for `ketama_hash`, bytes
    /// for `namespace`, integers and booleans for the rest, and for times also a [`Duration`](std::time::Duration).
    /// A bare number for a time is milliseconds for `connect_timeout`, `send_timeout`, `receive_timeout` and
    /// `_poll_timeout`, seconds for `retry_timeout` and `dead_timeout`.
    ///
    /// ```
    /// use mc_behaviors::Behaviors;
    /// use std::time::Duration;
    ///
    /// let mut behaviors = Behaviors::default();
    /// behaviors.set("receive_timeout", 250)?;
    /// assert_eq!(behaviors.receive_timeout, Duration::from_millis(250));
    /// behaviors.set("dead_timeout", Duration::from_secs(90))?;
    /// assert_eq!(behaviors.get("dead_timeout")?, 90.into());
    ///
    /// let error = behaviors.set("hash", "MD5").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "behavior hash: unknown name \"MD5\": allowed are default, md5, crc, fnv1_64, fnv1a_64, fnv1_32, fnv1a_32, \
    ///      murmur, jenkins",
    /// );
    /// # Ok::<_, mc_behaviors::Error>(())
    /// ```
    ///
    /// # Errors
    /// An [`Error`] that says which behavior, which value, and what is allowed; nothing has changed then.
    /// pylibmc cuts numbers that are out of range; here they are errors.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        update(self, [(name, value)])
    }

    /// Sets several behaviors by name in pylibmc's order, whatever their order here: all of them, or none.
    ///
    /// So `hash` comes before `ketama_weighted` and before `distribution`, and `namespace` last.
    ///
    /// # Errors
    /// As [`set`](Self::set), for the first behavior that is refused; unknown names come first, all in one error.
    pub fn update<N: AsRef<str>, V: Into<Value>>(
        &mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), Error> {
        update(self, pairs)
    }

    /// Reads a behavior by its name in C, without `MEMCACHED_BEHAVIOR_`, as `memcached_behavior_get` does.
    ///
    /// A time that is no whole number of its unit is rounded up, so that only zero reads 0.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownBehavior`]; [`ErrorKind::Unsupported`] for a distribution that libmemcached has no number
    /// for.
    pub fn get_c(&self, name: &str) -> Result<u64, Error> {
        let behavior = behavior_in_c(name)?;
        let number = Reading::of(self, behavior).number(behavior);
        number.ok_or_else(|| {
            let value = Reading::of(self, behavior).value(behavior);
            Error::unsupported(
                name,
                value,
                "libmemcached's distributions, which have numbers",
            )
        })
    }

    /// Sets a behavior by its name in C, without `MEMCACHED_BEHAVIOR_`, as `memcached_behavior_set` does.
    ///
    /// Everything is a number; send and receive timeouts are microseconds.
    ///
    /// ```
    /// use mc_behaviors::Behaviors;
    /// use std::time::Duration;
    ///
    /// let mut behaviors = Behaviors::default();
    /// behaviors.set_c("RCV_TIMEOUT", 250)?;
    /// assert_eq!(behaviors.receive_timeout, Duration::from_micros(250));
    /// assert_eq!(behaviors.set_c("CORK", 1).unwrap_err().to_string(),
    ///     "behavior CORK: 1 is refused, it cannot be set: allowed are reads, which give 1");
    /// # Ok::<_, mc_behaviors::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`set`](Self::set), and [`ErrorKind::ReadOnly`].
    pub fn set_c(&mut self, name: &str, number: impl Into<i128>) -> Result<(), Error> {
        set_c(self, name, number.into())
    }

    /// Every behavior with its value, as a whole dict of pylibmc reads: [`all_behaviors`](Self::all_behaviors) in
    /// their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Value)> {
        Self::all_behaviors().map(|name| (name, self.read(name)))
    }

    /// Every behavior and callback that reads otherwise than its default.
    pub fn differing(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let default = Self {
            compat: self.compat,
            ..Self::default()
        };
        let names = Self::all_behaviors().chain(Self::all_callbacks());
        let read = names.map(|name| (name, self.read(name)));
        read.filter(move |(name, value)| default.read(name) != *value)
    }

    fn read(&self, name: &str) -> Value {
        self.get(name).expect("the name is from the table")
    }
}

/// Every behavior as `name=value`, and the namespace if there is one.
impl fmt::Display for Behaviors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.namespace.as_ref();
        let namespace = namespace.map(|namespace| ("namespace", namespace.as_bytes().into()));
        for (at, (name, value)) in self.iter().chain(namespace).enumerate() {
            write!(f, "{}{name}={value}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
