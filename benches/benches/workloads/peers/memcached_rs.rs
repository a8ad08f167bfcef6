//! `memcached-rs`: blocking, over the binary protocol.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, ensure};
use memcached::Client;
use memcached::proto::{Error, MultiOperation, Operation, ProtoType};

use super::super::job::{Job, Sample};
use super::super::wire;
use super::super::workload::Call;

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    let servers = job.servers.iter();
    let servers: Vec<_> = servers
        .map(|server| (format!("tcp://{server}"), 1))
        .collect();
    let mut client = Client::connect(&servers, ProtoType::Binary)?;
    let value = wire::value(&job.shape);
    let mut calls = job.calls();
    while let Some(keys) = calls.next()? {
        match job.shape.call {
            Call::Get => {
                let (value, _) = client.get(keys[0].as_bytes()).map_err(told)?;
                job.hit(Some(value))?;
            }
            Call::Set => client.set(keys[0].as_bytes(), &value, 0, 0).map_err(told)?,
            Call::GetMany => {
                let keys: Vec<_> = keys.iter().map(String::as_bytes).collect();
                let found = client.get_multi(&keys).map_err(told)?;
                ensure!(found.len() == keys.len(), "a miss");
            }
            Call::SetMany => {
                let items = keys.iter().map(|key| (key.as_bytes(), (&value[..], 0, 0)));
                let items: BTreeMap<_, _> = items.collect();
                client.set_multi(items).map_err(told)?;
            }
        }
    }
    Ok(calls.stop())
}

/// Its error may not leave the thread.
fn told(error: Error) -> anyhow::Error {
    anyhow!("memcached-rs: {error}")
}
