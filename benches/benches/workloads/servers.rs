//! The servers of a workload.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Result, ensure};
use mc_testkit::Memcached;

use super::{Workload, wire};

/// MiB for items: no key of any workload is evicted.
const MEMORY: u32 = 256;

/// Fresh servers, each with one thread and with all keys.
#[derive(Debug)]
pub(super) struct Servers(Vec<Memcached>);

impl Servers {
    pub(super) fn start(workload: Workload) -> Result<Self> {
        let servers = (0..workload.servers()).map(|_| filled(workload));
        Ok(Self(servers.collect::<Result<_>>()?))
    }

    /// `host:port` of each.
    pub(super) fn addresses(&self) -> Vec<String> {
        let addresses = self.0.iter().map(Memcached::address);
        addresses.map(ToString::to_string).collect()
    }

    /// The process of each.
    pub(super) fn pids(&self) -> Vec<u32> {
        self.0.iter().filter_map(Memcached::pid).collect()
    }
}

fn filled(workload: Workload) -> Result<Memcached> {
    let server = Memcached::builder().threads(1).memory(MEMORY).start()?;
    let mut stream = TcpStream::connect(server.address().to_string())?;
    let value = wire::value(workload);
    for number in 0..workload.keys() {
        stream.write_all(&wire::set_noreply(&wire::key(number), &value))?;
    }
    // Answered when all of them are done, and first if none was refused.
    stream.write_all(b"version\r\n")?;
    let mut answer = [0; 8];
    stream.read_exact(&mut answer)?;
    ensure!(&answer == b"VERSION ", "the server refuses a key");
    Ok(server)
}
