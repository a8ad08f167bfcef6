//! The servers of a workload.

use anyhow::{Result, ensure};
use mc_testkit::{Authority, Memcached};

use super::job::{Job, Length};
use super::stream::connect;
use super::{Cell, Transport, Workload, relay, wire};

/// MiB for items: no key of any workload is evicted.
const MEMORY: u32 = 256;

/// Fresh servers, each with one thread and with all keys.
pub(super) struct Servers {
    servers: Vec<Memcached>,
    /// `host:port` or the path of each, or of the relay in front of it.
    addresses: Vec<String>,
    authority: Option<Authority>,
}

impl Servers {
    pub(super) fn start(workload: Workload, transport: Transport) -> Result<Self> {
        let mut started = Self {
            servers: Vec::new(),
            addresses: Vec::new(),
            authority: match transport {
                Transport::Tls => Some(Authority::new()?),
                _ => None,
            },
        };
        for _ in 0..workload.servers() {
            let server = started.server(transport)?;
            let address = server.address().to_string();
            started.fill(workload, &address)?;
            started.servers.push(server);
            started.addresses.push(match transport {
                Transport::Far => relay::start(address)?,
                _ => address,
            });
        }
        Ok(started)
    }

    /// A cell with these servers.
    pub(super) fn job(&self, cell: Cell, length: Length) -> Job {
        Job {
            cell,
            servers: self.addresses.clone(),
            authority: self.pem().map(str::to_owned),
            length,
        }
    }

    /// The process of each.
    pub(super) fn pids(&self) -> Vec<u32> {
        self.servers.iter().filter_map(Memcached::pid).collect()
    }

    fn pem(&self) -> Option<&str> {
        self.authority.as_ref().map(Authority::certificate)
    }

    fn server(&self, transport: Transport) -> Result<Memcached> {
        let mut server = Memcached::builder().threads(1).memory(MEMORY);
        if transport == Transport::Unix {
            server = server.unix();
        }
        if let Some(authority) = &self.authority {
            server = server.tls(&authority.server()?);
        }
        Ok(server.start()?)
    }

    fn fill(&self, workload: Workload, address: &str) -> Result<()> {
        let mut stream = connect(address, self.pem())?;
        let value = wire::value(workload);
        for number in 0..workload.keys() {
            stream.write_all(&wire::set_noreply(&wire::key(number), &value))?;
        }
        // Answered when all of them are done, and first if none was refused.
        stream.write_all(b"version\r\n")?;
        let mut answer = [0; 8];
        stream.read_exact(&mut answer)?;
        ensure!(&answer == b"VERSION ", "the server refuses a key");
        Ok(())
    }
}
