//! `memcache`'s async client, on a current-thread runtime.

use anyhow::{Result, ensure};
use memcache::exp::{AsyncMemcache, Ttl};

use super::super::job::{Job, Sample};
use super::super::workload::Call;
use super::super::{ours, wire};

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    ours::tokio::runtime(job.cell.side)?.block_on(measure(job))
}

async fn measure(job: &Job) -> Result<Sample> {
    let client = AsyncMemcache::connect(&job.servers).await?;
    match job.shape.has_tasks {
        true => tasks(job, client).await,
        false => one_by_one(job, &client).await,
    }
}

async fn tasks(job: &Job, client: AsyncMemcache) -> Result<Sample> {
    job.tasks(|keys, meter| {
        let (job, client) = (job.clone(), client.clone());
        async move {
            for (key, calls) in keys.iter().cycle().zip(1..) {
                job.hit(client.get::<Vec<u8>>(key).await?)?;
                if !meter.done(calls) {
                    break;
                }
            }
            Ok(())
        }
    })
    .await
}

async fn one_by_one(job: &Job, client: &AsyncMemcache) -> Result<Sample> {
    let value = wire::value(&job.shape);
    let mut calls = job.calls();
    while let Some(keys) = calls.next()? {
        match job.shape.call {
            Call::Get => job.hit(client.get::<Vec<u8>>(&keys[0]).await?)?,
            Call::Set => client.set(&keys[0], &value, Ttl::NEVER).await?,
            Call::GetMany => {
                let found = client.get_many::<Vec<u8>, _>(keys).await?;
                ensure!(found.len() == keys.len(), "a miss");
            }
            Call::SetMany => {
                let items = keys.iter().map(|key| (key, &value));
                client.set_many(items, Ttl::NEVER).await?;
            }
        }
    }
    Ok(calls.stop())
}
