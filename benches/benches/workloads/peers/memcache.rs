//! `memcache`: its blocking client over the meta protocol, with its own pool.

use anyhow::{Result, ensure};
use memcache::exp::{Memcache, Ttl};

use super::super::job::{Job, Sample};
use super::super::wire;
use super::super::workload::Call;

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    let client = Memcache::connect(&job.servers)?;
    let value = wire::value(&job.shape);
    let mut calls = job.calls();
    while let Some(keys) = calls.next()? {
        match job.shape.call {
            Call::Get => job.hit(client.get::<Vec<u8>>(&keys[0])?)?,
            Call::Set => client.set(&keys[0], &value, Ttl::NEVER)?,
            Call::GetMany => {
                let found = client.get_many::<Vec<u8>, _>(keys)?;
                ensure!(found.len() == keys.len(), "a miss");
            }
            Call::SetMany => {
                client.set_many(keys.iter().map(|key| (key, &value)), Ttl::NEVER)?;
            }
        }
    }
    Ok(calls.stop())
}
