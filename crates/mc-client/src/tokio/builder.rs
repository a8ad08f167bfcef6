//! From a builder to the async client.

use super::bounds::WhenFull;
use super::client::Client;
use crate::builder;
use crate::error::Error;

/// The parts of a [`Client`].
pub type Builder = builder::Builder<Client>;

impl Builder {
    /// How many requests may be under way at each server: 65 536 without it; over UDP never more than 256.
    ///
    /// A request counts until its answer has come, also if its caller has given up: the late answer is thrown away when
    /// it comes, and holds its place until then. That lasts a second beyond the deadline at most, unless answers come
    /// that are in time: then the connection is given up.
    ///
    /// Further calls wait or fail, see [`when_full`](Self::when_full). 0 is an error of [`build`](Self::build).
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.options.bounds.in_flight = requests;
        self
    }

    /// How many bytes may wait to be written to each server: 8 MiB without it. One request may exceed it, if nothing
    /// waits before it.
    ///
    /// Further calls wait or fail, see [`when_full`](Self::when_full). 0 is an error of [`build`](Self::build).
    pub fn max_unwritten(mut self, bytes: usize) -> Self {
        self.options.bounds.unwritten = bytes;
        self
    }

    /// What a call does when its server's queue is full: without it, it waits, until its deadline at most.
    pub fn when_full(mut self, then: WhenFull) -> Self {
        self.options.bounds.when_full = then;
        self
    }

    /// The client. It connects to a server when the first call goes there.
    ///
    /// # Errors
    /// [`ErrorKind::NoServers`](crate::ErrorKind::NoServers), or [`ErrorKind::Config`](crate::ErrorKind::Config)
    /// if the settings ask for a placement that cannot be built, or a bound is 0.
    pub fn build(self) -> Result<Client, Error> {
        self.options.bounds.check()?;
        let (setup, options) = self.into_setup()?;
        Ok(Client::new(setup, options))
    }

    /// The client, after every server has answered.
    ///
    /// # Errors
    /// Those of [`build`](Self::build), or the first server's that did not answer.
    pub async fn connect(self) -> Result<Client, Error> {
        let client = self.build()?;
        client.version().await.all()?;
        Ok(client)
    }
}
