//! Datagrams that are lost, come twice or late or changed: a read is whole, or it is an error.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use mc_client::{Behaviors, Client, ErrorKind};
use mc_testkit::{DatagramProxy, DatagramProxyBuilder, DatagramRule, Memcached};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::figure::{Figure, Run};
use crate::load::runtime;
use crate::load::stamp::{self, Stamp};
use crate::load::tally::{Count, Tally};

pub(crate) const FIGURE: Figure = Figure {
    number: 16,
    name: "reads over UDP while datagrams go astray",
    target: "0 wrong, 0 partial",
    within: Duration::from_secs(20 * 60),
    run,
};

const TASKS: u64 = 64;

/// How long each read may take. One that lost a datagram takes all of it.
const WITHIN: Duration = Duration::from_millis(50);

/// The time after which a read hangs.
const WATCHDOG: Duration = Duration::from_secs(10);

/// A value is one datagram, three, or eight.
const SIZES: [usize; 4] = [100, 100, 4_000, 10_000];

const KEYS: u64 = 64;

/// What became of the reads.
#[derive(Debug, Default)]
struct Seen {
    tally: Tally,
    /// Those of the wrong ones whose value is not as long as it was stored.
    partial: Count,
    /// Those of the errors that say that datagrams were missing when the time was over.
    incomplete: Count,
}

fn run(run: &mut Run) -> Result<()> {
    let gets = run.scale(100_000, 4_000);
    part(run, "10 % lost, 20 % twice, 30 % late", gets, astray())?;
    part(run, "headers changed", gets, changed())
}

/// Both ways.
fn astray() -> Vec<DatagramRule> {
    [DatagramRule::requests, DatagramRule::replies]
        .into_iter()
        .flat_map(|direction| {
            [
                direction().probability(0.1).drop(),
                direction().probability(0.2).duplicate(),
                direction().probability(0.3).reorder(),
            ]
        })
        .collect()
}

/// What a client must see through: of each kind one in fifty.
fn changed() -> Vec<DatagramRule> {
    let replies = || DatagramRule::replies().probability(0.02);
    vec![
        replies().request_id(0..=u16::MAX),
        replies().sequence(0..=12),
        replies().sequence(0..=u16::MAX),
        replies().total(0..=12),
        replies().total(0..=u16::MAX),
        replies().truncate(7),
        replies().truncate(9),
    ]
}

fn part(run: &mut Run, name: &str, gets: u64, rules: Vec<DatagramRule>) -> Result<()> {
    let server = Memcached::builder().udp().start()?;
    let proxy = DatagramProxy::builder(server.address()).seed(run.seed);
    let proxy = rules.into_iter().fold(proxy, DatagramProxyBuilder::rule);
    let proxy = proxy.start()?;
    let seen = runtime(2)?.block_on(read(&server, &proxy, gets))?;
    let faults = proxy.stats().faults;
    let incomplete = 100.0 * seen.incomplete.get() as f64 / gets as f64;
    let got = format!(
        "{}, {} partial, {incomplete:.1} % incomplete, {faults} faults",
        seen.tally,
        seen.partial.get()
    );
    let holds = seen.tally.holds() && seen.tally.ok.get() > 0 && faults > 0;
    run.line(name, FIGURE.target, got, holds);
    Ok(())
}

/// Stores over TCP, then reads through the proxy.
async fn read(server: &Memcached, proxy: &DatagramProxy, gets: u64) -> Result<Arc<Seen>> {
    let writer = Client::builder().servers([server.address().to_string()])?;
    let writer = writer.build()?;
    for key in 0..KEYS {
        let name = name(key);
        writer
            .set(&name, stamp::stamp(&name, 0, key, size(key)))
            .await?;
    }
    let mut behaviors = Behaviors::default();
    // That datagrams are lost is no sign that the server is down.
    behaviors.server_timeout_limit = u32::MAX;
    let reader = Client::builder().servers([format!("udp:{}", proxy.address())])?;
    let reader = reader.behaviors(behaviors).deadline(WITHIN).build()?;
    let seen = Arc::new(Seen::default());
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let (reader, seen) = (reader.clone(), Arc::clone(&seen));
        tasks.spawn(async move {
            for number in (task..gets).step_by(TASKS as usize) {
                get(&reader, number % KEYS, &seen).await;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended?;
    }
    ensure!(seen.tally.begun.get() == gets, "not every read was begun");
    Ok(seen)
}

async fn get(reader: &Client, key: u64, seen: &Seen) {
    let (name, tally) = (name(key), &seen.tally);
    tally.begun.one();
    match timeout(WATCHDOG, async { reader.get::<Vec<u8>>(&name).await }).await {
        Err(_) => tally.hung.one(),
        Ok(Ok(Some(value))) => match stamp::read(&name, &value) {
            Ok(stamp)
                if stamp
                    == (Stamp {
                        writer: 0,
                        seq: key,
                    }) =>
            {
                tally.ok.one()
            }
            _ => {
                tally.wrong.one();
                seen.partial.add(u64::from(value.len() != size(key)));
            }
        },
        // Each key has a value.
        Ok(Ok(None)) => tally.wrong.one(),
        Ok(Err(error)) => {
            tally.error.one();
            let is_late = matches!(error.kind(), ErrorKind::Timeout(_));
            seen.incomplete.add(u64::from(is_late));
        }
    }
}

fn name(key: u64) -> String {
    format!("key{key}")
}

fn size(key: u64) -> usize {
    SIZES[(key % SIZES.len() as u64) as usize]
}
