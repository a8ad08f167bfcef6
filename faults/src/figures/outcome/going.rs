//! What users have in their hands: the tasks with the client, and the runtimes that these live on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::{Client, Protocol, Tls};
use mc_testkit::Authority;

use super::silent::Silent;
use super::{MANY, callers, nothing_left, until};
use crate::load::process;
use crate::load::runtime;
use crate::load::tally::Tally;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// The tasks are stopped, and with the last of them goes the client.
pub(super) fn dropped(round: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let protocol = PROTOCOLS[round % PROTOCOLS.len()];
    let client = Client::builder().servers([silent.address()])?;
    stop_tasks(client.protocol(protocol).build()?, tally)
}

/// The same before there is a connection: the server does not greet.
pub(super) fn connecting(_: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let tls = Tls::with_ca(Authority::new()?.certificate())?;
    let client = Client::builder().servers([silent.address()])?;
    stop_tasks(client.tls(tls).build()?, tally)
}

fn stop_tasks(client: Client, tally: &Arc<Tally>) -> Result<Duration> {
    let runtime = runtime(2)?;
    let descriptors = process::descriptors()?;
    let mut tasks = callers(&runtime, &client, tally);
    until("all have asked", || Ok(requests(&client) == MANY))?;
    let start = Instant::now();
    tasks.abort_all();
    drop(client);
    runtime.block_on(async { while tasks.join_next().await.is_some() {} });
    nothing_left(Some(&runtime), descriptors)?;
    Ok(start.elapsed())
}

/// The connection lives on one runtime, and those who wait for it on another, which stays.
pub(super) fn ended(_: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let callers_own = runtime(2)?;
    let descriptors = process::descriptors()?;
    let connections_own = runtime(1)?;
    let client = Client::builder().servers([silent.address()])?.build()?;
    // The first call decides where the connection lives.
    let first = client.clone();
    connections_own.spawn(async move { first.get::<String>("k").await });
    until("the first is sent", || Ok(silent.heard() == 1))?;
    let mut tasks = callers(&callers_own, &client, tally);
    let all = MANY as usize + 1;
    until("all are sent", || Ok(silent.heard() == all))?;
    let start = Instant::now();
    connections_own.shutdown_background();
    callers_own.block_on(async { while tasks.join_next().await.is_some() {} });
    drop(client);
    nothing_left(Some(&callers_own), descriptors)?;
    Ok(start.elapsed())
}

/// The connection and those who wait for it live on one runtime.
pub(super) fn ended_with_all(_: usize, tally: &Arc<Tally>) -> Result<Duration> {
    let silent = Silent::start()?;
    let descriptors = process::descriptors()?;
    let runtime = runtime(2)?;
    let client = Client::builder().servers([silent.address()])?.build()?;
    let tasks = callers(&runtime, &client, tally);
    until("all have asked", || Ok(requests(&client) == MANY))?;
    let start = Instant::now();
    drop(tasks);
    drop(runtime);
    nothing_left(None, descriptors)?;
    Ok(start.elapsed())
}

fn requests(client: &Client) -> u64 {
    client.metrics()[0].requests
}
