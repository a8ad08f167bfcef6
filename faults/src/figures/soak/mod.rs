//! A day in ten minutes: many callers, and servers that never have peace for long.

mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use mc_client::{Behaviors, Client, Protocol, blocking};

use self::trouble::Troubled;
use crate::figure::{Figure, Run};
use crate::load::process::{descriptors, resident};
use crate::load::{self, Load, Seen};

pub(crate) const FIGURE: Figure = Figure {
    number: 12,
    name: "a soak",
    target: "0 wrong, 0 hung, memory flat, nothing left open or running",
    within: Duration::from_secs(20 * 60),
    run,
};

const SERVERS: u64 = 3;
const TASKS: u32 = 64;
const THREADS: u32 = 4;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How large a run is.
struct Scale {
    lasts: Duration,
    /// Memory is judged from then on, and may be so much above or below the middle.
    settled: Duration,
    flat: u64,
    operations: u64,
    faults: u64,
}

const LONG: Scale = Scale {
    lasts: Duration::from_secs(600),
    settled: Duration::from_secs(120),
    flat: 2 << 20,
    operations: 10_000_000,
    faults: 1_500,
};
const SHORT: Scale = Scale {
    lasts: Duration::from_secs(6),
    settled: Duration::from_secs(2),
    flat: 32 << 20,
    operations: 10_000,
    faults: 10,
};

/// What came of one client.
struct Soaked {
    seen: Arc<Seen>,
    /// Replies that came late and were discarded, and connections that were made.
    late: u64,
    connects: u64,
    /// Tasks that have not ended with it.
    left: usize,
}

/// How much memory there was at least and at most.
struct Memory {
    least: u64,
    most: u64,
}

fn run(run: &mut Run) -> Result<()> {
    let scale = run.scale(LONG, SHORT);
    let mut servers = Vec::new();
    for number in 0..SERVERS {
        servers.push(Troubled::start(run.seed.wrapping_add(number))?);
    }
    let before = descriptors()?;
    let (tasks, threads, memory) = soak(&scale, run.seed, &mut servers)?;
    let faults: u64 = servers.iter().map(|it| it.faults).sum();

    let operations = tasks.seen.tally.begun.get() + threads.seen.tally.begun.get();
    tasks.report(run, "async");
    threads.report(run, "blocking");
    let target = format!("{} and {}", scale.operations, scale.faults);
    let holds = operations >= scale.operations && faults >= scale.faults;
    let got = format!("{operations} and {faults}");
    run.line("operations and faults", &target, got, holds);

    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let target = format!(
        "within ±{:.0} MiB after {:?}",
        mib(scale.flat),
        scale.settled
    );
    let got = format!("{:.1} to {:.1} MiB", mib(memory.least), mib(memory.most));
    run.line(
        "memory",
        &target,
        got,
        memory.most - memory.least <= 2 * scale.flat,
    );

    let (after, left) = (until(descriptors, before)?, tasks.left);
    let got = format!("{after} descriptors after {before}, {left} tasks");
    run.line(
        "left",
        "no descriptor, no task",
        got,
        after <= before && left == 0,
    );
    Ok(())
}

/// Runs both clients' loads while the servers are in trouble; with the least and the most of memory.
fn soak(scale: &Scale, seed: u64, servers: &mut [Troubled]) -> Result<(Soaked, Soaked, Memory)> {
    let addresses: Vec<_> = servers
        .iter()
        .map(|it| it.proxy.address().to_string())
        .collect();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let (addresses, is_over) = (&addresses, &is_over);
        let troubles = servers
            .iter_mut()
            .map(|it| scope.spawn(move || it.trouble(is_over)));
        let troubles: Vec<_> = troubles.collect();
        let watching = scope.spawn(move || watch(scale.settled, is_over));
        let threads = scope.spawn(move || threads(addresses, scale, seed));
        let tasks = tasks(addresses, scale, seed);
        let threads = ended(threads);
        is_over.store(true, Ordering::Relaxed);
        for trouble in troubles {
            ended(trouble)?;
        }
        Ok((tasks?, threads?, ended(watching)?))
    })
}

fn ended<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().map_err(|_| anyhow!("a thread panicked"))?
}

fn tasks(addresses: &[String], scale: &Scale, seed: u64) -> Result<Soaked> {
    let client = Client::builder().servers(addresses)?;
    let client = client
        .behaviors(behaviors())
        .protocol(Protocol::Meta)
        .build()?;
    let load = Load {
        tasks: TASKS,
        operations: scale.operations,
        impatient: 20,
        seed,
        ..load(scale)
    };
    let runtime = load::runtime(2)?;
    let seen = runtime.block_on(load.put(&client))?;
    let metrics = client.metrics();
    drop(client);
    let alive = || runtime.metrics().num_alive_tasks();
    Ok(Soaked {
        left: until(|| Ok(alive()), 0)?,
        seen,
        late: metrics.iter().map(|it| it.late).sum(),
        connects: metrics.iter().map(|it| it.connects).sum(),
    })
}

fn threads(addresses: &[String], scale: &Scale, seed: u64) -> Result<Soaked> {
    let mut behaviors = behaviors();
    // The other client has keys of the same names.
    behaviors.namespace = Some("threads:".parse()?);
    let client = blocking::Client::builder().servers(addresses)?;
    let client = Arc::new(client.behaviors(behaviors).build()?);
    let load = Load {
        tasks: THREADS,
        seed: !seed,
        ..load(scale)
    };
    let runtime = load::runtime(THREADS as usize)?;
    let seen = runtime.block_on(load.put(&client))?;
    let metrics = client.metrics();
    Ok(Soaked {
        left: 0,
        seen,
        late: 0,
        connects: metrics.iter().map(|it| it.connects).sum(),
    })
}

fn load(scale: &Scale) -> Load {
    Load {
        keys: 32,
        lasts: scale.lasts,
        forgotten: true,
        within: Duration::from_millis(100),
        longest: 16 << 10,
        ..Load::default()
    }
}

fn behaviors() -> Behaviors {
    let mut behaviors = Behaviors::default();
    behaviors.cas = true;
    behaviors.tcp_nodelay = true;
    behaviors.retry_timeout = Duration::from_millis(20);
    behaviors.connect_timeout = Duration::from_millis(100);
    behaviors
}

impl Soaked {
    fn report(&self, run: &mut Run, shell: &str) {
        let tally = &self.seen.tally;
        // A soak in which little is answered tells little.
        let answered = tally.ok.get() + tally.miss.get() > tally.error.get();
        let holds = tally.holds() && answered;
        if !holds {
            self.seen.tell();
        }
        let Self { late, connects, .. } = self;
        let got = format!("{tally}; {connects} connects, {late} late replies discarded");
        run.line(shell, "0 wrong, 0 hung, most answered", got, holds);
    }
}

/// The least and the most memory from `settled` on.
fn watch(settled: Duration, is_over: &AtomicBool) -> Result<Memory> {
    let (begun, mut seen) = (Instant::now(), Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        if begun.elapsed() >= settled {
            seen.push(resident()?);
        }
        thread::sleep(LOOK);
    }
    let (least, most) = (seen.iter().min(), seen.iter().max());
    let (&least, &most) = least.zip(most).context("it was over too soon")?;
    Ok(Memory { least, most })
}

/// Looks again and again, for ten seconds at most, until there are no more than so many.
fn until(count: impl Fn() -> Result<usize>, most: usize) -> Result<usize> {
    let by = Instant::now() + Duration::from_secs(10);
    loop {
        let now = count()?;
        if now <= most || Instant::now() >= by {
            return Ok(now);
        }
        thread::sleep(LOOK);
    }
}
