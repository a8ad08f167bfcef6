//! What a connection at rest and a waiting operation hold of memory: how much more of it is resident in a fresh process.

use std::fs;
use std::net::TcpListener;

use anyhow::{Context, Result};
use bytes::Bytes;
use mc_client::{Client, Protocol, blocking};
use rustix::param::page_size;
use serde::{Deserialize, Serialize};
use tokio::task::{JoinSet, yield_now};

use super::super::servers::Servers;
use super::super::{Side, Workload, ours, rounds, wire};

/// How many connections are measured, and how many operations.
pub(super) const CONNECTIONS: usize = 1000;
pub(super) const WAITING: usize = 10_000;

/// How many gets there are for each connection, so that each is most likely made.
const GETS: usize = 20;

/// What is held, where.
#[derive(Debug, Serialize, Deserialize)]
struct Holding {
    kind: Kind,
    servers: Vec<String>,
    count: usize,
}

/// What is held.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// A connection of the blocking client that rests, one to each server.
    BlockingConnection,
    /// The same of the async client.
    TokioConnection,
    /// A task that does nothing else and waits for nothing that comes.
    Task,
    /// A get in such a task, sent to a server that does not answer.
    WaitingGet,
}

/// What that many take.
#[derive(Debug, Serialize)]
pub(super) struct Held {
    kind: Kind,
    count: usize,
    /// Bytes that are resident for all of them.
    pub(super) bytes: u64,
}

/// All kinds, each in a fresh process.
pub(super) fn all(connections: usize, waiting: usize) -> Result<Vec<Held>> {
    let mut shape = Workload::W1.shape();
    (shape.servers, shape.keys) = (connections, connections * GETS);
    let servers = Servers::in_one(shape)?;
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let silent = vec![silent.local_addr()?.to_string()];
    let held = |kind, servers: &[String], count| -> Result<Held> {
        let holding = Holding {
            kind,
            servers: servers.to_vec(),
            count,
        };
        let words = ["--holding".into(), serde_json::to_string(&holding)?];
        let bytes = rounds::told(words)?;
        Ok(Held { kind, count, bytes })
    };
    Ok(vec![
        held(Kind::BlockingConnection, servers.addresses(), connections)?,
        held(Kind::TokioConnection, servers.addresses(), connections)?,
        held(Kind::Task, &silent, waiting)?,
        held(Kind::WaitingGet, &silent, waiting)?,
    ])
}

/// Holds it in this process, and prints how many bytes that takes.
pub(in super::super) fn here(holding: &str) -> Result<()> {
    let holding: Holding = serde_json::from_str(holding)?;
    let runtime = ours::tokio::runtime(Side::Tokio)?;
    let bytes = match holding.kind {
        Kind::BlockingConnection => holding.by_blocking()?,
        Kind::TokioConnection => runtime.block_on(holding.by_tokio())?,
        Kind::Task | Kind::WaitingGet => runtime.block_on(holding.by_tasks())?,
    };
    println!("{bytes}");
    Ok(())
}

impl Holding {
    fn by_blocking(&self) -> Result<u64> {
        let builder = blocking::Client::builder().servers(&self.servers)?;
        let client = builder.protocol(Protocol::Text).build()?;
        let before = resident()?;
        for number in 0..self.count * GETS {
            client.get::<Bytes>(&wire::key(number)).call()?;
        }
        Ok(resident()?.saturating_sub(before))
    }

    async fn by_tokio(&self) -> Result<u64> {
        let client = self.client()?;
        let before = resident()?;
        for number in 0..self.count * GETS {
            client.get::<Bytes>(&wire::key(number)).await?;
        }
        Ok(resident()?.saturating_sub(before))
    }

    async fn by_tasks(&self) -> Result<u64> {
        let client = self.client()?;
        let before = resident()?;
        let (mut tasks, kind) = (JoinSet::new(), self.kind);
        for number in 0..self.count {
            let client = client.clone();
            tasks.spawn(async move {
                let key = wire::key(number);
                if let Kind::Task = kind {
                    std::future::pending::<()>().await;
                }
                client.get::<Bytes>(&key).await.map(drop)
            });
        }
        // Each has its turn, and then the driver, some times.
        for _ in 0..self.count {
            yield_now().await;
        }
        Ok(resident()?.saturating_sub(before))
    }

    fn client(&self) -> Result<Client> {
        let builder = Client::builder().servers(&self.servers)?;
        Ok(builder.protocol(Protocol::Text).build()?)
    }
}

/// Bytes of this process that are in memory.
fn resident() -> Result<u64> {
    let sizes = fs::read_to_string("/proc/self/statm")?;
    let pages = sizes.split(' ').nth(1).context("statm has two numbers")?;
    Ok(pages.parse::<u64>()? * page_size() as u64)
}

impl Held {
    /// What it is, in words.
    pub(super) fn title(&self) -> String {
        let what = match self.kind {
            Kind::BlockingConnection => "idle connections, blocking",
            Kind::TokioConnection => "idle connections, tokio",
            Kind::Task => "tasks that wait for nothing",
            Kind::WaitingGet => "tasks that wait for a get",
        };
        format!("{} {what}", self.count)
    }

    /// Bytes for one of them.
    pub(super) fn each(&self) -> u64 {
        self.bytes / self.count as u64
    }
}
