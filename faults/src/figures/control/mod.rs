//! The harness can fail: a client with a known mistake is caught by the same load and the same judgement under which
//! ours, and the same client without the mistake, pass.

mod liar;
mod naive;

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use mc_client::{Behaviors, Client, Protocol, blocking};
use mc_testkit::Memcached;
use tokio::runtime::Runtime;

use self::liar::{Liar, Lie};
use self::naive::{Check, Dialect, Naive};
use crate::HELD;
use crate::figure::{Figure, Run};
use crate::load::cache::Cache;
use crate::load::{self, Load, Seen};

pub(crate) const FIGURE: Figure = Figure {
    number: 2,
    name: "mistakes are caught",
    target: "caught, and ours pass",
    within: Duration::from_secs(10 * 60),
    run,
};

/// Callers of a shared stream that has no rules, and the least wrong answers that they get.
const SHARED: u64 = 20_000;
const LEAST_WRONG: u64 = 1_000;

/// The time that a call has where a server lies, and by which an answer is late then.
const WITHIN: Duration = Duration::from_millis(15);
const LATE: Duration = Duration::from_millis(40);

/// What a load of short values holds at most, in bytes; far less than is announced.
const MOST_HELD: usize = 32 << 20;

const PROTOCOLS: [Protocol; 3] = [Protocol::Text, Protocol::Meta, Protocol::Binary];

/// What a server does, the check that sees it, and the protocols in which it can be seen.
struct Case {
    lie: Lie,
    check: Check,
    dialect: Dialect,
    protocols: &'static [Protocol],
}

const CASES: [Case; 5] = [
    // In the text protocol only the order tells an answer from an older one about the same key.
    Case {
        lie: Lie::Repeated,
        check: Check::Opaque,
        dialect: Dialect::Meta,
        protocols: &[Protocol::Meta, Protocol::Binary],
    },
    Case {
        lie: Lie::Late(LATE),
        check: Check::TimedOut,
        dialect: Dialect::Text,
        protocols: &PROTOCOLS,
    },
    Case {
        lie: Lie::Cut,
        check: Check::End,
        dialect: Dialect::Text,
        protocols: &PROTOCOLS,
    },
    // Packets have nothing behind their values.
    Case {
        lie: Lie::Short,
        check: Check::Terminator,
        dialect: Dialect::Text,
        protocols: &[Protocol::Text, Protocol::Meta],
    },
    Case {
        lie: Lie::Huge,
        check: Check::Length,
        dialect: Dialect::Text,
        protocols: &PROTOCOLS,
    },
];

/// What came of one client.
struct Trial {
    seen: Arc<Seen>,
    /// The most memory at once, in bytes.
    held: usize,
    lies: u64,
}

fn run(run: &mut Run) -> Result<()> {
    let runtime = load::runtime(2)?;
    shared(run, &runtime)?;
    for case in CASES {
        case.run(run, &runtime)?;
    }
    Ok(())
}

/// Callers who give up on a stream that all share, with and without the one rule that it needs.
fn shared(run: &mut Run, runtime: &Runtime) -> Result<()> {
    let server = Memcached::start()?;
    let load = Load {
        tasks: 16,
        keys: 8,
        operations: SHARED,
        impatient: 55,
        within: Duration::from_secs(1),
        longest: 1 << 10,
        reorders: true,
        seed: run.seed,
        ..Load::default()
    };
    let address = server.address().to_string();
    let naive = |without| Naive::new(&address, Dialect::Text, without);
    let ruled = runtime.block_on(load.put(&naive(None)))?;
    let free = runtime.block_on(load.put(&naive(Some(Check::Dropped))))?;
    if !ruled.tally.holds() {
        ruled.tell();
    }
    let holds = ruled.tally.holds() && free.tally.wrong.get() >= LEAST_WRONG;
    let got = format!(
        "{} wrong, and {} with the rule",
        free.tally.wrong.get(),
        ruled.tally.wrong.get()
    );
    let target = format!("at least {LEAST_WRONG} wrong of {SHARED}");
    run.line("a shared stream without rules", &target, got, holds);
    Ok(())
}

impl Case {
    fn run(&self, run: &mut Run, runtime: &Runtime) -> Result<()> {
        let (operations, seed) = (run.scale(5_000, 400), run.seed);
        let load = Load {
            tasks: 8,
            keys: 4,
            operations,
            impatient: 0,
            within: WITHIN,
            longest: 256,
            reorders: true,
            seed,
            ..Load::default()
        };
        let mut ours = Vec::new();
        for protocol in self.protocols {
            ours.push(self.trial(runtime, load, |at| Ok(client(at, *protocol)?))?);
            ours.push(self.trial(runtime, load, |at| Ok(blocking(at, *protocol)?))?);
        }
        let naive = |without| {
            self.trial(runtime, load, move |at| {
                Ok(Naive::new(at, self.dialect, without))
            })
        };
        let (checked, mistaken) = (naive(None)?, naive(Some(self.check))?);
        let well = ours.iter().chain([&checked]);
        let failed = well.filter(|trial| !trial.passes());
        let failed = failed.inspect(|trial| trial.seen.tell()).count();
        let got = format!(
            "without the check {} wrong, {} MiB held; with it {failed} of {} clients fail; {} lies, {} operations each",
            mistaken.seen.tally.wrong.get(),
            mistaken.held >> 20,
            ours.len() + 1,
            ours.iter().map(|trial| trial.lies).sum::<u64>() + checked.lies + mistaken.lies,
            operations,
        );
        let is_tried = ours.iter().all(|trial| trial.lies > 0);
        let holds = !mistaken.passes() && failed == 0 && is_tried;
        let part = format!("{:?} for {:?}", self.check, self.lie);
        run.line(&part, FIGURE.target, got, holds);
        Ok(())
    }

    /// Puts the load on a client of a liar.
    fn trial<C: Cache>(
        &self,
        runtime: &Runtime,
        load: Load,
        client: impl FnOnce(&str) -> Result<C>,
    ) -> Result<Trial> {
        let liar = Liar::start(self.lie)?;
        let client = client(&liar.address())?;
        let before = HELD.current_usage();
        HELD.reset_peak_usage();
        let seen = runtime.block_on(load.put(&client))?;
        Ok(Trial {
            seen,
            held: HELD.peak_usage().saturating_sub(before),
            lies: liar.lies(),
        })
    }
}

impl Trial {
    fn passes(&self) -> bool {
        self.seen.tally.holds() && self.held <= MOST_HELD
    }
}

/// A server that lies is one that fails: to go on with it at once is what makes mistakes likely.
fn behaviors() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.cas = true;
    behaviors.server_timeout_limit = u32::MAX;
    behaviors.retry_timeout = Duration::ZERO;
    behaviors
}

fn client(address: &str, protocol: Protocol) -> Result<Client, mc_client::Error> {
    let client = Client::builder().servers([address])?;
    client.behaviors(behaviors()).protocol(protocol).build()
}

fn blocking(address: &str, protocol: Protocol) -> Result<Arc<blocking::Client>, mc_client::Error> {
    let client = blocking::Client::builder().servers([address])?;
    let client = client.behaviors(behaviors()).protocol(protocol);
    client.build().map(Arc::new)
}
