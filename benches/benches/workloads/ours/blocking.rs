//! The blocking client.

use anyhow::Result;
use bytes::Bytes;
use mc_client::blocking::Client;

use super::super::job::{Job, Sample};
use super::super::workload::Call;
use super::super::{Side, wire};
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
    let (client, value) = (client(job)?, wire::value(&job.shape));
    let (mut calls, mut into) = (job.calls(), Vec::new());
    while let Some(keys) = calls.next()? {
        match job.shape.call {
            Call::Get if job.cell.side == Side::BlockingInto => {
                let found = client.get_into(&keys[0], &mut into).call()?;
                job.hit(found.then_some(&into))?;
            }
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
