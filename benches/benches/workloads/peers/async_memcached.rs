//! `async-memcached`, on a current-thread runtime. A client is a connection, so that concurrent tasks have one each.

use anyhow::{Result, ensure};
use async_memcached::{AsciiProtocol, Client, MetaProtocol};

use super::super::job::{Job, Sample};
use super::super::workload::Call;
use super::super::{Protocol, ours, wire};

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    let measured = async {
        match job.shape.has_tasks {
            true => tasks(job).await,
            false => one_by_one(job).await,
        }
    };
    ours::tokio::runtime(job.cell.side)?.block_on(measured)
}

async fn connect(job: &Job) -> Result<Client> {
    Ok(Client::new(format!("tcp://{}", job.servers[0])).await?)
}

async fn tasks(job: &Job) -> Result<Sample> {
    job.tasks(|keys, meter| {
        let job = job.clone();
        async move {
            let mut client = connect(&job).await?;
            for (key, calls) in keys.iter().cycle().zip(1..) {
                let value = client.get(key).await?;
                job.hit(value.and_then(|value| value.data))?;
                if !meter.done(calls) {
                    break;
                }
            }
            Ok(())
        }
    })
    .await
}

async fn one_by_one(job: &Job) -> Result<Sample> {
    let mut client = connect(job).await?;
    let value = wire::value(&job.shape);
    let mut calls = job.calls();
    while let Some(keys) = calls.next()? {
        match job.shape.call {
            Call::Get => {
                let value = client.get(&keys[0]).await?;
                job.hit(value.and_then(|value| value.data))?;
            }
            Call::Set => client.set(&keys[0], &value[..], None, None).await?,
            Call::GetMany => {
                let found = client.get_multi(keys).await?;
                ensure!(found.len() == keys.len(), "a miss");
            }
            Call::SetMany => set_many(&mut client, job.cell.protocol, keys, &value).await?,
        }
    }
    Ok(calls.stop())
}

async fn set_many(
    client: &mut Client,
    protocol: Protocol,
    keys: &[String],
    value: &[u8],
) -> Result<()> {
    let items: Vec<_> = keys.iter().map(|key| (key, value)).collect();
    match protocol {
        Protocol::Text => drop(client.set_multi(&items, None, None).await?),
        _ => drop(client.meta_set_multi(&items, None).await?),
    }
    Ok(())
}
