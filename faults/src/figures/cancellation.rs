//! Callers that give up: what they leave behind must be nobody's answer.

use std::time::{Duration, Instant};

use anyhow::Result;
use mc_client::{Behaviors, Client, Protocol, Tls};
use mc_testkit::{Authority, FaultProxy, Memcached, Rule};

use crate::figure::{Figure, Run};
use crate::load::{self, Load};

pub(crate) const FIGURE: Figure = Figure {
    number: 1,
    name: "wrong answers while callers give up",
    target: "0, with 30 % given up, and late replies discarded",
    within: Duration::from_secs(2 * 60 * 60),
    run,
};

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// How a client reaches its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Tcp,
    Unix,
    Tls,
    /// Through a proxy that cuts what it passes on into pieces and takes its time.
    Proxy,
}

/// A server and a client of it, by some way.
struct Pair {
    client: Client,
    proxy: Option<FaultProxy>,
    _server: Memcached,
}

fn run(run: &mut Run) -> Result<()> {
    let ways = [
        (Way::Tcp, run.scale(10_000_000, 100_000)),
        (Way::Unix, run.scale(1_000_000, 20_000)),
        (Way::Tls, run.scale(1_000_000, 20_000)),
        (Way::Proxy, run.scale(1_000_000, 5_000)),
    ];
    for (way, operations) in ways {
        for protocol in PROTOCOLS {
            part(run, way, protocol, operations)?;
        }
    }
    Ok(())
}

/// One client, one connection, and all who share it.
fn part(run: &mut Run, way: Way, protocol: Protocol, operations: u64) -> Result<()> {
    let pair = Pair::new(way, protocol, run.seed)?;
    let load = Load {
        tasks: 128,
        keys: 8,
        operations,
        // Many of them are answered before they give up, the more the faster the machine.
        impatient: 75,
        within: Duration::from_secs(8),
        longest: match way {
            Way::Proxy => 1 << 10,
            _ => 64 << 10,
        },
        seed: run.seed,
        ..Load::default()
    };
    let (runtime, start) = (load::runtime(2)?, Instant::now());
    let seen = runtime.block_on(load.put(&pair.client))?;
    let each_second = operations as f64 / start.elapsed().as_secs_f64();
    let metrics = pair.client.metrics().remove(0);
    let holds = seen.tally.holds()
        && seen.unexpected.get() == 0
        && seen.cancelled() >= 30.0
        && metrics.late > 0
        && metrics.connects == 1;
    if !holds {
        seen.tell();
    }
    let got = format!(
        "{}; {:.1} % given up, {} errors but for short deadlines; {} late replies discarded, \
         {} connection{}; {each_second:.0} a second",
        seen.tally,
        seen.cancelled(),
        seen.unexpected.get(),
        metrics.late,
        metrics.connects,
        pair.faults(),
    );
    run.line(&format!("{way:?} {protocol:?}"), FIGURE.target, got, holds);
    Ok(())
}

impl Pair {
    fn new(way: Way, protocol: Protocol, seed: u64) -> Result<Self> {
        // With room for all that is written.
        let server = Memcached::builder().memory(512);
        let authority = Authority::new()?;
        let server = match way {
            Way::Unix => server.unix(),
            Way::Tls => server.tls(&authority.server()?),
            Way::Tcp | Way::Proxy => server,
        };
        let server = server.start()?;
        let proxy = match way {
            Way::Proxy => Some(proxy(&server, seed)?),
            _ => None,
        };
        let address = proxy
            .as_ref()
            .map_or_else(|| server.address(), FaultProxy::address);
        let client = Client::builder().servers([address.to_string()])?;
        let client = client.behaviors(behaviors()).protocol(protocol);
        let client = match way {
            Way::Tls => client.tls(Tls::with_ca(authority.certificate())?),
            _ => client,
        };
        Ok(Self {
            client: client.build()?,
            proxy,
            _server: server,
        })
    }

    fn faults(&self) -> String {
        let Some(proxy) = &self.proxy else {
            return String::new();
        };
        let of_rule = proxy.stats().by_rule;
        let [sliced, delayed] = [0, 1].map(|rule| of_rule[rule] + of_rule[rule + 2]);
        format!("; {sliced} messages sliced, {delayed} delayed")
    }
}

fn behaviors() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.cas = true;
    // That callers have no patience is no sign that the server is down.
    behaviors.server_timeout_limit = u32::MAX;
    behaviors
}

/// Cuts most messages into pieces of 1 to 7 bytes, and delays many by up to 2 ms, both ways.
fn proxy(server: &Memcached, seed: u64) -> Result<FaultProxy> {
    let time = Duration::ZERO..=Duration::from_millis(2);
    let directions = [Rule::requests, Rule::replies];
    let rules = directions.map(|direction| {
        [
            direction().probability(0.7).slice(1..=7),
            direction().probability(0.2).delay(time.clone()),
        ]
    });
    let proxy = FaultProxy::builder(server.address()).seed(seed);
    let proxy = rules
        .into_iter()
        .flatten()
        .fold(proxy, |proxy, rule| proxy.rule(rule));
    Ok(proxy.start()?)
}
