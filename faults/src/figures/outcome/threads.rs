//! Threads in calls cannot be stopped, and hold the client that they call: what ends a call is its deadline.

use std::ops::Deref;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::blocking::Client;
use mc_pool::{Block, ClientPool};

use super::silent::Silent;
use super::{SOON, WATCHDOG, nothing_left, soon, until};
use crate::figure::Run;
use crate::load::process;
use crate::load::tally::Tally;

/// The deadline of calls.
const WITHIN: Duration = Duration::from_millis(300);
const THREADS: usize = 64;

/// All connections of a client that all threads share are closed while it is in calls.
pub(super) fn disconnected(run: &mut Run) -> Result<()> {
    part(run, "blocking client, connections closed", |client| {
        let client = Arc::new(client);
        let holders = vec![Arc::clone(&client); THREADS];
        Ok((holders, Box::new(move || client.disconnect_all())))
    })
}

/// A pool goes while its clients, which are clones of one, are in calls.
pub(super) fn pool_dropped(run: &mut Run) -> Result<()> {
    part(run, "blocking pool, dropped", |client| {
        let pool = ClientPool::new();
        pool.fill(&client, THREADS);
        let holders = (0..THREADS).map(|_| pool.reserve(Block::No));
        let holders = holders.collect::<Result<Vec<_>, _>>()?;
        Ok((holders, Box::new(move || drop(pool))))
    })
}

/// Who call, and what is done meanwhile.
type Going<H> = (Vec<H>, Box<dyn FnOnce()>);

fn part<H>(run: &mut Run, name: &str, parts: impl FnOnce(Client) -> Result<Going<H>>) -> Result<()>
where
    H: Deref<Target = Client> + Send + 'static,
{
    let silent = Silent::start()?;
    let descriptors = process::descriptors()?;
    let client = Client::builder().servers([silent.address()])?;
    let (holders, go) = parts(client.deadline(WITHIN).build()?)?;
    let tally = Arc::new(Tally::default());
    let calls = holders.into_iter().map(|holder| {
        let tally = Arc::clone(&tally);
        thread::spawn(move || call(&holder, &tally))
    });
    let calls: Vec<_> = calls.collect();
    until("all have asked", || Ok(silent.heard() == THREADS))?;
    go();
    let took = calls.into_iter().map(|it| it.join().unwrap_or(WATCHDOG));
    let slowest = took.max().unwrap_or_default();
    let start = Instant::now();
    nothing_left(None, descriptors)?;
    let closed = start.elapsed();

    let soon = soon(run);
    let holds = tally.holds() && slowest <= WITHIN + soon && closed <= soon;
    let got = format!(
        "{tally}; {THREADS} threads, {slowest:.1?} at most, and all closed {closed:.1?} later"
    );
    let target =
        format!("all told in {WITHIN:?} and {SOON:?}, and no descriptor left {SOON:?} later");
    run.line(name, &target, got, holds);
    Ok(())
}

fn call(client: &Client, tally: &Tally) -> Duration {
    let start = Instant::now();
    tally.begun.one();
    match client.get::<String>("k").call() {
        Ok(_) => tally.wrong.one(),
        Err(_) => tally.error.one(),
    }
    start.elapsed()
}
