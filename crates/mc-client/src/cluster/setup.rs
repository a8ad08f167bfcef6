//! Servers and settings that this client can put to use.

use mc_behaviors::{Behaviors, Error, InvalidServer, Replay, ServerSpec, Transport};
use mc_dist::Locator;

/// Servers and settings, checked, with the placement that they come to.
pub(crate) struct Setup {
    pub(super) replay: Replay,
    pub(super) locator: Locator,
}

impl Setup {
    /// # Errors
    /// The first setting that asks for what this client does not do, the first server that it cannot connect to,
    /// or a placement that cannot be built.
    pub(crate) fn new(replay: Replay) -> Result<Self, Error> {
        check_transports(replay.servers(), replay.behaviors())?;
        let locator = replay.locator()?;
        Ok(Self { replay, locator })
    }
}

/// Whether this client can reach the servers as the settings say: all over UDP, or none.
fn check_transports(servers: &[ServerSpec], behaviors: &Behaviors) -> Result<(), Error> {
    let is_udp = |server: &ServerSpec| server.address.transport == Transport::Udp;
    let udp = behaviors.udp || servers.first().is_some_and(is_udp);
    let allowed = match udp {
        true => "udp, as all others",
        false if cfg!(unix) => "tcp and unix",
        false => "tcp",
    };
    let wrong = |server: &&ServerSpec| match server.address.transport {
        Transport::Udp => !udp,
        Transport::Tcp => udp,
        Transport::Unix => udp || !cfg!(unix),
    };
    match servers.iter().find(wrong) {
        Some(server) => Err(InvalidServer::unreachable(server, allowed).into()),
        None => Ok(()),
    }
}
