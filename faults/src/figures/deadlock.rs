//! As much as possible under way in both directions: nothing may wait for itself.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mc_client::Behaviors;
use mc_testkit::Memcached;

use crate::figure::{Figure, Run};
use crate::load::shell::{Kind, PROTOCOLS, Shell};
use crate::load::stamp::{self, stamp};

pub(crate) const FIGURE: Figure = Figure {
    number: 8,
    name: "no deadlock",
    target: "all is done, at 1 MB/s at least and without 1 s in which no byte moves",
    within: Duration::from_secs(900),
    run,
};

/// Without a byte.
const LONGEST_STALL: Duration = Duration::from_secs(1);
/// Bytes in a second, over the whole of a job. A send buffer of 4 KiB holds one segment, which is 64 KiB long on this
/// machine's own network, and the kernel of the other end takes 44 ms to acknowledge a single one: 1.5 MB/s.
const LEAST_RATE: f64 = 1e6;
/// No call of these ends by its deadline.
const WITHIN: Duration = Duration::from_secs(300);
const MIB: usize = 1 << 20;
/// How many values of 1 MiB there are to get.
const LARGE: usize = 32;
/// Who ask at once.
const CALLERS: usize = 16;

/// What is to be done.
#[derive(Debug, Clone, Copy)]
enum Job {
    /// So many keys in one get.
    Keys(usize),
    /// So many gets of 1 MiB, one by one and all keys together.
    Gets(usize),
    /// So many sets of 1 MiB and as many gets, over sockets whose buffers are as small as they can be.
    SetsAndGets(usize),
}

fn run(run: &mut Run) -> Result<()> {
    let keys = 200_000;
    let server = Memcached::builder()
        .memory(512)
        .max_item_size(2 << 20)
        .start()?;
    let small: Vec<_> = (0..keys).map(|key| format!("key{key}")).collect();
    let large: Vec<_> = (0..LARGE).map(|key| format!("large{key}")).collect();
    let [protocol, ..] = PROTOCOLS;
    let filling = Kind::Blocking.connect(server.address(), protocol, Behaviors::default())?;
    filling.set_many(small.iter().map(|key| (&**key, key.as_bytes())), WITHIN)?;
    large.iter().try_for_each(|key| set(&filling, key))?;
    let jobs = [
        Job::Keys(run.scale(keys, 20_000)),
        Job::Gets(run.scale(10_000, 64)),
        Job::SetsAndGets(run.scale(16, 1)),
    ];
    for protocol in PROTOCOLS {
        for kind in Kind::ALL {
            for job in jobs {
                let shell = kind.connect(server.address(), protocol, job.behaviors())?;
                let seen = Seen::of(&shell, || job.put(&shell, &small, &large))?;
                let part = format!("{protocol}, {kind}, {job:?}");
                run.line(&part, FIGURE.target, &seen, seen.holds());
            }
        }
    }
    Ok(())
}

impl Job {
    fn behaviors(self) -> Behaviors {
        let mut behaviors = Behaviors::default();
        if matches!(self, Self::SetsAndGets(_)) {
            behaviors.socket_send_size = 4 << 10;
            behaviors.socket_recv_size = 4 << 10;
        }
        behaviors
    }

    /// Does it; fails at the first answer that is not right.
    fn put(self, shell: &Shell, small: &[String], large: &[String]) -> Result<()> {
        match self {
            Self::Keys(count) => {
                let keys = &small[..count];
                let found = shell.get_many(keys, WITHIN)?;
                let is_its = |(key, value): (&String, &Option<_>)| {
                    value
                        .as_ref()
                        .is_some_and(|value: &bytes::Bytes| **value == *key.as_bytes())
                };
                ensure!(
                    found.len() == count && keys.iter().zip(&found).all(is_its),
                    "wrong answers"
                );
                Ok(())
            }
            Self::Gets(count) => {
                shared(count, |at| get(shell, &large[at % LARGE])).and_then(|()| {
                    for (key, value) in large.iter().zip(shell.get_many(large, WITHIN)?) {
                        stamp::read(key, &value.context("a miss")?)?;
                    }
                    Ok(())
                })
            }
            Self::SetsAndGets(count) => {
                shared(2 * count, |at| match at % 2 {
                    0 => get(shell, &large[at % LARGE]),
                    _ => set(shell, &format!("own{at}")),
                })?;
                let value = vec![b'.'; MIB];
                let keys: Vec<_> = (0..count).map(|at| format!("together{at}")).collect();
                Ok(shell.set_many(keys.iter().map(|key| (&**key, &*value)), WITHIN)?)
            }
        }
    }
}

fn set(shell: &Shell, key: &str) -> Result<()> {
    Ok(shell.set(key, &stamp(key, 0, 0, MIB), WITHIN)?)
}

fn get(shell: &Shell, key: &str) -> Result<()> {
    let value = shell.get(key, WITHIN)?.context("a miss")?;
    stamp::read(key, &value).map(drop)
}

/// Does something so many times, by all callers at once.
fn shared(count: usize, ask: impl Fn(usize) -> Result<()> + Sync) -> Result<()> {
    let share = |caller: usize| -> Range<usize> {
        caller * count / CALLERS..(caller + 1) * count / CALLERS
    };
    let ask = &ask;
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| scope.spawn(move || share(caller).try_for_each(ask)))
            .collect();
        callers
            .into_iter()
            .try_for_each(|caller| caller.join().expect("it does not panic"))
    })
}

/// What was seen while a job was done.
#[derive(Debug)]
struct Seen {
    /// The longest time in which no byte moved.
    stall: Duration,
    time: Duration,
    bytes: u64,
}

impl Seen {
    fn of(shell: &Shell, job: impl FnOnce() -> Result<()>) -> Result<Self> {
        let (begun, is_over) = (Instant::now(), AtomicBool::new(false));
        thread::scope(|scope| {
            let watching = scope.spawn(|| longest_stall(shell, &is_over));
            let done = job();
            is_over.store(true, Relaxed);
            let stall = watching.join().expect("it does not panic");
            done.map(|()| Self {
                stall,
                time: begun.elapsed(),
                bytes: moved(shell),
            })
        })
    }

    fn rate(&self) -> f64 {
        self.bytes as f64 / self.time.as_secs_f64()
    }

    fn holds(&self) -> bool {
        self.rate() >= LEAST_RATE && self.stall <= LONGEST_STALL
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stall, time, .. } = self;
        let rate = self.rate() / 1e6;
        write!(
            f,
            "done in {time:.1?} at {rate:.0} MB/s, longest stall {stall:.0?}"
        )
    }
}

/// How many bytes the client has sent and received.
fn moved(shell: &Shell) -> u64 {
    let metrics = shell.metrics();
    metrics.bytes_read + metrics.bytes_written
}

fn longest_stall(shell: &Shell, is_over: &AtomicBool) -> Duration {
    let (mut last, mut since, mut longest) = (0, Instant::now(), Duration::ZERO);
    while !is_over.load(Relaxed) {
        thread::sleep(Duration::from_millis(2));
        longest = longest.max(since.elapsed());
        let now = moved(shell);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    longest
}
