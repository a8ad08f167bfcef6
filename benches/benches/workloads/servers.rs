//! The servers of a workload.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Result, ensure};
use mc_testkit::{Authority, Memcached};

use super::job::{Job, Length};
use super::stream::connect;
use super::workload::Shape;
use super::{Cell, Transport, Workload, relay, wire};

/// MiB for items: no key of any workload is evicted.
const MEMORY: u32 = 256;

/// For one of each of a thousand servers, and the addresses that they listen at.
const CONNECTIONS: u32 = 4096;

/// Fresh servers, each with one thread and with all keys.
pub(super) struct Servers {
    shape: Shape,
    servers: Vec<Memcached>,
    /// `host:port` or the path of each, or of the relay in front of it.
    addresses: Vec<String>,
    authority: Option<Authority>,
}

impl Servers {
    pub(super) fn start(workload: Workload, transport: Transport) -> Result<Self> {
        let shape = workload.shape();
        let mut started = Self {
            shape,
            servers: Vec::new(),
            addresses: Vec::new(),
            authority: match transport {
                Transport::Tls => Some(Authority::new()?),
                _ => None,
            },
        };
        for _ in 0..shape.servers {
            let server = started.server(transport)?;
            let address = server.address().to_string();
            started.fill(&address)?;
            started.servers.push(server);
            started.addresses.push(match transport {
                Transport::Far => relay::start(address)?,
                _ => address,
            });
        }
        Ok(started)
    }

    /// One process, which is as many servers as it has addresses, and takes values of 1 MiB: for a thousand of them the
    /// machine is too small, and it is the client that is measured.
    pub(super) fn in_one(shape: Shape) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        // From 127.1.0.1 on: the first addresses are others'.
        let first = u32::from(Ipv4Addr::new(127, 1, 0, 1));
        let hosts = (first..).map(Ipv4Addr::from).take(shape.servers);
        let addresses: Vec<_> = hosts.map(|host| format!("{host}:{port}")).collect();
        let server = Memcached::builder().threads(1).memory(MEMORY);
        let server = server.max_item_size(2 << 20).max_connections(CONNECTIONS);
        let server = server.arg("-l").arg(addresses.join(",")).start()?;
        let started = Self {
            shape,
            servers: vec![server],
            addresses,
            authority: None,
        };
        started.fill(&started.addresses[0])?;
        Ok(started)
    }

    /// The addresses.
    pub(super) fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// A cell with these servers.
    pub(super) fn job(&self, cell: Cell, length: Length) -> Job {
        Job {
            cell,
            shape: self.shape,
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

    fn fill(&self, address: &str) -> Result<()> {
        let mut stream = connect(address, self.pem())?;
        let value = wire::value(&self.shape);
        for number in 0..self.shape.keys {
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
