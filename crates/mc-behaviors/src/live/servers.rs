//! A view of a working client's servers, for the client to hand out.

use super::Target;
use crate::{Error, IntoServerSpec, Replay, ServerSpec};

/// The servers of a working client: `client.servers()`.
///
/// A change takes effect at once, for every holder of the client: calls that start later see it, and calls under way
/// end where they began. Which keys move is told in a table of [`Replay`], under "Servers by name".
/// Servers are named as in a spec without a weight: `cache1` and `cache1:11211` are one name.
///
/// ```
/// # use mc_behaviors::{Behaviors, Error, Replay, Servers, ServerSpec, Target};
/// # use std::sync::Mutex;
/// # struct Client(Mutex<Replay>);
/// # impl Client {
/// #     fn servers(&self) -> Servers<&Self> { Servers::new(self) }
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
/// # client.servers().add("cache1")?;
/// # client.servers().add("cache2")?;
/// client.servers().add("cache3:11211:2")?;
/// client.servers().remove("cache2")?;
/// client.servers().reweight("cache1", 3)?;
/// client.servers().readdress("cache1", "10.0.0.7")?;
/// assert_eq!(
///     client.servers().list(),
///     ["cache1:11211:3".parse::<ServerSpec>()?.at("10.0.0.7")?, "cache3:11211:2".parse()?],
/// );
///
/// let error = client.servers().remove("cache2").unwrap_err();
/// assert_eq!(error.to_string(), "server \"cache2\": no server has this name: allowed are cache1, cache3");
/// # Ok::<_, Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Servers<T>(T);

impl<T: Target> Servers<T> {
    /// A view of `target`, which may be a reference or a handle of its own.
    pub fn new(target: T) -> Self {
        Self(target)
    }

    /// The servers as they are now, in the order of their indexes.
    pub fn list(&self) -> Vec<ServerSpec> {
        self.0.servers()
    }

    /// Adds a server at the list's end, see [`Replay::add_new_server`](Replay::add_new_server).
    ///
    /// # Errors
    /// If it cannot be read, its name is there already, or the client cannot connect to such a server.
    /// Nothing has changed then.
    pub fn add(&self, server: impl IntoServerSpec) -> Result<(), Error> {
        let server = server.into_server_spec()?;
        self.0
            .apply(&mut |replay| replay.add_new_server(server.clone()))
    }

    /// Removes a server, see [`Replay::remove_server`](Replay::remove_server). What it has been asked it still
    /// answers; then its connection is closed.
    ///
    /// # Errors
    /// If no server has this name, or it is the last. Nothing has changed then.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        self.0.apply(&mut |replay| replay.remove_server(name))
    }

    /// Gives a server another weight, see [`Replay::reweight_server`](Replay::reweight_server).
    /// Connections stay.
    ///
    /// # Errors
    /// If no server has this name, or the weight is out of range. Nothing has changed then.
    pub fn reweight(&self, name: &str, weight: u32) -> Result<(), Error> {
        self.0
            .apply(&mut |replay| replay.reweight_server(name, weight))
    }

    /// Says where a server is reached from now on, see
    /// [`Replay::readdress_server`](Replay::readdress_server). No key moves; what it has been asked at its old
    /// address it still answers there.
    ///
    /// # Errors
    /// If no server has this name, the address cannot be read, or the client cannot connect to such an address.
    /// Nothing has changed then.
    pub fn readdress(&self, name: &str, address: &str) -> Result<(), Error> {
        self.0
            .apply(&mut |replay| replay.readdress_server(name, address))
    }

    /// Makes several changes at one moment, all of them or none: one server in place of another, say.
    /// `change` must not use the client, which is locked meanwhile.
    ///
    /// ```
    /// # use mc_behaviors::{Error, Servers, Target};
    /// # fn example(servers: Servers<impl Target>) -> Result<(), Error> {
    /// servers.modify(|replay| {
    ///     replay.add_new_server("cache4:11211:2".parse()?)?;
    ///     replay.remove_server("cache2")
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// That of `change`, or the client's own. Nothing has changed then.
    pub fn modify(
        &self,
        change: impl FnMut(&mut Replay) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut change = change;
        self.0.apply(&mut change)
    }
}
