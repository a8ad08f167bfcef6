//! Views of a working client's settings and servers, for the client to hand out.

mod servers;

use crate::{Behaviors, Error, Replay, ServerSpec, Value};
pub use servers::Servers;

/// A client whose settings and servers can be changed while it works.
///
/// Implemented by clients, so that [`Live`] and [`Servers`] can offer every way of changing them over three functions.
pub trait Target {
    /// The settings as they are now, as one consistent copy.
    fn behaviors(&self) -> Behaviors;

    /// The servers as they are now, in the order of their indexes.
    fn servers(&self) -> Vec<ServerSpec>;

    /// Runs `change` on a copy of the client's settings and servers, then puts the copy to use.
    ///
    /// The client holds its own lock from the copy to its use, so that no change is lost to another;
    /// `change` runs once and never blocks. Placement is rebuilt only if [`Replay::placement`] differs afterwards.
    ///
    /// # Errors
    /// That of `change`, or one of the client's own if it cannot put the settings to use
    /// ([`Error::unsupported`], [`Replay::locator`]). The client is as it was then.
    fn apply(&self, change: &mut dyn FnMut(&mut Replay) -> Result<(), Error>) -> Result<(), Error>;
}

impl<T: Target + ?Sized> Target for &T {
    fn behaviors(&self) -> Behaviors {
        (**self).behaviors()
    }

    fn servers(&self) -> Vec<ServerSpec> {
        (**self).servers()
    }

    fn apply(&self, change: &mut dyn FnMut(&mut Replay) -> Result<(), Error>) -> Result<(), Error> {
        (**self).apply(change)
    }
}

/// The settings of a working client: `client.behaviors()`.
///
/// A change takes effect at once, for every holder of the client, and as a whole or not at all.
///
/// ```
/// # use mc_behaviors::{Behaviors, Error, Live, Replay, ServerSpec, Target, Value};
/// # use std::sync::Mutex;
/// # struct Client(Mutex<Replay>);
/// # impl Client {
/// #     fn behaviors(&self) -> Live<&Self> { Live::new(self) }
/// # }
/// # impl Target for Client {
/// #     fn behaviors(&self) -> Behaviors { self.0.lock().unwrap().behaviors().clone() }
/// #     fn servers(&self) -> Vec<ServerSpec> { self.0.lock().unwrap().servers().to_vec() }
/// #     fn apply(&self, change: &mut dyn FnMut(&mut Replay) -> Result<(), Error>) -> Result<(), Error> {
/// #         let mut now = self.0.lock().unwrap();
/// #         let mut changed = now.clone();
/// #         change(&mut changed)?;
/// #         *now = changed;
/// #         Ok(())
/// #     }
/// # }
/// # let client = Client(Mutex::default());
/// client.behaviors().update([("hash", "fnv1a_64"), ("distribution", "consistent ketama")])?;
/// client.behaviors().set("retry_timeout", 30)?;
/// client.behaviors().modify(|behaviors| behaviors.tcp_nodelay = true)?;
///
/// let error = client.behaviors().update([("num_replicas", 1), ("failure_limit", 0)]).unwrap_err();
/// assert_eq!(error.to_string(), "behavior failure_limit: 0 is out of range: allowed are 1 to 4294967295");
/// assert_eq!(client.behaviors().get("num_replicas")?, Value::Int(0));
/// # Ok::<_, Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Live<T>(T);

impl<T: Target> Live<T> {
    /// A view of `target`, which may be a reference or a handle of its own.
    pub fn new(target: T) -> Self {
        Self(target)
    }

    /// A copy of all settings, for reading several at one moment.
    pub fn snapshot(&self) -> Behaviors {
        self.0.behaviors()
    }

    /// Reads a behavior by name, see [`Behaviors::get`].
    ///
    /// # Errors
    /// As there.
    pub fn get(&self, name: &str) -> Result<Value, Error> {
        self.snapshot().get(name)
    }

    /// Every behavior with its value, all read at one moment, see [`Behaviors::iter`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Value)> {
        self.snapshot().iter().collect::<Vec<_>>().into_iter()
    }

    /// Sets a behavior by name, see [`Behaviors::set`].
    ///
    /// # Errors
    /// As there, or the client's own. Nothing has changed then.
    pub fn set(&self, name: &str, value: impl Into<Value>) -> Result<(), Error> {
        let value = value.into();
        self.0.apply(&mut |replay| replay.set(name, value.clone()))
    }

    /// Sets several behaviors by name, see [`Behaviors::update`].
    ///
    /// # Errors
    /// As there, or the client's own. Nothing has changed then.
    pub fn update<N: AsRef<str>, V: Into<Value>>(
        &self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), Error> {
        let pairs = pairs.into_iter().map(|(name, value)| (name, value.into()));
        let pairs = pairs.collect::<Vec<_>>();
        self.0.apply(&mut |replay| {
            let pairs = pairs.iter();
            replay.update(pairs.map(|(name, value)| (name.as_ref(), value.clone())))
        })
    }

    /// Changes the settings as plain data, see [`Replay::modify`]. `change` must not use the client, which is locked
    /// meanwhile.
    ///
    /// # Errors
    /// The client's own. Nothing has changed then.
    pub fn modify(&self, change: impl FnMut(&mut Behaviors)) -> Result<(), Error> {
        let mut change = change;
        self.0.apply(&mut |replay| {
            replay.modify(&mut change);
            Ok(())
        })
    }
}
