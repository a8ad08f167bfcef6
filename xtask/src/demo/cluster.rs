//! Three servers: memcached where it can be had, else the in-process server.

use anyhow::Result;
use mc_client::ServerSpec;
use mc_testkit::{Address, Memcached, Server};

use crate::setup;

/// The servers' weights.
pub(super) const WEIGHTS: [u32; 3] = [1, 2, 1];
/// Memory of each server, in MiB: more than the input, so that nothing is evicted.
const MEMORY: u32 = 1024;

/// The running servers.
pub(super) enum Cluster {
    Real(Vec<Memcached>),
    InProcess(Vec<Server>),
}

impl Cluster {
    /// Starts them, and says which.
    pub(super) async fn start(in_process: bool) -> Result<Self> {
        let cluster = match in_process {
            false if has_memcached() => Self::Real(start_memcached()?),
            _ => Self::InProcess(start_in_process().await?),
        };
        let what = match &cluster {
            Self::Real(servers) => format!("memcached {}", servers[0].version()?),
            Self::InProcess(_) => "the in-process server".to_owned(),
        };
        println!(
            "servers: {what}, {}",
            cluster.specs().map(|spec| spec.to_string()).join(", ")
        );
        Ok(cluster)
    }

    /// Each server with its weight, as the client is told.
    pub(super) fn specs(&self) -> [ServerSpec; WEIGHTS.len()] {
        std::array::from_fn(|index| {
            let Address::Tcp(address) = self.address(index) else {
                unreachable!("the demo's servers listen on TCP");
            };
            let spec = ServerSpec::tcp(address.ip().to_string(), address.port());
            spec.expect("an address is a server's name")
                .with_weight(WEIGHTS[index])
        })
    }

    /// Kills a server; its name.
    pub(super) async fn kill(&mut self, index: usize) -> Result<String> {
        match self {
            Self::Real(servers) => servers[index].kill()?,
            Self::InProcess(servers) => servers[index].stop().await,
        }
        Ok(self.specs()[index].name.to_string())
    }

    /// Starts a killed server again, at its old address and empty; its name.
    pub(super) async fn restart(&mut self, index: usize) -> Result<String> {
        match self {
            Self::Real(servers) => servers[index].restart()?,
            Self::InProcess(servers) => servers[index].restart().await?,
        }
        Ok(self.specs()[index].name.to_string())
    }

    fn address(&self, index: usize) -> &Address {
        match self {
            Self::Real(servers) => servers[index].address(),
            Self::InProcess(servers) => servers[index].address(),
        }
    }
}

/// Finds or installs memcached; where neither works, says why and goes on without.
fn has_memcached() -> bool {
    setup::memcached()
        .inspect_err(|error| println!("{error:#}"))
        .is_ok()
}

fn start_memcached() -> Result<Vec<Memcached>> {
    let start = |_| Ok(Memcached::builder().memory(MEMORY).start()?);
    WEIGHTS.iter().map(start).collect()
}

async fn start_in_process() -> Result<Vec<Server>> {
    let mut servers = Vec::new();
    for _ in WEIGHTS {
        servers.push(Server::builder().memory(MEMORY).start().await?);
    }
    Ok(servers)
}
