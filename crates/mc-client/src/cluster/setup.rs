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
        check(replay.behaviors())?;
        replay.servers().iter().try_for_each(reachable)?;
        let locator = replay.locator()?;
        Ok(Self { replay, locator })
    }
}

/// A setting that could only be ignored is refused instead.
fn check(behaviors: &Behaviors) -> Result<(), Error> {
    match behaviors {
        Behaviors { udp: true, .. } => Err(Error::unsupported(
            "udp",
            true,
            "false (TCP and unix sockets)",
        )),
        _ => Ok(()),
    }
}

/// Whether this client can connect to a server of this kind.
pub(crate) fn reachable(server: &ServerSpec) -> Result<(), InvalidServer> {
    match server.address.transport {
        Transport::Tcp => Ok(()),
        #[cfg(unix)]
        Transport::Unix => Ok(()),
        _ => Err(InvalidServer::unreachable(server, "tcp and unix")),
    }
}
