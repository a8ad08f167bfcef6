//! The blocking client.

use anyhow::Result;
use bytes::Bytes;
use mc_client::blocking::Client;

use super::super::job::{Job, Sample};
use super::super::wire;
use super::super::workload::Call;
use super::{behaviors, hits, protocol, tls};

pub(in super::super) fn client(job: &Job) -> Result<Client> {
    let mut builder = Client::builder().servers(&job.servers)?;
    if let Some(tls) = tls(job)? {
        builder = builder.tls(tls);
    }
    Ok(builder
        .behaviors(behaviors(job)?)
        .protocol(protocol(job))
        .build()?)
}

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    let (client, value) = (client(job)?, wire::value(job.cell.workload));
    let mut calls = job.calls();
    while let Some(keys) = calls.next() {
        match job.cell.workload.call() {
            Call::Get => job.hit(client.get::<Bytes>(&keys[0]).call()?)?,
            Call::Set => client.set(&keys[0], &value).call()?,
            Call::GetMany => hits(job, client.get_many::<_, Bytes>(keys).call())?,
            Call::SetMany => {
                let items = keys.iter().map(|key| (key, &value));
                client.set_many(items).call().all()?;
            }
        }
    }
    Ok(calls.stop())
}
