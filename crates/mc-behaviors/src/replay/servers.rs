//! Changes of the server list that libmemcached lacks: there it only grows.

use super::Replay;
use crate::server::{Address, InvalidServer, InvalidServerKind, MAX_WEIGHT};
use crate::{Error, ServerSpec};

/// # Servers by name
///
/// A name is written as a spec without a weight: `cache1`, `cache1:11211` (the same one), `/run/memcached.sock`.
/// Of several servers of one name, which libmemcached allows, a change means all.
///
/// **The ring** is rebuilt after a removal and a change of weight, as after [`add_server`](Self::add_server), with the
/// hash that is set now: keys go where they go in a new client that is given these servers in this order and then
/// these settings as plain data. A server that is removed and added again stands at the list's end.
///
/// **Keys that move.** A client of one server hashes no key at all, so that a second one moves them all.
/// Among two and more:
///
/// | Distribution | remove | add | another weight |
/// |---|---|---|---|
/// | a ring, unweighted | the server's own | only to the server | none; the first of 2 or more makes the ring weighted and moves nearly all |
/// | a ring, weighted | its own, and some between the others | to it, and some between the others | to or from it, and some between the others |
/// | rendezvous | the server's own | only to the server | only to the server, or from it |
/// | jump | the last server's own, else most | only to the server | none |
/// | modula, virtual bucket | most | most | none |
///
/// On a weighted ring the number of each server's points depends on how it weighs against the average. So where all
/// weigh the same the others' keys stay, but for rounding, which at few lengths of the list moves two or three keys of
/// a hundred (25 servers that become 24 among them). Of 8 servers of the weights 1 to 8, the removal of the heaviest
/// moves 6 keys of a hundred between the others, that of the lightest 9.
impl Replay {
    /// Adds a server of a name that is not there yet, else as [`add_server`](Self::add_server).
    ///
    /// # Errors
    /// [`ErrorKind::Server`](crate::ErrorKind::Server) if the name is there; nothing has changed then.
    pub fn add_new_server(&mut self, server: ServerSpec) -> Result<(), Error> {
        if self.has(&server.name) {
            return Err(refused(&server.name, InvalidServerKind::NameTaken));
        }
        self.add_server(server);
        Ok(())
    }

    /// Removes a server.
    ///
    /// A ring that a server's weight has made weighted stays so. A map of virtual buckets goes on meaning servers by
    /// their indexes, which are others behind the removed one.
    ///
    /// ```
    /// use mc_behaviors::{Behaviors, Replay};
    ///
    /// let mut replay = Replay::new(Behaviors::production());
    /// for server in ["cache1", "cache2:11211:2", "cache3"] {
    ///     replay.add_server(server.parse()?);
    /// }
    /// replay.remove_server("cache2:11211")?;
    /// assert_eq!(replay.servers(), ["cache1".parse()?, "cache3".parse()?]);
    ///
    /// let error = replay.remove_server("cache2").unwrap_err();
    /// assert_eq!(error.to_string(), "server \"cache2\": no server has this name: allowed are cache1, cache3");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Server`](crate::ErrorKind::Server) if no server has this name, or no other one is there;
    /// nothing has changed then.
    pub fn remove_server(&mut self, name: &str) -> Result<(), Error> {
        let name = self.known(name)?;
        if self.servers.iter().all(|server| server.name == name) {
            return Err(refused(&name, InvalidServerKind::Last));
        }
        self.servers.retain(|server| server.name != name);
        self.rebuild();
        Ok(())
    }

    /// Gives a server another weight, 0 to [`MAX_WEIGHT`], 0 meaning 1.
    ///
    /// A weight of 2 or more makes a ring weighted, as adding such a server does.
    ///
    /// # Errors
    /// [`ErrorKind::Server`](crate::ErrorKind::Server) if no server has this name, or for a weight out of range;
    /// nothing has changed then.
    pub fn reweight_server(&mut self, name: &str, weight: u32) -> Result<(), Error> {
        let name = self.known(name)?;
        if weight > MAX_WEIGHT {
            return Err(refused(&name, InvalidServerKind::WeightNumber(weight)));
        }
        for server in self.servers.iter_mut().filter(|one| one.name == name) {
            server.weight = weight.max(1);
        }
        self.behaviors.ketama_weighted |= weight > 1 && self.has_ring();
        self.rebuild();
        Ok(())
    }

    /// Says where a server is reached from now on. No key moves, and no ring is rebuilt.
    ///
    /// # Errors
    /// [`ErrorKind::Server`](crate::ErrorKind::Server) if no server has this name, or `address` is none;
    /// nothing has changed then.
    pub fn readdress_server(&mut self, name: &str, address: &str) -> Result<(), Error> {
        let name = self.known(name)?;
        let address: Address = address.parse()?;
        for server in self.servers.iter_mut().filter(|one| one.name == name) {
            server.address = address.clone();
        }
        Ok(())
    }

    fn has(&self, name: &Address) -> bool {
        self.servers.iter().any(|server| server.name == *name)
    }

    /// A name that a server has.
    fn known(&self, name: &str) -> Result<Address, Error> {
        let name = name.parse()?;
        if self.has(&name) {
            return Ok(name);
        }
        let known = self.servers.iter().map(|server| server.name.clone());
        let known = known.collect();
        Err(refused(&name, InvalidServerKind::UnknownName { known }))
    }
}

fn refused(name: &Address, kind: InvalidServerKind) -> Error {
    InvalidServer::new(name.to_string(), kind).into()
}
