//! Callers that give up: what they leave behind must be nobody's answer.

use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::{Behaviors, Builder, Client, Protocol};
use mc_testkit::{Address, Memcached};

use crate::figure::{Figure, Run};
use crate::load::{self, Load};

pub(crate) const FIGURE: Figure = Figure {
    number: 1,
    name: "wrong answers under random cancellation",
    target: "0, of which 30 % cancelled, and late replies discarded",
    within: Duration::from_secs(60 * 60),
    run,
};

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

fn run(run: &mut Run) -> Result<()> {
    for protocol in PROTOCOLS {
        let server = server().start()?;
        let operations = run.scale(10_000_000, 200_000);
        let client = client(server.address(), protocol)?.build()?;
        part(run, &format!("{protocol:?}"), &client, operations)?;
    }
    Ok(())
}

/// One client, one connection, and all who share it.
fn part(run: &mut Run, name: &str, client: &Client, operations: u64) -> Result<()> {
    let load = Load {
        tasks: 128,
        keys: 8,
        operations,
        impatient: 55,
        within: Duration::from_secs(8),
        seed: run.seed,
    };
    let (runtime, start) = (load::runtime(2)?, Instant::now());
    let seen = runtime.block_on(load.put(client))?;
    let each_second = operations as f64 / start.elapsed().as_secs_f64();
    let metrics = client.metrics().remove(0);
    let holds = seen.tally.holds()
        && seen.unexpected.get() == 0
        && seen.cancelled() >= 30.0
        && metrics.late > 0
        && metrics.connects == 1;
    if !holds {
        seen.tell();
    }
    let got = format!(
        "{}: {:.1} % cancelled, {} errors not asked for; {} late replies discarded on {} connection; \
         {each_second:.0} a second",
        seen.tally,
        seen.cancelled(),
        seen.unexpected.get(),
        metrics.late,
        metrics.connects,
    );
    run.line(name, FIGURE.target, got, holds);
    Ok(())
}

/// With room for all that is written.
fn server() -> mc_testkit::MemcachedBuilder {
    Memcached::builder().memory(512)
}

fn client(address: &Address, protocol: Protocol) -> Result<Builder> {
    let mut behaviors = Behaviors::default();
    behaviors.cas = true;
    // That callers have no patience is no sign that the server is down.
    behaviors.server_timeout_limit = u32::MAX;
    let client = Client::builder().servers([address.to_string()])?;
    Ok(client.behaviors(behaviors).protocol(protocol))
}
