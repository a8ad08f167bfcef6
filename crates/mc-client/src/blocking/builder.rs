//! From a builder to the blocking client.

use super::client::Client;
use crate::builder;
use crate::error::Error;

/// The parts of a [`Client`].
pub type Builder = builder::Builder<Client>;

impl Builder {
    /// The client. It connects to a server when the first call goes there.
    ///
    /// # Errors
    /// [`ErrorKind::NoServers`](crate::ErrorKind::NoServers), or [`ErrorKind::Config`](crate::ErrorKind::Config)
    /// if the settings ask for a placement that cannot be built.
    pub fn build(self) -> Result<Client, Error> {
        let (setup, options) = self.into_setup()?;
        Ok(Client::new(setup, options))
    }

    /// The client, after every server has answered.
    ///
    /// # Errors
    /// Those of [`build`](Self::build), or the first server's that did not answer.
    pub fn connect(self) -> Result<Client, Error> {
        let client = self.build()?;
        client.version().call().all()?;
        Ok(client)
    }
}
