//! The async client, on both runtimes.

use anyhow::Result;
use bytes::Bytes;
use mc_client::Client;
use tokio::runtime::{self, Runtime};

use super::super::job::{Job, Sample};
use super::super::workload::Call;
use super::super::{Side, wire};
use super::{behaviors, hits, protocol, tls};

pub(in super::super) fn run(job: &Job) -> Result<Sample> {
    let job = job.clone();
    in_task(job.cell.side, async move { measure(&job).await })
}

/// Runs this in a task, as a service's requests are. What a runtime blocks on is dearer: the only thread of one has a
/// look at its sockets each time that a task has woken that, and that of the other is none of its workers.
pub(in super::super) fn in_task<F>(side: Side, measured: F) -> Result<Sample>
where
    F: Future<Output = Result<Sample>> + Send + 'static,
{
    let runtime = runtime(side)?;
    runtime.block_on(runtime.spawn(measured))?
}

/// With one worker, as there is one processor.
pub(in super::super) fn runtime(side: Side) -> Result<Runtime> {
    let mut builder = match side {
        Side::TokioMulti => runtime::Builder::new_multi_thread(),
        _ => runtime::Builder::new_current_thread(),
    };
    Ok(builder.worker_threads(1).enable_all().build()?)
}

async fn measure(job: &Job) -> Result<Sample> {
    let mut builder = Client::builder().servers(&job.servers)?;
    if let Some(tls) = tls(job)? {
        builder = builder.tls(tls);
    }
    let client = builder
        .behaviors(behaviors(job)?)
        .protocol(protocol(job))
        .build()?;
    match job.shape.has_tasks {
        true => tasks(job, client).await,
        false => one_by_one(job, &client).await,
    }
}

async fn one_by_one(job: &Job, client: &Client) -> Result<Sample> {
    // Shared, as what a call borrows may be gone before it is sent: a large value is copied then.
    let value = Bytes::from(wire::value(&job.shape));
    let mut calls = job.calls();
    while let Some(keys) = calls.next()? {
        match job.shape.call {
            Call::Get => job.hit(client.get::<Bytes>(&keys[0]).await?)?,
            Call::Set => client.set(&keys[0], value.clone()).await?,
            Call::GetMany => hits(job, client.get_many::<_, Bytes>(keys).await)?,
            Call::SetMany => {
                let items = keys.iter().map(|key| (key, &value[..]));
                client.set_many(items).await.all()?;
            }
        }
    }
    Ok(calls.stop())
}

async fn tasks(job: &Job, client: Client) -> Result<Sample> {
    job.tasks(|keys, meter| {
        let (job, client) = (job.clone(), client.clone());
        async move {
            for (key, calls) in keys.iter().cycle().zip(1..) {
                job.hit(client.get::<Bytes>(key).await?)?;
                if !meter.done(calls) {
                    break;
                }
            }
            Ok(())
        }
    })
    .await
}
